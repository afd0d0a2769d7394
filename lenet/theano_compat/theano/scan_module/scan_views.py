"""Theano's ``theano.scan_module.scan_views``: ``map``, ``reduce`` and folds."""

from typing import Any

from lenet.theano_compat.forwarding import forward
from lenet.theano_compat.theano.scan_module.scan import scan
from lenet.theano_compat.theano.updates import OrderedUpdates

__all__ = ["foldl", "foldr", "map", "reduce"]

__getattr__ = forward(__name__)


def map(  # noqa: A001
    fn: Any,
    sequences: Any,
    non_sequences: Any = None,
    truncate_gradient: int = -1,
    go_backwards: bool = False,
    mode: Any = None,
    name: str | None = None,
) -> tuple[Any, OrderedUpdates]:
    """Return what a function gives for each element of the sequences, and updates."""
    return scan(
        fn,
        sequences=sequences,
        outputs_info=[],
        non_sequences=non_sequences,
        truncate_gradient=truncate_gradient,
        go_backwards=go_backwards,
        mode=mode,
        name=name,
    )


def reduce(
    fn: Any,
    sequences: Any,
    outputs_info: Any,
    non_sequences: Any = None,
    go_backwards: bool = False,
    mode: Any = None,
    name: str | None = None,
) -> tuple[Any, OrderedUpdates]:
    """Reduce sequences by a function, and return the last results and the updates.

    The function takes each element and the results before.
    """
    results, updates = scan(
        fn,
        sequences=sequences,
        outputs_info=outputs_info,
        non_sequences=non_sequences,
        go_backwards=go_backwards,
        mode=mode,
        name=name,
    )
    if isinstance(results, list | tuple):
        return [result[-1] for result in results], updates
    return results[-1], updates


def foldl(
    fn: Any,
    sequences: Any,
    outputs_info: Any,
    non_sequences: Any = None,
    mode: Any = None,
    name: str | None = None,
) -> tuple[Any, OrderedUpdates]:
    """Return the result of `reduce` from the first element to the last."""
    return reduce(fn, sequences, outputs_info, non_sequences, False, mode, name)


def foldr(
    fn: Any,
    sequences: Any,
    outputs_info: Any,
    non_sequences: Any = None,
    mode: Any = None,
    name: str | None = None,
) -> tuple[Any, OrderedUpdates]:
    """Return the result of `reduce` from the last element to the first."""
    return reduce(fn, sequences, outputs_info, non_sequences, True, mode, name)
