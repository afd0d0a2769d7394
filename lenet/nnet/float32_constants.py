"""Constants of single precision in C code.

PyTensor writes them as numbers of double precision: ``0.1`` in C is another number than float32's, and a product with it is one of double precision until it is rounded. A
third of the products of two factors and a constant have another last bit than in NumPy, in PyTensor's other backends and in Theano. Here they are numbers of float32.
"""

from functools import wraps
from typing import Any

from pytensor.scalar.basic import ScalarType

_original = ScalarType.c_literal
_original_version = ScalarType.c_code_cache_version


@wraps(_original)
def c_literal(scalar_type: ScalarType, data: Any) -> str | None:
    text: str | None = _original(scalar_type, data)
    return f"npy_float32({text})" if scalar_type.dtype == "float32" else text


@wraps(_original_version)
def c_code_cache_version(scalar_type: ScalarType) -> tuple:
    # What PyTensor has compiled before has the other numbers.
    return (*_original_version(scalar_type), "float32 constants")


def write_float32_constants() -> None:
    """Let PyTensor write them so; doing it again changes nothing."""
    ScalarType.c_literal = c_literal
    ScalarType.c_code_cache_version = c_code_cache_version
