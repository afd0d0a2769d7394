"""PyTensor's linker for JAX, without kernels."""

from collections.abc import Callable
from functools import wraps
from typing import Any, ClassVar

from pytensor.link.jax.linker import JAXLinker

from lenet.nnet.rewrites.matching import KERNELS


class XlaLinker(JAXLinker):
    """JAX's linker without kernels: XLA computes, and sees into, each Op.

    Examples
    --------
    >>> mode = Mode(XlaLinker(), get_mode("JAX").provided_optimizer)
    """

    incompatible_rewrites: ClassVar[tuple[str, ...]] = (*JAXLinker.incompatible_rewrites, KERNELS)

    def jit_compile(self, function: Callable) -> Callable:
        """Return a compiled function."""
        return super().jit_compile(seen_through(function))


def seen_through(function: Callable) -> Callable:
    """Return a function in which JAX traces no kernels."""
    from lenet.nnet.dispatch.jax_primitive import without_kernels

    @wraps(function)
    def traced(*inputs: Any) -> Any:
        with without_kernels():
            return function(*inputs)

    return traced
