"""Run an old program, or its port, and keep what its functions return.

``traced.py FILE before [--python2] SCRIPT [ARGS...]`` runs a program as ``python -m lenet.theano_compat`` does,
``traced.py FILE after SCRIPT [ARGS...]`` runs what `lenet port` has made of it, where neither Theano nor theano_compat
can be imported. NumPy's own generator has a seed in both, for programs that give it none. FILE gets the mean of each
output, and a checksum of all.
"""

import hashlib
import os
import runpy
import sys
from pathlib import Path
from typing import Any

import numpy
from pytensor.compile.executor import Function

SEED = 1


class Trace:
    """Outputs of compiled functions, in the order of their calls.

    Attributes
    ----------
    means : list of float
        Those of each output's numbers.
    digest : hashlib.sha256
        Of types, shapes and bits.
    """

    def __init__(self) -> None:
        self.means: list[float] = []
        self.digest = hashlib.sha256()

    def watch(self) -> None:
        """Look on at all calls of compiled functions from now on."""
        call = Function.__call__

        def watched(function: Function, *arguments: Any, **options: Any) -> Any:
            outputs = call(function, *arguments, **options)
            self.add(outputs)
            return outputs

        Function.__call__ = watched

    def add(self, outputs: Any) -> None:
        """Take in what a function has returned."""
        if isinstance(outputs, list | tuple):
            for each in outputs:
                self.add(each)
        elif isinstance(outputs, numpy.ndarray | numpy.generic):
            array = numpy.asarray(outputs)
            self.digest.update(f"{array.dtype} {array.shape}".encode() + array.tobytes())
            self.means.append(float(array.mean(dtype=float)) if array.size else 0.0)


def main() -> int:
    path, side, *words = sys.argv[1:]
    Path(path).unlink(missing_ok=True)  # an earlier run's
    trace = Trace()
    trace.watch()
    numpy.random.seed(SEED)  # noqa: NPY002, the generator that these programs draw from
    try:
        return before(words) if side == "before" else after(words)
    finally:  # many programs end in sys.exit()
        numpy.savez(path, means=trace.means, digest=trace.digest.hexdigest())


def before(words: list[str]) -> int:
    """Run a program as it stands."""
    from lenet.theano_compat.runner import main

    return main(words)


def after(words: list[str]) -> int:
    """Run a ported program without what it should not need."""
    for name in ("theano", "lenet.theano_compat"):
        sys.modules[name] = None  # type: ignore[assignment]
    sys.argv[:] = words
    sys.path[0] = os.path.dirname(os.path.realpath(words[0]))
    runpy.run_path(words[0], run_name="__main__")
    return 0


if __name__ == "__main__":
    sys.exit(main())
