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
# Exponents by which arrays of fractions kept their type, with or without axes.
KEEPING = (-1, 0, 0.5, 1, 2)
KINDS = {"b": 0, "u": 1, "i": 1, "f": 2, "c": 3}  # of types, in order
# Python's numbers, as NumPy took them.
PYTHONS: dict[type, Any] = {int: np.int64, float: np.float64, complex: np.complex128}
# Those of parts of less than 64 bits, which are to be computed with as if Python's were NumPy's.
SMALL = (
    *(np.int8, np.uint8, np.int16, np.uint16, np.int32, np.uint32),
    *(np.float16, np.float32, np.complex64),
)
LARGE = (np.int64, np.float64, np.complex128)
OTHERS = (np.uint64, np.bool_, np.longdouble, np.clongdouble)  # numbers whose own operators stay
TEXT = Path(__file__).with_name("number_operators.h")


# Python's functions that the operators call, by their places' names.
FUNCTIONS = {
    "call": "PyObject_CallFunctionObjArgs",
    "release": "Py_DecRef",
    "matches": "PyErr_ExceptionMatches",
    "forget": "PyErr_Clear",
    "is_below": "PyType_IsSubtype",
    "item": "PyTuple_GetItem",
    "apply": "PyObject_CallObject",
}


class Addresses(ctypes.Structure):
    """Places in Python that the operators know, as number_operators.h has them."""

    _fields_ = (
        *((name, ctypes.c_void_p) for name in FUNCTIONS),
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
    for field, name in FUNCTIONS.items():
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
        for at, (operation, (place, _)) in enumerate(OPERATORS.items()):
            own, new = slots(kind)[place], library.lenet_operator(number, at)
            python.own[number][at] = own
            slots(kind)[place] = new
            if kind is np.ndarray:
                hand_down(operation, place, own, new)


def hand_down(operation: Callable[..., Any], place: int, own: int, new: int) -> None:
    """Let classes of arrays have an operator, those too that are made later.

    They have copies of the table, which Python makes of what the operator's methods wrap.
    """
    for kind in below(np.ndarray):
        if slots(kind)[place] == own:
            slots(kind)[place] = new
    for name in names_of(operation):
        # A wrapper's fields: its class, name, qualified name, kind, and what it wraps.
        wrapped = ctypes.c_void_p.from_address(
            id(getattr(np.ndarray, name))
            + object.__basicsize__
            + 4 * ctypes.sizeof(ctypes.c_void_p)
        )
        if wrapped.value == own:
            wrapped.value = new


def names_of(operation: Callable[..., Any]) -> tuple[str, str]:
    """Return the names of an operator's methods."""
    return f"__{operation.__name__}__", f"__r{operation.__name__}__"


def below(kind: type) -> set[type]:
    """Return the classes derived from a class, which have copies of its table."""
    derived: set[type] = set(type.__subclasses__(kind))
    return derived.union(*map(below, derived))


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

    Returns
    -------
    tuple or None
        A function and its arguments.
    """
    if sys._getframe(1).f_globals.get("__name__", "").partition(".")[0] in TODAYS:
        return None
    if type(left) in PYTHONS:
        number, other, is_first = left, right, True
    elif type(right) in PYTHONS:
        number, other, is_first = right, left, False
    else:
        return with_array(operation, left, right)
    is_array = isinstance(other, np.ndarray)
    if is_array and other.dtype.kind not in KINDS:
        return None
    try:
        if not is_array:
            wide = np.result_type(PYTHONS[type(number)], type(other)).type
            function, other, number = operation, wide(other), wide(number)
        elif other.ndim:
            function, number = OPERATORS[operation][1], fitting(number, other)
        elif operation is operator.pow and not is_first and keeps(other, number):
            return None
        else:
            function, number = OPERATORS[operation][1], PYTHONS[type(number)](number)
    except OverflowError:
        return None
    return function, ((number, other) if is_first else (other, number))


def keeps(base: np.ndarray, exponent: complex) -> bool:
    """Return whether a power of an array without axes had the type of its base."""
    return exponent in KEEPING if base.dtype.kind in "fc" else exponent == 2


def with_array(operation: Callable[..., Any], left: Any, right: Any) -> Any:
    """Return how NumPy 1 computed of an array and a number of NumPy's, if it differs."""
    is_left = isinstance(left, np.ndarray) and left.ndim > 0
    number, array = (right, left) if is_left else (left, right)
    if isinstance(number, np.ndarray) and type(number) is not np.ndarray:
        return None  # what comes of it is of its class
    kind, other = KINDS.get(number.dtype.kind), KINDS.get(array.dtype.kind)
    if kind is None or other is None or kind > other or is_own(operation, type(array)):
        return None
    least = np.min_scalar_type(number)  # by its value: float16 of 2.0, float64 of 1e300
    if least.kind == "u" and array.dtype.kind == "i":
        least = np.min_scalar_type(~int(number))
    common = np.promote_types(array.dtype, least)
    one: Any
    if common == array.dtype and number.dtype.char not in "gG":
        function, one = operation, number.item()
    else:
        function, one = OPERATORS[operation][1], np.array(number, common)
    return function, ((array, one) if is_left else (one, array))


def is_own(operation: Callable[..., Any], kind: type[np.ndarray]) -> bool:
    """Return whether a class of arrays has an operator of its own."""
    return kind is not np.ndarray and any(
        getattr(kind, name) is not getattr(np.ndarray, name) for name in names_of(operation)
    )


def fitting(number: int, array: np.ndarray) -> np.ndarray:
    """Return an integer of the smallest type that holds it.

    It has a sign if the array's type has one.
    """
    has_sign = number < 0 or array.dtype.kind == "i"
    return np.array(number, np.min_scalar_type(min(number, ~number) if has_sign else number))
