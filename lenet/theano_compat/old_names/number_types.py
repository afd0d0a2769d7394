"""Types of what comes of an array and one number, by the rules of NumPy 1.

A number gave way to an array of numbers of its kind, or of a higher one: a float32 array times ``numpy.float64(2)`` was of float32, and is of float64
now, which functions of float32 refuse. Two numbers took the larger type, Python's being of 64 bits: of ``numpy.uint8(200)``, a pixel's, and 100
came 300, and comes 44 now. An integer that the type of an array does not hold was no error.

Functions such as ``numpy.maximum`` and operators follow these rules where a program calls them, not a library of today. They are written in
C++, in number_operators.h, and put where NumPy has its own; without a compiler, those stay.

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
from types import FrameType
from typing import Any

import numpy as np

from lenet.theano_compat.old_names.array_numbers import POINTERS, slots, table
from lenet.theano_compat.old_names.libraries import compiled
from lenet.theano_compat.old_names.table import TODAYS

__all__ = ["PYTHONS", "compute_as_before", "is_of_today", "with_array", "wrapped"]

# Operators, and their places in CPython's PyNumberMethods.
OPERATORS: dict[Callable[..., Any], int] = {
    operator.add: 0,
    operator.sub: 1,
    operator.mul: 2,
    operator.mod: 3,
    operator.pow: 5,
    operator.floordiv: 29,
    operator.truediv: 30,
}
# Exponents by which an array of fractions without axes, too, kept its type; by others NumPy takes roots and squares.
KEEPING = (0, 1)
KINDS = {"b": 0, "u": 1, "i": 1, "f": 2, "c": 3}  # of types, in order
# Python's numbers, as NumPy took them.
PYTHONS: dict[type, Any] = {int: np.int64, float: np.float64, complex: np.complex128}
# Those of parts of less than 64 bits, which are to be computed with as if Python's were NumPy's.
SMALL = (
    *(np.int8, np.uint8, np.int16, np.uint16, np.int32, np.uint32),
    *(np.float16, np.float32, np.complex64),
)
# Numbers whose own operators stay.
OTHERS = (
    *(np.int64, np.float64, np.complex128),
    *(np.uint64, np.bool_, np.longdouble, np.clongdouble),
)
INTEGERS = (np.int8, np.uint8, np.int16, np.uint16, np.int32, np.uint32, np.uint64)
FRACTIONS = (np.float16, np.float32, np.complex64)
# Places in CPython's PyTypeObject: of what tells where an object has what calls it, of functions for elements, of what compares and
# of what makes objects; in the functions for elements, of what sets them.
PLACE_OF_CALLS, OF_ELEMENTS, COMPARE, NEW, SET = 4, 11, 22, 36, 2
HAS_CALLS = 1 << 11  # a flag of classes
TEXT = Path(__file__).with_name("number_operators.h")


# Python's functions that the operators call, by their places' names.
FUNCTIONS = {
    "call": "PyObject_CallFunctionObjArgs",
    "release": "Py_DecRef",
    "matches": "PyErr_ExceptionMatches",
    "forget": "PyErr_Clear",
    "is_below": "PyType_IsSubtype",
    "item": "PyTuple_GetItem",
    "compare": "PyObject_RichCompare",
}


class Addresses(ctypes.Structure):
    """Places in Python that the operators know, as number_operators.h has them."""

    _fields_ = (
        *((name, ctypes.c_void_p) for name in FUNCTIONS),
        *((name, ctypes.c_void_p) for name in ("none", "overflow", "handler")),
        ("operators", ctypes.c_void_p * len(OPERATORS)),
        *((each.__name__, ctypes.c_void_p) for each in PYTHONS),
        ("kinds", ctypes.c_void_p * (1 + len(SMALL + OTHERS))),
        ("own", ctypes.c_void_p * len(OPERATORS) * len(SMALL)),
        ("function", ctypes.c_void_p),
        ("integers", ctypes.c_void_p * len(INTEGERS)),
        ("make", ctypes.c_void_p * len(INTEGERS)),
        *((name, ctypes.c_void_p) for name in ("set", "remainder")),
        ("fractions", ctypes.c_void_p * len(FRACTIONS)),
        ("compare_own", ctypes.c_void_p * len(FRACTIONS)),
    )


def compute_as_before() -> None:
    """Let functions of arrays, and operators of small numbers, follow the old rules."""
    if platform.python_implementation() != "CPython" or sysconfig.get_config_var("Py_GIL_DISABLED"):
        return
    library = compiled(TEXT, ctypes.PyDLL)
    if library is None:
        return
    python = Addresses.in_dll(library, "lenet_python")
    if python.call:
        return  # it has been done
    for field, name in FUNCTIONS.items():
        setattr(python, field, address(getattr(ctypes.pythonapi, name)))
    python.none, python.overflow, python.handler = id(None), id(OverflowError), id(operands)
    python.remainder = id(remainder)
    for kind in PYTHONS:
        setattr(python, kind.__name__, id(kind))
    for at, operation in enumerate(OPERATORS):
        python.operators[at] = id(operation)
    for number, kind in enumerate((np.ndarray, *SMALL, *OTHERS)):
        python.kinds[number] = id(kind)
    library.lenet_operator.restype = ctypes.c_void_p
    for number, kind in enumerate(SMALL):
        for at, place in enumerate(OPERATORS.values()):
            python.own[number][at] = slots(kind)[place]
            slots(kind)[place] = library.lenet_operator(number, at)
    for number, kind in enumerate(INTEGERS):
        python.integers[number], python.make[number] = id(kind), table(kind)[NEW]
        table(kind)[NEW] = address(library.lenet_make)
    for number, kind in enumerate(FRACTIONS):
        python.fractions[number], python.compare_own[number] = id(kind), table(kind)[COMPARE]
        table(kind)[COMPARE] = address(library.lenet_compare)
    of_elements = ctypes.cast(table(np.ndarray)[OF_ELEMENTS], POINTERS)
    python.set, of_elements[SET] = of_elements[SET], address(library.lenet_set)
    if not np.ufunc.__flags__ & HAS_CALLS:
        return
    calls = [called_by(function) for function in functions_of_two()]
    python.function = calls[0].value
    for call in calls:
        if call.value == python.function:
            call.value = address(library.lenet_function)


def functions_of_two() -> list[np.ufunc]:
    """Return NumPy's functions of two operands, element by element."""
    named = vars(np).values()
    found = [each for each in named if isinstance(each, np.ufunc) and each.signature is None]
    return [function for function in found if function.nin == 2]


def called_by(function: np.ufunc) -> ctypes.c_void_p:
    """Return the place of what calls one of NumPy's functions."""
    return ctypes.c_void_p.from_address(id(function) + table(type(function))[PLACE_OF_CALLS])


def address(function: Any) -> int:
    """Return where a function of C is."""
    found = ctypes.cast(function, ctypes.c_void_p).value
    assert found is not None
    return found


def operands(operation: Callable[..., Any] | None, left: Any, right: Any) -> tuple[Any, Any] | None:
    """Return what today's NumPy computes as NumPy 1 did of two operands.

    Parameters
    ----------
    operation : function
        NumPy's, a key of `OPERATORS`, or None for a comparison.
    left, right
        A pair that may need the old rules: an array and a number, or a number of less than 64 bits and one of Python's.

    Returns
    -------
    tuple or None
        None if today's rules hold.
    """
    if is_of_today(sys._getframe(1)):
        return None
    if type(left) in PYTHONS:
        number, other, is_first = left, right, True
    elif type(right) in PYTHONS:
        number, other, is_first = right, left, False
    else:
        return with_array(left, right)
    is_array = isinstance(other, np.ndarray)
    if is_array and other.dtype.kind not in KINDS:
        return None
    try:
        if not is_array:
            wide = np.result_type(PYTHONS[type(number)], type(other)).type
            other, number = wide(other), wide(number)
        elif other.ndim:
            number = fitting(number, other)
        elif operation is np.power and other.dtype.kind in "fc" and number in KEEPING:
            return None
        else:
            number = PYTHONS[type(number)](number)
    except OverflowError:
        return None
    return (number, other) if is_first else (other, number)


def is_of_today(frame: FrameType) -> bool:
    """Return whether a library of today runs there, which computes by its own rules."""
    return frame.f_globals.get("__name__", "").partition(".")[0] in TODAYS


def with_array(left: Any, right: Any) -> tuple[Any, Any] | None:
    """Return an array and a number of NumPy's in the type that NumPy 1 gave it."""
    is_left = isinstance(left, np.ndarray) and left.ndim > 0
    number, array = (right, left) if is_left else (left, right)
    if isinstance(number, np.ndarray) and type(number) is not np.ndarray:
        return None  # what comes of it is of its class
    kind, other = KINDS.get(number.dtype.kind), KINDS.get(array.dtype.kind)
    if kind is None or other is None or kind > other:
        return None
    least = np.min_scalar_type(number)  # by its value: float16 of 2.0, float64 of 1e300
    if least.kind == "u" and array.dtype.kind == "i":
        least = np.min_scalar_type(~int(number))
    common = np.promote_types(array.dtype, least)
    fits = common == array.dtype and number.dtype.char not in "gG"
    one = number.item() if fits else np.array(number, common)
    return (array, one) if is_left else (one, array)


def remainder(value: Any, array: Any) -> Any:
    """Return integers as a type holds them, or None if that is an error today.

    Parameters
    ----------
    value
        Integers of up to 64 bits, not all of which the type holds.
    array : array or type
    """
    if is_of_today(sys._getframe(1)):
        return None
    return wrapped(value, array.dtype if isinstance(array, np.ndarray) else array)


def wrapped(value: Any, dtype: Any) -> Any:
    """Return integers as a type holds them, whatever their size up to 64 bits."""
    return np.asarray(value, np.int64).astype(dtype)[()]


def fitting(number: int, array: np.ndarray) -> np.ndarray:
    """Return an integer of the smallest type that holds it.

    It has a sign if the array's type has one.
    """
    has_sign = number < 0 or array.dtype.kind == "i"
    return np.array(number, np.min_scalar_type(min(number, ~number) if has_sign else number))
