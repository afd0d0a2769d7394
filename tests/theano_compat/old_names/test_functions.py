"""Functions of NumPy, `inspect` and Matplotlib that are gone."""

import configparser
import inspect
import io
import unittest
import warnings

import matplotlib
import numpy as np
import pytest

from lenet.theano_compat.old_names import (
    matplotlib_functions,
    numpy_functions,
    standard_library,
    yaml_functions,
)
from lenet.theano_compat.old_names.hooks import add_names
from lenet.theano_compat.old_names.inspect_functions import formatargspec, getargspec


def test_getargspec_has_four_parts():
    def function(a, b=3, *rest, **others):
        pass

    spec = getargspec(function)
    assert tuple(spec) == (["a", "b"], "rest", "others", (3,))
    assert (spec.args, spec.keywords) == (["a", "b"], "others")


def test_arguments_are_written_out():
    def function(a, b=3, *rest, c, d="x", **others):
        pass

    assert formatargspec(*getargspec(function)) == "(a, b=3, *rest, **others)"
    whole = inspect.getfullargspec(function)
    assert formatargspec(*whole) == "(a, b=3, *rest, c, d='x', **others)"
    names = formatargspec(
        ["a", "b"], formatarg=str.upper, formatvalue=lambda value: "", defaults=[1]
    )
    assert names == "(A, B)"


def test_arguments_are_written_out_with_their_types():
    def function(a: int, *, b: float = 2.0) -> str:
        return ""

    assert formatargspec(*inspect.getfullargspec(function)) == "(a: int, *, b: float=2.0) -> str"


def test_parsers_of_settings_read_files():
    standard_library.give_readfp()
    parser = configparser.RawConfigParser()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        parser.readfp(io.StringIO("[part]\nname = 3\n"))
    assert parser.getint("part", "name") == 3


def test_loaders_of_modules():
    assert standard_library.find_loader("json") is not None
    assert standard_library.find_loader("no_such_module") is None


def test_the_logger_of_locks():
    assert standard_library.logger_of_locks().name == "filelock"


def test_cases_have_the_first_names_of_assertions():
    standard_library.give_assertions()
    case = unittest.TestCase()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        contains, equal = case.assertDictContainsSubset, case.failUnlessEqual
        contains({"a": 1}, {"a": 1, "b": 2})
        equal(2, 2)
        with pytest.raises(AssertionError):
            contains({"a": 2}, {"a": 1, "b": 2})
        with pytest.raises(AssertionError):
            equal(1, 2)


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


def test_tables_of_text_are_records():
    table = numpy_functions.recfromcsv(["A,b", "1,2.5", "3,4.5"])
    assert (table.a.tolist(), table.b.tolist()) == ([1, 3], [2.5, 4.5])
    assert numpy_functions.recfromtxt(["1 2", "3 4"]).tolist() == [[1, 2], [3, 4]]


def test_functions_of_mlab():
    # By Matplotlib 2.0.
    assert matplotlib_functions.dist([1.0, 2], [4.0, 6]) == 5
    assert matplotlib_functions.frange(0, 1, 0.25).tolist() == [0, 0.25, 0.5, 0.75, 1]
    assert matplotlib_functions.frange(2).tolist() == [0, 1, 2]
    assert matplotlib_functions.frange(0, 1, npts=3).tolist() == [0, 0.5, 1]
    assert matplotlib_functions.frange(0, 1, 0.25, closed=0).tolist() == [0, 0.25, 0.5, 0.75]
    assert matplotlib_functions.movavg([1, 2, 3, 4.0], 2).tolist() == [1.5, 2.5, 3.5]
    x, y, z = np.array([[0, 1, 0, 1, 0.5], [0, 0, 1, 1, 0.5], [0, 1, 1, 2, 1]])
    grid = matplotlib_functions.griddata(x, y, z, np.array([0.25, 0.75, 2]), np.array([0.25, 0.5]))
    np.testing.assert_allclose(grid.filled(-1), [[0.5, 1, -1], [0.75, 1.25, -1]])


def test_kinds_of_values():
    kinds = [matplotlib_functions.is_numlike, matplotlib_functions.is_scalar]
    kinds += [matplotlib_functions.is_string_like]
    found = [[kind(value) for kind in kinds] for value in (3, "a", [1], np.zeros(2))]
    assert found == [
        [True, True, False],
        [False, False, True],
        [False, False, False],
        [True, False, False],
    ]


def test_dates():
    days = [matplotlib_functions.strpdate2num("%Y-%m-%d")(f"2011-05-0{day}") for day in (1, 6)]
    assert days[1] - days[0] == 5
    assert matplotlib_functions.bytespdate2num("%Y")(b"1970") == matplotlib_functions.epoch2num(0)
    assert matplotlib_functions.num2epoch(matplotlib_functions.epoch2num(259200.0)) == 259200


def test_folders_are_made_once(tmp_path):
    for _ in range(2):
        matplotlib_functions.mkdirs(str(tmp_path / "a" / "b"))
    assert (tmp_path / "a" / "b").is_dir()
