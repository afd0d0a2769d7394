"""Heaps and priority queues of things of any types.

As of pairs of equal first parts, whose second parts are objects.
"""

import heapq
import queue
from typing import Any

from lenet.theano_compat.python2.order import in_order, is_refused, sort_list

__all__ = ["compare_all"]

_pop, _push, _heapify = heapq.heappop, heapq.heappush, heapq.heapify


def heappop(heap: list[Any]) -> Any:
    """Return the smallest thing of a heap, which loses it."""
    first = heap[0] if heap else None
    try:
        return _pop(heap)
    except TypeError as error:
        if not is_refused(error):
            raise
        sort_list(heap)  # which has lost it, and is a heap when in order
        return first


def heappush(heap: list[Any], item: Any) -> None:
    """Put a thing into a heap."""
    try:
        _push(heap, item)
    except TypeError as error:
        if not is_refused(error):
            raise
        sort_list(heap)  # which has it already


def heapify(heap: list[Any]) -> None:
    """Make a heap of a list."""
    try:
        _heapify(heap)
    except TypeError as error:
        if not is_refused(error):
            raise
        sort_list(heap)


def heappushpop(heap: list[Any], item: Any) -> Any:
    """Put a thing into a heap, and return the smallest."""
    heappush(heap, item)
    return heappop(heap)


def heapreplace(heap: list[Any], item: Any) -> Any:
    """Return the smallest thing of a heap, and put another in its place."""
    smallest = heappop(heap)
    heappush(heap, item)
    return smallest


def compare_all() -> None:
    """Let `heapq` and `queue.PriorityQueue` compare things of any types."""
    for function in (heapify, heappop, heappush, heappushpop, heapreplace):
        setattr(heapq, function.__name__, function)
    for name in ("nlargest", "nsmallest"):
        setattr(heapq, name, in_order(getattr(heapq, name)))
    vars(queue).update(heappop=heappop, heappush=heappush)
