"""Attributes of Theano's `Scan` that PyTensor's has elsewhere, added to its class.

``outputs`` and ``inputs`` are the graph of a step, and the numbers of sequences and outputs of each kind, ``as_while`` and
``tap_array`` those of ``info``.
"""

from operator import attrgetter

from pytensor.scan.op import Scan

NAMES = {"inputs": "inner_inputs", "outputs": "inner_outputs"}
OF_INFO = (
    *("n_seqs", "n_mit_mot", "n_mit_mot_outs", "n_mit_sot", "n_sit_sot", "n_nit_sot"),
    *("n_shared_outs", "as_while", "tap_array"),
)


def add() -> None:
    """Put the attributes onto PyTensor's class; doing it again changes nothing."""
    for name, original in NAMES.items():
        setattr(Scan, name, property(attrgetter(original)))
    for name in OF_INFO:
        setattr(Scan, name, property(attrgetter(f"info.{name}")))


def remove() -> None:
    """Take back `add`."""
    for name in (*NAMES, *OF_INFO):
        if name in vars(Scan):
            delattr(Scan, name)
