"""Rectifier and its gradient as scalar Ops, which `lenet.nnet.rewrites` inserts.

Element-wise, fused with their neighbours and run in parallel by PyTensor as any scalar Op.
"""

from typing import Any

from pytensor.graph.basic import Apply
from pytensor.scalar import ScalarOp, upcast_out
from pytensor.tensor.elemwise import Elemwise


class ScalarReluOp(ScalarOp):
    """Base class of the rectifier and its gradient.

    Parameters
    ----------
    slope_at_zero : float
        The derivative at zero, which depends on how the user wrote the rectifier.
    """

    __props__ = ("slope_at_zero",)

    def __init__(self, slope_at_zero: float) -> None:
        self.slope_at_zero = slope_at_zero
        super().__init__(upcast_out)

    def c_code_cache_version(self) -> tuple[int, ...]:
        return (1,)


class ScalarRelu(ScalarReluOp):
    """Rectifier: ``x`` where it is positive (or not a number), else zero."""

    nin = 1

    def impl(self, x: Any) -> Any:
        return type(x)(0) if x <= 0 else x

    def c_code(
        self, node: Apply, name: str, inputs: list[str], outputs: list[str], sub: dict[str, Any]
    ) -> str:
        return f"{outputs[0]} = {inputs[0]} <= 0 ? 0 : {inputs[0]};"


class ScalarReluGrad(ScalarReluOp):
    """Gradient of the rectifier: `slope_at_zero` of what comes in where ``x`` is zero."""

    nin = 2

    def impl(self, x: Any, gradient: Any) -> Any:
        if x == 0:
            return type(gradient)(gradient * self.slope_at_zero if self.slope_at_zero else 0)
        return gradient if x > 0 else type(gradient)(0)

    def c_code(
        self, node: Apply, name: str, inputs: list[str], outputs: list[str], sub: dict[str, Any]
    ) -> str:
        x, gradient = inputs
        at_zero = {0.0: "0", 1.0: gradient}.get(self.slope_at_zero, f"{gradient} / 2")
        return f"{outputs[0]} = {x} > 0 ? {gradient} : {x} == 0 ? {at_zero} : 0;"


def relu_op(slope_at_zero: float) -> Elemwise:
    """Return the rectifier for tensors."""
    return Elemwise(ScalarRelu(slope_at_zero))


def relu_grad_op(slope_at_zero: float) -> Elemwise:
    """Return the gradient of the rectifier for tensors: ``(x, gradient) -> gradient``."""
    return Elemwise(ScalarReluGrad(slope_at_zero))
