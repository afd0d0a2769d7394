"""NumPy's functions that take single numbers, as NumPy 1 had them."""

from tests.theano_compat.old_names.test_number_types import pytestmark, run

__all__ = ["pytestmark"]


def test_numbers_that_are_chosen_give_way_to_arrays():
    assert run("""
x, mask, two = np.ones(2, "float32"), np.array([True, False]), np.float64(2)
told(np.where(mask, x, two), np.where(mask, two, x), np.where(mask, x, 1e300), np.where(mask, 3, 0))
told(np.where(mask, np.ones(2, "uint8"), -1), np.where(mask, x, np.zeros(2)), np.where(mask, np.float32(1), 0.5))
print(np.where(mask)[0], np.where(mask, x, [2.0, 3.0]).dtype, np.where(mask, "a", "bc"))
""") == [
        "ndarray float32 [1.0, 2.0]",
        "ndarray float32 [2.0, 1.0]",
        "ndarray float64 [1.0, 1e+300]",
        "ndarray int64 [3, 0]",
        "ndarray int16 [1, -1]",
        "ndarray float64 [1.0, 0.0]",
        "ndarray float64 [1.0, 0.5]",
        "[0] float64 ['a' 'bc']",
    ]


def test_bounds_give_way_to_arrays():
    assert run("""
x, low, high = np.array([0.25, 2], "float32"), np.float64(0.5), np.float64(1)
told(np.clip(x, low, high), x.clip(low, high), np.clip(x, None, high), x.clip(min=low), np.clip(x, a_min=low, a_max=1))
told(np.clip(x, np.zeros(2), 1), np.clip(np.ones(1, "uint8"), -1, 5), np.clip(3, 0, 2), np.clip(np.float32(3), 0.0, 2.0))
into = np.zeros(2, "float32")
print(np.clip(x, low, high, into) is into, into, np.clip([1, 9], 0, 5))
""") == [
        "ndarray float32 [0.5, 1.0]",
        "ndarray float32 [0.5, 1.0]",
        "ndarray float32 [0.25, 1.0]",
        "ndarray float32 [0.5, 2.0]",
        "ndarray float32 [0.5, 1.0]",
        "ndarray float64 [0.25, 1.0]",
        "ndarray int16 [1]",
        "int64 int64 2",
        "float64 float64 2.0",
        "True [0.5 1. ] [1 5]",
    ]


def test_bounds_of_what_is_no_array_stay_as_they_are():
    assert run("""
class Own:
    def clip(self, low, high, out=None):
        return type(low).__name__, type(high).__name__
print(np.clip(Own(), 0.0, 1))
""") == ["('float', 'int')"]


def test_integers_that_are_put_are_remainders():
    assert run("""
x = np.zeros(3, "uint8")
x.fill(-1); told(x)
np.put(x, [0], 256); x.put([1], [300]); told(x)
np.putmask(x, [True, False, False], 513); x[2:] = -2; told(x)
np.place(x, x == 1, [-3]); told(x, np.insert(x, 0, 300))
told(np.full(2, -1, "uint16"), np.full((1, 1), fill_value=300, dtype=np.int8), np.full_like(x, -1))
told(np.full(2, -1), np.full_like(x, -1, dtype="int8"))
try:
    np.full(2, "a", "uint8")
except ValueError as error:
    print("ValueError")
""") == [
        "ndarray uint8 [255, 255, 255]",
        "ndarray uint8 [0, 44, 255]",
        "ndarray uint8 [1, 44, 254]",
        "ndarray uint8 [253, 44, 254]",
        "ndarray uint8 [44, 253, 44, 254]",
        "ndarray uint16 [65535, 65535]",
        "ndarray int8 [[44]]",
        "ndarray uint8 [255, 255, 255]",
        "ndarray int64 [-1, -1]",
        "ndarray int8 [-1, -1, -1]",
        "ValueError",
    ]
