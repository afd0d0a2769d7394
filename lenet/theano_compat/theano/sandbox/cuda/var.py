"""Theano's ``theano.sandbox.cuda.var``."""

from typing import Any

from pytensor.compile.sharedvalue import SharedVariable
from pytensor.tensor.sharedvar import TensorSharedVariable

from lenet.theano_compat.gpu_names import gpu_names
from lenet.theano_compat.theano.compile.sharedvalue import shared

__all__ = ["CudaNdarraySharedVariable", "float32_shared_constructor"]

__getattr__ = gpu_names(__name__)


class CudaNdarraySharedVariable(TensorSharedVariable):
    """Class of shared variables on a GPU, for ``isinstance``.

    A pickled one becomes another kind of shared variable.
    """

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__class__ = TensorSharedVariable
        self.__dict__.update(state)


def float32_shared_constructor(
    value: Any, name: str | None = None, **keywords: Any
) -> SharedVariable:
    """Return a shared variable, which is not on a GPU."""
    return shared(value, name, **keywords)
