"""Heaps of things of any types."""

import heapq
import queue
import random

import pytest

from lenet.theano_compat.python2.heaps import (
    compare_all,
    heapify,
    heappop,
    heappush,
    heappushpop,
    heapreplace,
)
from lenet.theano_compat.python2.order import compare

# As Python 2.7 sorts them.
THINGS = [(0, None), (1, None), (1, 2), (1, {}), (1, "a"), (1, "b"), (2, [1])]


def test_things_come_in_their_order():
    for seed in range(20):
        heap: list = []
        for thing in random.Random(seed).sample(THINGS, len(THINGS)):
            heappush(heap, thing)
        assert [heappop(heap) for _ in THINGS] == THINGS
        shuffled = random.Random(seed).sample(THINGS, len(THINGS))
        heapify(shuffled)
        assert heappushpop(shuffled, (1, "c")) == (0, None)
        assert heapreplace(shuffled, (3, None)) == (1, None)
        assert [heappop(shuffled) for _ in range(7)] == [
            *THINGS[2:6],
            (1, "c"),
            *THINGS[6:],
            (3, None),
        ]


def test_queues_and_largest(python2_process):
    compare_all()
    things = queue.PriorityQueue()
    for thing in reversed(THINGS):
        things.put(thing)
    assert [things.get() for _ in THINGS] == THINGS
    assert heapq.nlargest(2, THINGS) == THINGS[:-3:-1]
    assert heapq.nsmallest(2, THINGS) == THINGS[:2]


def test_other_errors_stay():
    class Never:
        def __lt__(self, other):
            raise TypeError("never")

    with pytest.raises(TypeError, match="never"):
        heappush([Never()], Never())
    with pytest.raises(IndexError):
        heappop([])
    assert compare(1, 2) < 0
