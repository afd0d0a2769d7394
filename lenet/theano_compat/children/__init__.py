"""``import theano`` in Python processes that a program starts.

A program that starts itself again, or a worker, does so without the runner. Its processes find this folder on their PYTHONPATH, and
in it a package ``theano`` that does what the runner does, when it is first imported.
"""

import os
import sys
from collections.abc import Sequence
from pathlib import Path

FOLDER = str(Path(__file__).parent)
OLD_NAMES = "LENET_OLD_NAMES"


def serve(flags: Sequence[str]) -> None:
    """Let processes that this one starts import it; once more changes nothing."""
    others = [each for each in os.environ.get("PYTHONPATH", "").split(os.pathsep) if each]
    os.environ["PYTHONPATH"] = os.pathsep.join([FOLDER, *(e for e in others if e != FOLDER)])
    # Processes of multiprocessing ("spawn"), of joblib and of pytest-xdist take the path of this one instead.
    if FOLDER not in sys.path:
        sys.path.insert(1, FOLDER)
    os.environ[OLD_NAMES] = str(int("--no_old_names" not in flags))


def flags_of_parent() -> list[str]:
    """Return the flags with which a process runs that `serve` has let import it."""
    return ["--no_old_names"] if os.environ.get(OLD_NAMES) == "0" else []
