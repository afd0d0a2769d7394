"""Functions of NumPy, `inspect` and Matplotlib that are gone."""

import matplotlib
import numpy as np
import pytest

from lenet.theano_compat.old_names import matplotlib_functions, numpy_functions, yaml_functions
from lenet.theano_compat.old_names.hooks import add_names
from lenet.theano_compat.old_names.inspect_functions import getargspec


def test_getargspec_has_four_parts():
    def function(a, b=3, *rest, **others):
        pass

    spec = getargspec(function)
    assert tuple(spec) == (["a", "b"], "rest", "others", (3,))
    assert (spec.args, spec.keywords) == (["a", "b"], "others")


def test_casts():
    assert numpy_functions.cast["int32"](2.7) == 2
    assert numpy_functions.cast[np.float32]([1, 2]).dtype == np.float32


def test_arrays_of_floats():
    assert numpy_functions.asfarray([1, 2]).dtype == np.float64
    assert numpy_functions.asfarray([1, 2], np.float32).dtype == np.float32
    assert numpy_functions.asfarray([1, 2], np.int32).dtype == np.float64


@pytest.mark.parametrize(
    ("arrays", "scalars", "expected"),
    [
        # NumPy's own examples, before it left the function out.
        ([], [np.int64, np.float32, complex], np.complex128),
        ([np.int64, np.float32], [], np.float64),
        ([np.float32], [np.int64, np.float64], np.float32),
        ([np.float32], [complex], np.complex128),
        (["f4", "f4", "i4"], ["c8"], np.complex128),
    ],
)
def test_common_types(arrays, scalars, expected):
    assert numpy_functions.find_common_type(arrays, scalars) == expected


def test_strings_of_bytes_and_of_text():
    numbers = np.array([1, 2, 300], "<i4")
    for string in (numbers.tobytes(), numbers.tobytes().decode("latin1")):
        found = numpy_functions.fromstring(string, dtype="<i4")
        assert found.tolist() == [1, 2, 300]
        assert found.flags.writeable
    assert numpy_functions.fromstring(numbers.tobytes(), np.uint8, 2).tolist() == [1, 0]
    assert numpy_functions.fromstring("1, 2.5", sep=",").tolist() == [1, 2.5]
    with pytest.raises(ValueError, match="multiple of element size"):
        numpy_functions.fromstring(b"123", "<i4")


def test_arrays_of_a_generator_are_stacked():
    stack = numpy_functions.of_any_iterable(np.vstack)
    expected = np.arange(6).reshape(3, 2)
    assert stack(row for row in expected).tolist() == expected.tolist()
    assert stack(list(expected), dtype="float32").dtype == "float32"
    assert stack(expected).tolist() == expected.tolist()
    assert stack(tup=([1], [2])).tolist() == [[1], [2]]
    with pytest.raises(ValueError, match="at least one"):
        stack(row for row in [])


def test_small_ones():
    assert numpy_functions.asscalar(np.array([3])) == 3
    assert numpy_functions.msort([[3, 1], [2, 5]]).tolist() == [[2, 1], [3, 5]]
    assert numpy_functions.sctype2char("float32") == "f"
    assert numpy_functions.MachAr().eps == 2.0**-52
    with pytest.raises(NotImplementedError, match="pytest"):
        numpy_functions.Tester().test()


def test_colour_maps():
    assert matplotlib_functions.get_cmap("gray") == matplotlib.colormaps["gray"]
    assert matplotlib_functions.get_cmap().name == matplotlib.rcParams["image.cmap"]
    assert matplotlib_functions.get_cmap("gray", 7).N == 7
    assert matplotlib_functions.hold(True) is None


def test_colour_maps_are_registered():
    grey = matplotlib.colormaps["gray"]
    try:
        matplotlib_functions.register_cmap("grey of a test", grey)
        with pytest.warns(UserWarning, match="Overwriting"):
            matplotlib_functions.register_cmap("grey of a test", grey)
        assert matplotlib.colormaps["grey of a test"](0.5) == grey(0.5)
    finally:
        matplotlib.colormaps.unregister("grey of a test")
    with pytest.raises(ValueError, match="gray"):
        matplotlib_functions.register_cmap("gray", grey)


def test_a_part_of_a_package_that_is_gone_as_a_name():
    import matplotlib.style

    add_names(matplotlib.style)
    assert matplotlib.style.core is matplotlib.style


def test_yaml_loads_without_a_loader(monkeypatch):
    yaml = pytest.importorskip("yaml")
    for name in ("load", "load_all"):
        monkeypatch.setattr(yaml, name, getattr(yaml, name))
    yaml_functions.behave_as_before()
    text = yaml.dump({"shape": (2, 3), "name": "dense"})
    assert yaml.load(text) == {"shape": (2, 3), "name": "dense"}
    assert list(yaml.load_all("a: 1\n---\n[2]\n")) == [{"a": 1}, [2]]
    assert yaml.load("[1]", yaml.SafeLoader) == yaml.load("[1]", Loader=yaml.SafeLoader) == [1]
    for harmful in ("!!python/object/apply:os.getcwd []", "!!python/object:pathlib.Path {}"):
        with pytest.raises(yaml.YAMLError):
            yaml.load(harmful)


def test_small_functions_of_numpy():
    assert numpy_functions.deprecate(len) is len
    assert numpy_functions.deprecate(message="old")(len) is len
    assert numpy_functions.fastCopyAndTranspose([[1, 2]]).tolist() == [[1], [2]]
    assert numpy_functions.issubsctype(np.ones(1, "f4"), np.floating)
    assert not numpy_functions.issubsctype(np.int32, np.floating)
