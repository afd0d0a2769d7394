"""Expected shapes, which data may contradict, as they may Theano's `input_shape`."""

from collections.abc import Callable, Sequence
from typing import Any, ClassVar

from pytensor.graph.basic import Apply, Variable
from pytensor.graph.op import Op


class ExpectedShape(Op):
    """Pass a tensor on, and note which shape it is said to have.

    Its type tells nobody: what is computed is right for any shape. `lenet.compile.specialise` compiles for
    the expected one first, all other modes leave the Op out.

    Parameters
    ----------
    shape : sequence of int or None
        One for each axis.
    """

    __props__: ClassVar[tuple[str, ...]] = ("shape",)
    view_map: ClassVar[dict[int, list[int]]] = {0: [0]}

    def __init__(self, shape: Sequence[int | None]) -> None:
        self.shape = tuple(shape)

    def make_node(self, tensor: Variable) -> Apply:
        return Apply(self, [tensor], [tensor.type()])

    def infer_shape(self, *arguments: Any) -> list[tuple]:
        # PyTensor 3.0 passes the function graph first; later versions do not.
        return list(arguments[-1])

    def perform(self, node: Apply, inputs: Sequence[Any], output_storage: list[list]) -> None:
        output_storage[0][0] = inputs[0]

    def pullback(
        self,
        inputs: Sequence[Variable],
        outputs: Sequence[Variable],
        cotangents: Sequence[Variable],
    ) -> list[Variable]:
        return list(cotangents)

    def pushforward(
        self, inputs: Sequence[Variable], outputs: Sequence[Variable], tangents: Sequence[Variable]
    ) -> list[Variable]:
        return list(tangents)


def never() -> bool:
    """Return False: data of another shape than the declared one are an error."""
    return False


class Declarations:
    """Setting of what a declared shape means.

    Attributes
    ----------
    may_be_wrong : callable
        Returns whether data of another shape are computed all the same, as by Theano.
    """

    may_be_wrong: ClassVar[Callable[[], bool]] = staticmethod(never)
