"""The modes in which every operator is tested, and a way to compile many graphs at once."""

from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from itertools import islice
from typing import Any, NamedTuple

import numpy as np
import pytensor
import pytest
from pytensor.compile.mode import Mode, get_mode
from pytensor.graph.basic import Variable
from pytensor.link.c.op import COp
from pytensor.link.vm import VMLinker

from lenet.nnet.dispatch.xla_linker import XlaLinker
from lenet.nnet.ops.base import CFileOp
from tests.tiers import at_night


class OwnCodeLinker(VMLinker):
    """PyTensor's linker ``cvm``, with NumPy in place of the modules that are not ours but take most of the time."""

    def make_all(self, *arguments: Any, **options: Any) -> Any:
        """Compile a graph."""
        make_c_thunk = COp.make_c_thunk

        def make_own(op: COp, *rest: Any) -> Any:
            if isinstance(op, CFileOp):
                return make_c_thunk(op, *rest)
            raise NotImplementedError

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(COp, "make_c_thunk", make_own)
            return super().make_all(*arguments, **options)


MODES = {
    # Operators share the modules that call kernels, and modes the kernels.
    "c": Mode("cvm" if at_night() else OwnCodeLinker(use_cloop=True), optimizer="fast_run"),
    "python": Mode(linker="py", optimizer="fast_run"),
    "jax": get_mode("JAX"),
    "xla": Mode(XlaLinker(), get_mode("JAX").provided_optimizer),
    "numba": get_mode("NUMBA"),
}
MISSING = {
    "c": "" if pytensor.config.cxx else "there is no C++ compiler",
    "jax": "" if find_spec("jax") else "JAX is not installed",
}
MISSING["xla"] = MISSING["jax"]
# A C++ compiler takes longest for many small functions, and for one very large function.
GRAPHS_IN_ONE_FUNCTION = 12


def in_modes(*names: str, by_xla: bool = True) -> pytest.MarkDecorator:
    """Run a test once in each of the named modes, given as the argument `mode_name`.

    With JAX it runs by kernels and, at night and if `by_xla`, by XLA alone, as on accelerators.
    """
    if "jax" in names and by_xla:
        names = (*names, "xla")
    return pytest.mark.parametrize(
        "mode_name",
        [
            pytest.param(
                name,
                marks=pytest.mark.skipif(bool(MISSING.get(name)), reason=MISSING.get(name, "")),
            )
            for name in names
        ],
    )


class Graph(NamedTuple):
    """A piece of a larger function: its inputs, its outputs and the values of its inputs."""

    inputs: Sequence[Variable]
    outputs: Sequence[Variable]
    values: Sequence[Any]


def evaluate(graph: Graph, mode_name: str) -> list[np.ndarray]:
    """Return the values of the outputs as NumPy arrays."""
    # An Op that is a graph in Python, such as PyTensor's softmax, compiles that in the default mode.
    with pytensor.config.change_flags(linker="py"):
        function = pytensor.function(
            list(graph.inputs),
            list(graph.outputs),
            mode=MODES[mode_name],
            on_unused_input="ignore",
        )
        return [np.asarray(value) for value in function(*graph.values)]


def evaluate_together(graphs: Mapping[Any, Graph], mode_name: str) -> dict[Any, list[np.ndarray]]:
    """Evaluate many graphs, `GRAPHS_IN_ONE_FUNCTION` at a time."""
    results = {}
    names = iter(graphs)
    while batch := list(islice(names, GRAPHS_IN_ONE_FUNCTION)):
        pieces = [graphs[name] for name in batch]
        joint = Graph(*([item for piece in pieces for item in piece[i]] for i in range(3)))
        values = iter(evaluate(joint, mode_name))
        for name, piece in zip(batch, pieces, strict=True):
            results[name] = [next(values) for _ in piece.outputs]
    return results
