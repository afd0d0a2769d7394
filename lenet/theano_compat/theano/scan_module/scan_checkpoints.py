"""Theano's ``theano.scan_module.scan_checkpoints``: loops that keep few values."""

import warnings
from typing import Any

from pytensor.scan.checkpoints import scan_checkpoints as pytensor_scan_checkpoints

from lenet.theano_compat.test_values import with_late_test_values
from lenet.theano_compat.theano.updates import OrderedUpdates

__all__ = ["scan_checkpoints"]


@with_late_test_values
def scan_checkpoints(
    fn: Any,
    sequences: Any = None,
    outputs_info: Any = None,
    non_sequences: Any = None,
    name: str = "checkpointscan_fn",
    n_steps: Any = None,
    save_every_N: Any = 10,
    padding: bool = True,
) -> tuple[Any, OrderedUpdates]:
    """Return a loop's outputs at each `save_every_N`-th step, and updates.

    The gradient computes what lies between anew, which saves memory.

    Parameters
    ----------
    fn, sequences, outputs_info, non_sequences, name, n_steps, save_every_N, padding
        As in Theano.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        outputs, updates = pytensor_scan_checkpoints(
            fn,
            sequences=sequences,
            outputs_info=outputs_info,
            non_sequences=non_sequences,
            name=name,
            n_steps=n_steps,
            save_every_N=save_every_N,
            padding=padding,
        )
    return outputs, OrderedUpdates(updates)
