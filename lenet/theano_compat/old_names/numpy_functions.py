"""Small functions and classes that NumPy has dropped."""

from collections.abc import Callable, Iterator, Sequence
from functools import wraps
from importlib import import_module
from types import GeneratorType
from typing import Any

import numpy as np

from lenet.theano_compat.arguments import called_otherwise, without
from lenet.theano_compat.old_names.array_numbers import take_arrays_for_numbers
from lenet.theano_compat.old_names.array_orders import take_any_order
from lenet.theano_compat.old_names.float_sizes import take_floats
from lenet.theano_compat.old_names.lost_methods import give_numpy_methods
from lenet.theano_compat.old_names.number_functions import take_numbers_as_before
from lenet.theano_compat.old_names.number_types import compute_as_before
from lenet.theano_compat.old_names.refused import called_again
from lenet.theano_compat.old_names.sorting import sort_as_before
from lenet.theano_compat.old_names.table import OF_PYTHON
from lenet.theano_compat.old_names.uneven_lists import take_uneven_lists

MAXDIMS = 64  # of NumPy 2; it was 32
NINF, NZERO, PZERO = -np.inf, -0.0, 0.0
numpy: Any = np  # whose functions are replaced
parsed = np.fromstring
loading, printing = np.load, np.set_printoptions


def fromstring(
    string: Any, dtype: Any = float, count: int = -1, *, sep: str = "", **options: Any
) -> np.ndarray:
    """Return an array of text, or a copy of the bytes of another."""
    if sep:
        return parsed(string, dtype, count, sep=sep, **options)
    data = string.encode("latin1") if isinstance(string, str) else string
    return np.frombuffer(data, dtype, count).copy()


def of_any_iterable(stack: Callable[..., np.ndarray]) -> Callable[..., np.ndarray]:
    """Return a function that joins arrays, which may come from a generator."""

    @wraps(stack)
    def joined(*arguments: Any, **options: Any) -> np.ndarray:
        if arguments and isinstance(arguments[0], Iterator):
            arguments = (list(arguments[0]), *arguments[1:])
        return stack(*arguments, **options)

    return joined


def copying_where_needed(make: Callable[..., np.ndarray]) -> Callable[..., np.ndarray]:
    """Return ``numpy.array`` that copies, whatever ``copy=False`` says, if it has to."""
    return called_again(
        make, ValueError, "avoid copy", lambda given, options: (given, {**options, "copy": None})
    )


def of_any_integers(make: Callable[..., np.ndarray]) -> Callable[..., np.ndarray]:
    """Return ``numpy.array`` or its like that takes -1 for an unsigned type.

    NumPy took the remainder of integers beyond the bounds of a type before 2.0.
    """

    @wraps(make)
    def made(*arguments: Any, **options: Any) -> np.ndarray:
        try:
            return make(*arguments, **options)
        except OverflowError as error:
            dtype = arguments[1] if len(arguments) == 2 else options.get("dtype")
            if "out of bounds" not in str(error) or dtype is None:
                raise
            return make(arguments[0], **{**options, "dtype": np.int64}).astype(dtype)

    return made


def of_generators(total: Callable[..., Any]) -> Callable[..., Any]:
    """Return ``numpy.sum`` that sums up what a generator gives, too."""

    @wraps(total)
    def of_any(a: Any, *arguments: Any, **options: Any) -> Any:
        return sum(a) if isinstance(a, GeneratorType) else total(a, *arguments, **options)

    return of_any


# Arguments by their names in NumPy 1.19, where NumPy 2 has others, or none.
OF_COMPARISON = {"x": "actual", "y": "desired"}
OTHER_ARGUMENTS: dict[str, dict[str, str]] = {
    **{name: {"normed": "density"} for name in ("histogram", "histogram2d", "histogramdd")},
    **{
        name: {"interpolation": "method"}
        for name in ("nanpercentile", "nanquantile", "percentile", "quantile")
    },
    "linalg.matrix_rank": {"M": "A"},
    "reshape": {"newshape": "shape"},
    "testing.assert_array_almost_equal": OF_COMPARISON,
    "testing.assert_array_equal": OF_COMPARISON,
    "unravel_index": {"dims": "shape"},
}
GONE_ARGUMENTS = {
    "array2string": ("style",),
    "corrcoef": ("bias", "ddof"),
    "ma.corrcoef": ("bias", "ddof"),
    "save": ("fix_imports",),
}


def with_flat_inverse(unique: Callable[..., Any]) -> Callable[..., Any]:
    """Return ``numpy.unique`` whose inverse has one axis, if it is of all numbers."""

    @wraps(unique)
    def found(ar: Any, *arguments: Any, **options: Any) -> Any:
        names = ("return_index", "return_inverse", "return_counts", "axis")
        options |= dict(zip(names, arguments, strict=False))
        result = unique(ar, **options)
        if not options.get("return_inverse") or options.get("axis") is not None:
            return result
        values = list(result)
        place = 1 + bool(options.get("return_index"))
        values[place] = values[place].reshape(-1)
        return tuple(values)

    return found


def of_vectors(solve: Callable[..., Any]) -> Callable[..., Any]:
    """Return ``numpy.linalg.solve`` that takes a vector for each of many matrices."""

    @wraps(solve)
    def solved(a: Any, b: Any) -> Any:
        a, b = np.asanyarray(a), np.asanyarray(b)
        return solve(a, b[..., None])[..., 0] if 1 < b.ndim == a.ndim - 1 else solve(a, b)

    return solved


def of_numbers_too(nonzero: Callable[..., Any]) -> Callable[..., Any]:
    """Return ``numpy.nonzero`` that takes a single number for an array of it."""

    @wraps(nonzero)
    def found(a: Any) -> Any:
        return nonzero(a if np.ndim(a) else np.atleast_1d(a))

    return found


def load(file: Any, mmap_mode: Any = None, allow_pickle: bool | None = None, **options: Any) -> Any:
    """Load a file of arrays, or of objects that are arrays and plain containers."""
    from lenet.theano_compat.old_names.object_arrays import REFUSED, Archive, load_objects

    if allow_pickle is not None:
        return loading(file, mmap_mode, allow_pickle, **options)
    place = file.tell() if hasattr(file, "tell") else 0
    try:
        loaded = loading(file, mmap_mode, False, **options)
        if isinstance(loaded, np.lib.npyio.NpzFile):
            loaded.__class__ = Archive
        return loaded
    except ValueError as error:
        if REFUSED not in str(error):
            raise
    if hasattr(file, "read"):
        file.seek(place)
        return load_objects(file.read(), getattr(file, "name", file))
    with open(file, "rb") as opened:
        return load_objects(opened.read(), file)


def set_printoptions(
    precision: Any = None,
    threshold: Any = None,
    edgeitems: Any = None,
    linewidth: Any = None,
    **options: Any,
) -> None:
    """Set how arrays are printed, without a limit where one is no number.

    Python 2 took any text, such as ``"nan"``, for more than any number.
    """
    threshold, linewidth = (
        np.inf if isinstance(limit, str) or (limit is not None and np.isnan(limit)) else limit
        for limit in (threshold, linewidth)
    )
    printing(precision, threshold, edgeitems, linewidth, **options)


def change_function(
    path: str, change: Callable[..., Callable[..., Any]], *arguments: str, **options: str
) -> None:
    """Change a function of NumPy's, which has a name like "linalg.matrix_rank"."""
    module, _, name = f"numpy.{path}".rpartition(".")
    owner = import_module(module)
    setattr(owner, name, change(getattr(owner, name), *arguments, **options))


def behave_as_before() -> None:
    """Let functions take what they took, and arrays have the methods that they had.

    That is bytes for ``numpy.fromstring``, generators for ``vstack`` and its like, floats for sizes, arrays of one number
    for numbers, lists of different lengths for arrays of lists, integers beyond bounds for ``array``; ``argsort`` leaves equal numbers
    where it did, and numbers are printed without their types. ``from numpy import *`` leaves Python's own functions.
    """
    numpy.__all__ = [name for name in numpy.__all__ if name not in OF_PYTHON]
    numpy.fromstring = fromstring
    sort_as_before()
    numpy.load, numpy.set_printoptions = load, set_printoptions
    numpy.sum = of_generators(numpy.sum)
    numpy.unique = with_flat_inverse(numpy.unique)
    numpy.linalg.solve = of_vectors(numpy.linalg.solve)
    numpy.nonzero = of_numbers_too(numpy.nonzero)
    for path, names in OTHER_ARGUMENTS.items():
        change_function(path, called_otherwise, **names)
    for path, gone in GONE_ARGUMENTS.items():
        change_function(path, without, *gone)
    for name in ("array", "asanyarray", "asarray"):
        setattr(np, name, of_any_integers(copying_where_needed(getattr(np, name))))
    for name in ("column_stack", "dstack", "hstack", "stack", "vstack"):
        setattr(np, name, of_any_iterable(getattr(np, name)))
    take_any_order()
    take_floats()
    take_uneven_lists()
    take_arrays_for_numbers()
    compute_as_before()
    take_numbers_as_before()
    give_numpy_methods()
    printing(legacy="1.25")


def issctype(rep: Any) -> bool:
    """Return whether something is a type of NumPy's numbers."""
    return isinstance(rep, np.dtype) or (isinstance(rep, type) and issubclass(rep, np.generic))


def byte_bounds(a: np.ndarray) -> tuple[int, int]:
    """Return where an array's memory begins, and where it ends."""
    bounds: tuple[int, int] = np.lib.array_utils.byte_bounds(a)
    return bounds


def disp(mesg: Any, device: Any = None, linefeed: bool = True) -> None:
    """Print a message."""
    print(mesg, file=device, end="\n" if linefeed else "", flush=True)


class Casts:
    """The former ``numpy.cast``: ``numpy.cast["float32"](x)``."""

    def __getitem__(self, dtype: Any) -> Any:
        return lambda value: np.asarray(value).astype(dtype)


cast = Casts()


def asfarray(array: Any, dtype: Any = np.float64) -> np.ndarray:
    """Return an array of a floating-point type, float64 in place of any other."""
    return np.asarray(array, dtype if np.issubdtype(dtype, np.inexact) else np.float64)


def find_common_type(array_types: Sequence[Any], scalar_types: Sequence[Any]) -> Any:
    """Return the type of arrays and scalars together.

    Scalars count only if they are of a higher kind, such as floating point among integers.
    """
    arrays, scalars = (
        np.result_type(*map(np.dtype, types)) if len(types) else None
        for types in (array_types, scalar_types)
    )
    if arrays is None or scalars is None:
        return scalars if arrays is None else arrays
    kinds = "buifc"
    if kinds.find(scalars.kind) <= kinds.find(arrays.kind):
        return arrays
    return np.result_type(scalars, arrays)


def asscalar(array: np.ndarray) -> Any:
    """Return the one element of an array as a Python number."""
    return array.item()


def deprecate(*arguments: Any, **options: Any) -> Any:
    """Return a function as it is, or a decorator that does: nothing is warned of."""
    if arguments and callable(arguments[0]):
        return arguments[0]
    return lambda function: function


def fastCopyAndTranspose(a: Any) -> np.ndarray:
    """Return a transposed copy of an array."""
    return np.array(a).T.copy()


def issubsctype(arg1: Any, arg2: Any) -> bool:
    """Return whether the type of an array or number is one of a kind."""
    return np.issubdtype(np.asarray(arg1).dtype if hasattr(arg1, "dtype") else arg1, arg2)


def msort(array: Any) -> np.ndarray:
    """Return an array sorted along its first axis."""
    return np.sort(array, axis=0)


def recfromtxt(fname: Any, **options: Any) -> np.recarray:
    """Return a table of text as records."""
    table = np.genfromtxt(fname, **{"dtype": None, **options})
    return table.view(np.recarray)


def recfromcsv(fname: Any, **options: Any) -> np.recarray:
    """Return a table of values between commas as records, with names in small letters."""
    defaults = {"case_sensitive": "lower", "names": True, "delimiter": ","}
    return recfromtxt(fname, **{**defaults, **options})


def obj2sctype(rep: Any, default: Any = None) -> Any:
    """Return the class of numbers of a type."""
    return np.dtype(rep).type


SCTYPES = {
    "complex": [np.complex64, np.complex128, np.clongdouble],
    "float": [np.float16, np.float32, np.float64, np.longdouble],
    "int": [np.int8, np.int16, np.int32, np.int64],
    "others": [bool, object, bytes, str, np.void],
    "uint": [np.uint8, np.uint16, np.uint32, np.uint64],
}


def sctype2char(dtype: Any) -> str:
    """Return the character of a type."""
    return np.dtype(dtype).char


class MachAr:
    """Properties of float64, as ``numpy.MachAr()`` told them."""

    def __init__(self) -> None:
        told = np.finfo(np.float64)
        self.eps, self.epsneg = told.eps, told.epsneg
        self.tiny = self.xmin = told.tiny
        self.huge = self.xmax = told.max
        self.precision, self.resolution = told.precision, told.resolution


class Tester:
    """Stand-in for ``numpy.testing.Tester``.

    Libraries make their ``test`` of it when they are imported.
    """

    def __init__(self, *arguments: Any, **options: Any) -> None:
        pass

    def test(self, *arguments: Any, **options: Any) -> None:
        """Say that there are no tests of this kind any more.

        Raises
        ------
        NotImplementedError
            Always.
        """
        raise NotImplementedError(
            "NumPy's nose tests are gone: run the library's tests with pytest"
        )

    bench = test
