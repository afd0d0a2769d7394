"""Theano's ``theano.sandbox.scan``: loops into buffers that the program gives.

It was there up to Theano 0.7.
"""

from typing import Any

import pytensor.tensor as pt

from lenet.theano_compat.forwarding import forward
from lenet.theano_compat.theano.scan_module import scan as common_scan
from lenet.theano_compat.theano.updates import OrderedUpdates

__getattr__ = forward(__name__, "lenet.theano_compat.theano.scan_module")


def scan(
    fn: Any,
    sequences: Any = None,
    states: Any = None,
    params: Any = None,
    n_steps: Any = None,
    mode: Any = None,
    name: str | None = None,
    profile: Any = False,
    allow_gc: bool | None = None,
) -> tuple[Any, OrderedUpdates]:
    """Return the outputs of a loop with their initial states, and its updates.

    Parameters
    ----------
    fn, sequences, n_steps, mode, name, profile, allow_gc
        As in ``theano.scan``; ``n_steps`` must be given.
    states : Variable, dict, None or list of these
        For each output its buffer, the first of whose rows are the initial states, or a dictionary of ``membuf`` and
        ``taps``; for one that no step reads None, or a dictionary of the number of ``steps`` to keep.
    params : list of Variable
        ``non_sequences`` of ``theano.scan``.

    Returns
    -------
    outputs : Variable or list of Variable
        As many rows of each, the last ones, as its buffer has.
    updates : OrderedUpdates
        For ``theano.function(..., updates=updates)``.
    """
    given = states if isinstance(states, list | tuple) else [] if states is None else [states]
    kept = [each if isinstance(each, dict) else {"membuf": each} for each in given]
    outputs, updates = common_scan(
        fn,
        sequences=sequences,
        outputs_info=[initial_states(each) for each in kept] or None,
        non_sequences=params,
        n_steps=n_steps,
        mode=mode,
        name=name,
        profile=profile,
        allow_gc=allow_gc,
        return_list=True,
    )
    if kept:
        outputs = [last_rows(each, output) for each, output in zip(kept, outputs, strict=True)]
    return (outputs[0] if len(outputs) == 1 else outputs), updates


def taps_of(state: dict[str, Any]) -> list[int]:
    """Return the steps back that a state is read at."""
    return list(state.get("taps") or [-1])


def initial_states(state: dict[str, Any]) -> dict[str, Any] | None:
    """Return what ``theano.scan`` takes for a state."""
    if state.get("membuf") is None:
        return None
    taps, buffer = taps_of(state), pt.as_tensor_variable(state["membuf"])
    if taps == [-1]:
        return {"initial": buffer[0], "taps": taps}
    return {"initial": buffer[: -min(taps)], "taps": taps}


def last_rows(state: dict[str, Any], output: Any) -> Any:
    """Return the rows of an output that its buffer has place for."""
    if state.get("membuf") is None:
        return output if state.get("steps") is None else output[-state["steps"] :]
    buffer = pt.as_tensor_variable(state["membuf"])
    rows = pt.concatenate([buffer[: -min(taps_of(state))], output])
    return rows[-buffer.shape[0] :]
