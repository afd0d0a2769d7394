"""Types of what comes of an array and one number, as NumPy 1 had them."""

import shutil
import subprocess
import sys

import pytest

BEGINNING = """
import operator
import numpy as np
from lenet.theano_compat.old_names import restore
restore()
def told(*results):
    for each in results:
        print(type(each).__name__, each.dtype, each.tolist())
"""


def run(text):
    done = subprocess.run(
        [sys.executable, "-c", BEGINNING + text],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.stderr == ""
    return done.stdout.splitlines()


pytestmark = pytest.mark.skipif(
    shutil.which("g++") is None and shutil.which("clang++") is None,
    reason="needs a C++ compiler",
)


def test_a_number_gives_way_to_an_array():
    assert run("""
x = np.array([1, 4], "float32")
two, three = np.float64(2), np.int64(3)
told(x * two, two * x, x + three, three - x, x / np.array(2.0), np.array(2.0) / x)
told(x ** two, x // two, x % three, x[:, None] * two)
told(np.array([1], "uint8") + np.int64(5), np.array([1], "int32") * np.array(7), x * np.bool_(True))
""") == [
        "ndarray float32 [2.0, 8.0]",
        "ndarray float32 [2.0, 8.0]",
        "ndarray float32 [4.0, 7.0]",
        "ndarray float32 [2.0, -1.0]",
        "ndarray float32 [0.5, 2.0]",
        "ndarray float32 [2.0, 0.5]",
        "ndarray float32 [1.0, 16.0]",
        "ndarray float32 [0.0, 2.0]",
        "ndarray float32 [1.0, 1.0]",
        "ndarray float32 [[2.0], [8.0]]",
        "ndarray uint8 [6]",
        "ndarray int32 [7]",
        "ndarray float32 [1.0, 4.0]",
    ]


def test_a_number_of_a_higher_kind_and_arrays_do_not():
    assert run("""
told(np.array([1], "int8") * np.float64(2), np.array([1], "float32") * np.complex128(1j))
told(np.array([1], "float32") * np.array([2.0]), np.array([1.0]) * np.float32(2))
""") == [
        "ndarray float64 [2.0]",
        "ndarray complex128 [1j]",
        "ndarray float64 [2.0]",
        "ndarray float64 [2.0]",
    ]


def test_small_numbers_and_pythons_are_computed_in_64_bits():
    assert run("""
told(np.uint8(200) + 100, 100 - np.uint8(200), np.int16(300) * 200, np.float32(1) / 3)
told(np.int32(7) // 2, np.int32(7) % 4, np.float32(2) * 3, np.float32(2) ** 0.5, np.complex64(1) * 2)
total = np.float32(16777216)
total += 1
told(total, np.float32(1) + np.float32(2), np.uint8(200) + np.uint8(1), np.array(2, "float32") * 1.5)
print(type(1.5 * np.float64(2)).__name__, np.float32(1) + True, 2 * np.float32(3) == 6)
""") == [
        "int64 int64 300",
        "int64 int64 -100",
        "int64 int64 60000",
        "float64 float64 0.3333333333333333",
        "int64 int64 3",
        "int64 int64 3",
        "float64 float64 6.0",
        "float64 float64 1.4142135623730951",
        "complex128 complex128 (2+0j)",
        "float64 float64 16777217.0",
        "float32 float32 3.0",
        "uint8 uint8 201",
        "float64 float64 3.0",
        "float64 2.0 True",
    ]


def test_an_integer_that_does_not_fit_makes_the_array_wider():
    assert run("""
x = np.array([200, 1], "uint8")
told(x + 300, x * -1, -1 + x, x + 55, np.array([1], "int8") + 200, x - np.int64(300))
try:
    np.array([1]) + 2**70 + "a"
except TypeError as error:
    print("TypeError")
""") == [
        "ndarray uint16 [500, 301]",
        "ndarray int16 [-200, -1]",
        "ndarray int16 [199, 0]",
        "ndarray uint8 [255, 56]",
        "ndarray int16 [201]",
        "ndarray uint16 [65436, 65237]",
        "TypeError",
    ]


def test_what_is_no_number_answers_itself():
    assert run("""
class Answer:
    __array_priority__ = 1000
    def __mul__(self, other): return "left"
    def __rmul__(self, other): return "right"
print(np.float32(2) * Answer(), Answer() * np.float32(2), np.ones(2) * Answer(), np.int32(2) * [1, 2])
print(np.int32(2) * "a", pow(np.int32(3), 2), np.matrix([[1, 2]]) * np.float64(2))
class Mine(np.float64):
    pass
class Array(np.ndarray):
    pass
print(Mine(2) * Mine(3), Mine(2) * 2, 2 * Mine(2), type(np.ones(1).view(Array) * np.float64(2)).__name__)
for operation in (lambda: np.float32(1) + "a", lambda: np.ones(1) * None, lambda: np.ones(2) * np.ones(3)):
    try:
        operation()
    except (TypeError, ValueError) as error:
        print(type(error).__name__)
with np.errstate(divide="raise"):
    try:
        np.float32(1) / 0
    except FloatingPointError as error:
        print(error)
""") == [
        "right left right [1, 2, 1, 2]",
        "aa 9 [[2. 4.]]",
        "6.0 4.0 4.0 Array",
        "UFuncTypeError",
        "TypeError",
        "ValueError",
        "divide by zero encountered in scalar divide",
    ]


def test_functions_follow_the_rules_of_operators():
    assert run("""
x, two, ok = np.array([1, 4], "float32"), np.float64(2), np.array([1, 2], "uint8")
told(np.multiply(x, two), np.maximum(two, x), np.copysign(x, np.array(-2.0)), np.subtract(300, ok))
told(np.minimum(np.float32(1), 2.5), np.add(x, two, out=np.zeros(2)), np.add(x, x, x), np.add(x, two, dtype="f8"))
print(x[:1] * 0.5 > np.float64(0.4999999999), np.array([0.1], "f4") >= np.float64(0.1), np.divmod(ok, np.int64(2))[1].dtype)
""") == [
        "ndarray float32 [2.0, 8.0]",
        "ndarray float32 [2.0, 4.0]",
        "ndarray float32 [-1.0, -4.0]",
        "ndarray uint16 [299, 298]",
        "float64 float64 1.0",
        "ndarray float64 [3.0, 6.0]",
        "ndarray float32 [2.0, 8.0]",
        "ndarray float64 [4.0, 10.0]",
        "[ True] [ True] uint8",
    ]


def test_what_is_computed_in_place_follows_the_rules():
    assert run("""
x, same = np.array([200, 1], "uint8"), np.array([200, 1], "uint8")
x += 300; same -= np.int64(1)
told(x, same)
try:
    x *= -1
except TypeError as error:
    print("int16" in str(error))
""") == ["ndarray uint8 [244, 45]", "ndarray uint8 [199, 0]", "True"]


def test_integers_beyond_a_type_are_their_remainders():
    assert run("""
class Mine(np.uint16):
    pass
x = np.zeros(4, "uint8")
x[0], x[1:3], x[-1] = 300, [-1, 257], 300.7
told(np.uint8(300), np.int8(200), np.uint64(-1), np.uint32(np.float64(7)), x, Mine(3))
y = np.zeros((2, 2), "int16")
y[:, 1], y[y == 0] = 40000, -1
told(y)
for operation in (lambda: np.int64(2**70), lambda: y.__setitem__(0, 2**70), lambda: y.__delitem__(0), lambda: np.uint8("a")):
    try:
        operation()
    except (OverflowError, ValueError) as error:
        print(type(error).__name__)
""") == [
        "uint8 uint8 44",
        "int8 int8 -56",
        "uint64 uint64 18446744073709551615",
        "uint32 uint32 7",
        "ndarray uint8 [44, 255, 1, 44]",
        "Mine uint16 3",
        "ndarray int16 [[-1, -25536], [-1, -25536]]",
        "OverflowError",
        "OverflowError",
        "ValueError",
        "ValueError",
    ]


def test_small_fractions_are_compared_with_pythons_in_64_bits():
    assert run("""
import sys
f, c = np.float32(0.1), np.complex64(0.1)
print(f == 0.1, f != 0.1, f > 0.1, f <= 0.1, 0.1 == f, 0.1 < f, np.float16(0.1) == 0.1, c == 0.1)
print(f < sys.float_info.max, f == 1e300, f != float("nan"), np.float32(2**24) == 2**24 + 1, np.float32(2) == 2)
print(f == np.float32(0.1), f == None, f == "a", f == np.array([0.1]), f in [0.1], {np.float32(2): 1}[2.0])
""") == [
        "False True True False False True False False",
        "True False True False True",
        "True False False [False] False 1",
    ]


def test_libraries_of_today_compute_by_their_own_rules():
    assert run("""
names = {"np": np, "__name__": "scipy.somewhere"}
exec("a = np.ones(1, 'float32') * np.float64(2); b = np.uint8(200) + np.uint8(1) * 2", names)
told(names["a"], names["b"])
for text in ("np.uint8(300)", "a.astype('uint8').__setitem__(0, 300)", "a.astype('uint8') + 300"):
    try:
        eval(text, names)
    except OverflowError:
        print("no")
""") == ["ndarray float64 [2.0]", "uint8 uint8 202", "no", "no", "no"]


def test_a_number_that_does_not_fit_makes_the_array_wider():
    assert run("""
x = np.array([1], "float32")
told(x * np.float64(1e300), np.float64(70000) + np.array([1], "float16"), x * np.float64("inf"))
told(x + np.int64(300), x + np.int64(100000), x.astype("int8") + np.int64(200), x * np.longdouble(2))
""") == [
        "ndarray float64 [1e+300]",
        "ndarray float32 [70001.0]",
        "ndarray float32 [inf]",
        "ndarray float32 [301.0]",
        "ndarray float64 [100001.0]",
        "ndarray int16 [201]",
        "ndarray float32 [2.0]",
    ]


def test_classes_of_arrays_follow_the_rules_unless_they_have_operators():
    assert run("""
class Array(np.ndarray):
    pass
class Own(np.ndarray):
    def __mul__(self, other):
        return type(other).__name__
two, x = np.float64(2), np.ones(1, "float32")
told(x.view(Array) * two, two - x.view(Array), x.view(np.memmap) / two, x.view(np.matrix) + two)
print(x.view(Own) * two)
""") == [
        "Array float32 [2.0]",
        "Array float32 [1.0]",
        "ndarray float32 [0.5]",
        "matrix float32 [[3.0]]",
        "float64",
    ]


def test_what_todays_rules_can_do_stays():
    assert run("""
print(np.array(1, object) + 2**64, np.uint8(4) / 2**70 == 2.0**-68, np.array(4.0) + 2**64 == 2**64 + 4)
told(*(np.array(4, "float32") ** one for one in (-1, 0, 0.5, 1.0, 2, 3)))
try:
    pow(np.int32(3), 2, 5)
except TypeError:
    print("no modulus")
""") == [
        "18446744073709551617 True True",
        "float32 float32 0.25",
        "float32 float32 1.0",
        "float32 float32 2.0",
        "float32 float32 4.0",
        "float32 float32 16.0",
        "float64 float64 64.0",
        "no modulus",
    ]


def test_a_warning_tells_the_line_of_the_program():
    assert run("""
import warnings
with warnings.catch_warnings(record=True) as told:
    warnings.simplefilter("always")
    np.ones(1, "float32") / np.float64(0); np.float32(1) / 0
print(*(each.filename for each in told))
""") == ["<string> <string>"]
