"""Rows that are added or put in, along axes that turn out to be of length 1.

``T.inc_subtensor(x[indices], y)`` was left to NumPy, which repeats `y` along such axes. PyTensor refuses
unless the type of `y` tells.
"""

from typing import Any

from pytensor.tensor import subtensor

from lenet.nnet.ops.rows import IncrementRows

CHECK = "_check_runtime_broadcasting"
# Until version 3.2, PyTensor had a separate Op for rows, which alone refuses.
_op: Any = getattr(subtensor, "AdvancedIncSubtensor1", None)
_original: Any = getattr(_op, CHECK, None)


def ignore(*arguments: Any) -> None:
    """Take any shapes; NumPy raises a ValueError for those that do not fit."""


def accept() -> None:
    """Repeat rows along such axes; doing it again changes nothing."""
    IncrementRows.may_broadcast = True
    if _original is not None:
        setattr(_op, CHECK, ignore)


def refuse() -> None:
    """Take back `accept`."""
    IncrementRows.may_broadcast = False
    if _original is not None:
        setattr(_op, CHECK, _original)
