"""Names that NumPy had when Theano's programs were written."""

from typing import Any

import numpy as np


def restore_numpy_names() -> None:
    """Give NumPy back the names it has dropped and that only ever were other names.

    For a process that runs one old program, and no other.
    """
    for name, value in dropped_names().items():
        if name not in vars(np):
            setattr(np, name, value)


def dropped_names() -> dict[str, Any]:
    """Return what the names stood for."""
    return {
        "Inf": np.inf,
        "Infinity": np.inf,
        "NaN": np.nan,
        "NAN": np.nan,
        "PINF": np.inf,
        "NINF": -np.inf,
        "alltrue": np.all,
        "asscalar": lambda array: array.item(),
        "cast": Casts(),
        "bool": bool,
        "complex": complex,
        "complex_": np.complex128,
        "cumproduct": np.cumprod,
        "float": float,
        "float_": np.float64,
        "in1d": np.isin,
        "infty": np.inf,
        "int": int,
        "int0": np.intp,
        "mat": np.asmatrix,
        "object": object,
        "product": np.prod,
        "round_": np.round,
        "row_stack": np.vstack,
        "sometrue": np.any,
        "str": str,
        "string_": np.bytes_,
        "unicode": str,
        "unicode_": np.str_,
    }


class Casts:
    """Stands in for ``numpy.cast``: ``numpy.cast["float32"](x)``."""

    def __getitem__(self, dtype: Any) -> Any:
        return lambda value: np.asarray(value).astype(dtype)
