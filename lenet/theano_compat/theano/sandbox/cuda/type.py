"""Theano's ``theano.sandbox.cuda.type``: pickled GPU arrays become NumPy arrays."""

from typing import Any

import numpy as np
from pytensor.graph.type import Type

from lenet.theano_compat.gpu_names import gpu_names
from lenet.theano_compat.theano.tensor.type import become_tensor_type

__all__ = ["CudaNdarrayType", "CudaNdarray_unpickler"]

__getattr__ = gpu_names(__name__)


class CudaNdarrayType(Type):
    """Type of GPU arrays, for ``isinstance``.

    No variable here is of it; a pickled one becomes `TensorType`.

    Raises
    ------
    NotImplementedError
        When one is made.
    """

    def __init__(self, *arguments: Any, **keywords: Any) -> None:
        raise NotImplementedError(
            "CudaNdarrayType: there is no GPU code; use theano.tensor.TensorType, and for models that "
            "were pickled on a GPU, save their parameters as arrays where they can still be read"
        )

    def __setstate__(self, state: dict[str, Any]) -> None:
        # Its numbers were float32 always, so that older versions did not save their type.
        become_tensor_type(self, {"dtype": "float32", **state})

    def filter(self, data: Any, strict: bool = False, allow_downcast: bool | None = None) -> Any:
        """Not reached: there are no such types."""
        raise NotImplementedError


def CudaNdarray_unpickler(npa: Any) -> np.ndarray:
    """Return what a pickled array of the GPU held."""
    return np.asarray(npa)
