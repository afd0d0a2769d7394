"""Types of what comes of an array and one number, by the rules of NumPy 1.

A number gave way to an array of numbers of its kind, or of a higher one: a float32 array times ``numpy.float64(2)`` was of float32, and is of float64
now, which functions of float32 refuse. Two numbers took the larger type, Python's being of 64 bits: of ``numpy.uint8(200)``, a pixel's, and 100
came 300, and comes 44 now. An integer that the type of an array does not hold was no error.

Operators of programs alone follow these rules, not those of libraries of today. They are written in C++, in number_operators.h, and put
into the tables of NumPy's classes; without a compiler, NumPy's own stay.

References
----------
NEP 50, Promotion rules for Python scalars: https://numpy.org/neps/nep-0050-scalar-promotion.html
"""

import ctypes
import operator
import platform
import sys
import sysconfig
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from lenet.theano_compat.old_names.array_numbers import slots
from lenet.theano_compat.old_names.libraries import compiled
from lenet.theano_compat.old_names.table import TODAYS

__all__ = ["compute_as_before"]

# Operators, their places in CPython's PyNumberMethods, and NumPy's functions.
OPERATORS: dict[Callable[..., Any], tuple[int, np.ufunc]] = {
    operator.add: (0, np.add),
    operator.sub: (1, np.subtract),
    operator.mul: (2, np.multiply),
    operator.mod: (3, np.remainder),
    operator.pow: (5, np.power),
    operator.floordiv: (29, np.floor_divide),
    operator.truediv: (30, np.true_divide),
}
KINDS = {"b": 0, "u": 1, "i": 1, "f": 2, "c": 3}  # of types, in order
# Python's numbers, as NumPy took them.
PYTHONS: dict[type, Any] = {int: np.int64, float: np.float64, complex: np.complex128}
# Those of parts of less than 64 bits, which are to be computed with as if Python's were NumPy's.
SMALL = (
    *(np.int8, np.uint8, np.int16, np.uint16, np.int32, np.uint32),
    *(np.float16, np.float32, np.complex64),
)
LARGE = (np.int64, np.float64, np.complex128)
OTHERS = (np.uint64, np.bool_)  # numbers whose own operators stay
TEXT = Path(__file__).with_name("number_operators.h")


class Addresses(ctypes.Structure):
    """Places in Python that the operators know, as number_operators.h has them."""

    _fields_ = (
        *((name, ctypes.c_void_p) for name in ("call", "release", "matches", "forget")),
        *((name, ctypes.c_void_p) for name in ("none", "overflow", "handler")),
        ("operators", ctypes.c_void_p * len(OPERATORS)),
        *((each.__name__, ctypes.c_void_p) for each in PYTHONS),
        ("kinds", ctypes.c_void_p * (1 + len(SMALL + LARGE + OTHERS))),
        ("own", ctypes.c_void_p * len(OPERATORS) * (1 + len(SMALL + LARGE))),
    )


def compute_as_before() -> None:
    """Put operators with the old rules into the tables of arrays and numbers."""
    if platform.python_implementation() != "CPython" or sysconfig.get_config_var("Py_GIL_DISABLED"):
        return
    library = compiled(TEXT, ctypes.PyDLL)
    if library is None:
        return
    python = Addresses.in_dll(library, "lenet_python")
    if python.call:
        return  # it has been done
    functions = (
        "PyObject_CallFunctionObjArgs",
        "Py_DecRef",
        "PyErr_ExceptionMatches",
        "PyErr_Clear",
    )
    for field, name in zip(("call", "release", "matches", "forget"), functions, strict=True):
        setattr(python, field, address(getattr(ctypes.pythonapi, name)))
    python.none, python.overflow, python.handler = id(None), id(OverflowError), id(computed)
    for kind in PYTHONS:
        setattr(python, kind.__name__, id(kind))
    for at, operation in enumerate(OPERATORS):
        python.operators[at] = id(operation)
    patched: tuple[type, ...] = (np.ndarray, *SMALL, *LARGE)
    for number, kind in enumerate((*patched, *OTHERS)):
        python.kinds[number] = id(kind)
    library.lenet_operator.restype = ctypes.c_void_p
    for number, kind in enumerate(patched):
        for at, (place, _) in enumerate(OPERATORS.values()):
            python.own[number][at] = slots(kind)[place]
            slots(kind)[place] = library.lenet_operator(number, at)


def address(function: Any) -> int:
    """Return where a function of C is."""
    found = ctypes.cast(function, ctypes.c_void_p).value
    assert found is not None
    return found


def computed(operation: Callable[..., Any], left: Any, right: Any) -> Any:
    """Return what NumPy 1 computed of two operands, or None if today's rules hold.

    Parameters
    ----------
    operation : function
        A key of `OPERATORS`.
    left, right
        A pair that may need the old rules: an array and a number, or a number of less than 64 bits and one of Python's.
    """
    if sys._getframe(1).f_globals.get("__name__", "").partition(".")[0] in TODAYS:
        return None
    if type(left) in PYTHONS:
        number, other, pair = left, right, lambda number, other: (number, other)
    elif type(right) in PYTHONS:
        number, other, pair = right, left, lambda number, other: (other, number)
    else:
        return with_array(operation, left, right)
    if not isinstance(other, np.ndarray):
        wide = np.result_type(PYTHONS[type(number)], type(other)).type
        return operation(*pair(wide(number), wide(other)))
    if not other.ndim:
        if operation is operator.pow and right is number and number == 2:
            return None  # a square was of the type of its root
        return OPERATORS[operation][1](*pair(PYTHONS[type(number)](number), other))
    return OPERATORS[operation][1](*pair(fitting(number, other), other))


def with_array(operation: Callable[..., Any], left: Any, right: Any) -> Any:
    """Return what NumPy 1 computed of an array and a number of NumPy's, if it differs."""
    is_left = isinstance(left, np.ndarray) and left.ndim > 0
    number, array = (right, left) if is_left else (left, right)
    kind, other = KINDS.get(number.dtype.kind), KINDS.get(array.dtype.kind)
    if kind is None or other is None or kind > other:
        return None
    one = number.item()
    try:
        return operation(array, one) if is_left else operation(one, array)
    except OverflowError:
        one = fitting(one, array)
        function = OPERATORS[operation][1]
        return function(array, one) if is_left else function(one, array)


def fitting(number: int, array: np.ndarray) -> np.ndarray:
    """Return an integer of the smallest type that holds it.

    It has a sign if the array's type has one.
    """
    has_sign = number < 0 or array.dtype.kind == "i"
    return np.array(number, np.min_scalar_type(min(number, ~number) if has_sign else number))
