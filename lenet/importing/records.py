"""Restricted unpickling of models: arrays, and inert records for all else.

A pickled model names classes of Theano, Lasagne, pylearn2 or of a program that is not here. None of them is
looked for. Each object becomes a `Record`, which keeps what it was made of and can do nothing.
"""

import pickle
from collections.abc import Callable
from typing import Any, ClassVar, Self

import numpy as np

from lenet import limits
from lenet.data.array_pickle import (
    NUMBER_TYPES,
    ArrayUnpickler,
    PickledArray,
    PickledDtype,
    asked_for,
    rebuild,
    scalar,
)
from lenet.importing.record_check import RecordCheck


class Record:
    """Object of a class that is not here, or what calling a function would have given.

    Attributes
    ----------
    label : str
        Full name of the class or function.
    args : tuple
        What it was called with.
    state : object
        What its attributes are in, mostly a dictionary.
    items : list
        What was put into it, as into a list, or pairs, as into a dictionary.
    """

    __slots__ = ("args", "items", "state")
    label: ClassVar[str] = ""
    args: tuple[Any, ...]
    state: Any
    items: list[Any]

    def __new__(cls, *args: Any, **keywords: Any) -> Self:
        """Keep the arguments and do nothing else."""
        record = object.__new__(cls)
        record.args = (*args, keywords) if keywords else args
        record.state, record.items = None, []
        return record

    def __init__(self, *args: Any, **keywords: Any) -> None:
        pass

    def __setstate__(self, state: Any) -> None:
        self.state = state

    def __setitem__(self, key: Any, value: Any) -> None:
        self.items.append((key, value))

    def append(self, item: Any) -> None:
        """Keep an item."""
        self.items.append(item)

    def extend(self, items: list[Any]) -> None:
        """Keep some items."""
        self.items.extend(items)

    @property
    def attributes(self) -> dict[Any, Any]:
        """Its attributes by name, as far as the state has them."""
        parts = self.state if isinstance(self.state, tuple) else (self.state,)
        return {name: part[name] for part in parts if isinstance(part, dict) for name in part}


class ModelDtype(PickledDtype):
    """Stands in for ``numpy.dtype``; of all but numbers there is only the name."""

    def __init__(self, code: Any, align: bool = False, copy: bool = False) -> None:
        self.is_of_numbers = isinstance(code, str) and code in NUMBER_TYPES
        if self.is_of_numbers:
            super().__init__(code)

    def __setstate__(self, state: tuple) -> None:
        if self.is_of_numbers:
            super().__setstate__(state)


class ModelArray(PickledArray):
    """An array of numbers, or a list of the objects in one of objects."""

    items: Any = None

    def __setstate__(self, state: tuple[Any, ...]) -> None:
        dtype, content = state[2], state[4]
        if isinstance(dtype, ModelDtype) and not dtype.is_of_numbers:
            self.items = content if isinstance(content, list) else None
        else:
            super().__setstate__(state)

    def __setitem__(self, key: Any, value: Any) -> None:
        # NumPy would follow lists that hold one another without end.
        raise pickle.UnpicklingError("it changes an array")


def empty_array(subtype: Any, shape: Any, code: Any) -> ModelArray:
    """Stand in for ``numpy._core.multiarray._reconstruct``."""
    return ModelArray(0, np.uint8)


def from_buffer(data: Any, dtype: Any, shape: Any, order: Any = "C") -> Any:
    """Stand in for ``numpy._core.numeric._frombuffer``."""
    return rebuild(data, dtype, shape, order) if dtype.is_of_numbers else None


def number(dtype: Any, data: Any = b"") -> Any:
    """Stand in for ``numpy._core.multiarray.scalar``."""
    if isinstance(data, str):  # of Python 2
        data = data.encode("latin1")
    return scalar(dtype, data) if dtype.is_of_numbers else None


def new_record(cls: type, *arguments: Any) -> Record:
    """Stand in for ``copyreg._reconstructor`` and ``copyreg.__newobj__``."""
    if not (isinstance(cls, type) and issubclass(cls, Record)):
        raise pickle.UnpicklingError("it asks for an object of what is no class")
    return cls(*arguments)


STAND_INS: dict[tuple[str, str], Any] = {
    ("numpy", "dtype"): ModelDtype,
    ("numpy._core.multiarray", "_reconstruct"): empty_array,
    ("numpy._core.multiarray", "scalar"): number,
    ("numpy._core.numeric", "_frombuffer"): from_buffer,
    **{
        (module, name): new_record
        for module in ("copy_reg", "copyreg")
        for name in ("_reconstructor", "__newobj__")
    },
}
KEPT = frozenset([("numpy", "ndarray"), ("_codecs", "encode")])  # as for arrays alone


class ModelUnpickler(ArrayUnpickler):
    """Restricted unpickler that makes arrays, and records of all else.

    Parameters
    ----------
    data : bytes
    load_array : callable, optional
        Returns an array by the name that stands in its place.
    """

    def __init__(self, data: bytes, load_array: Callable[[Any], np.ndarray] | None = None) -> None:
        super().__init__(data)
        self.pickles = RecordCheck(data)
        self.classes: dict[tuple[str, str], type[Record]] = {}
        self.load_array = load_array

    def find_class(self, module: str, name: str) -> Any:
        """Return what stands for a name: a function of arrays, or a class of records."""
        key = (module.replace("numpy.core.", "numpy._core."), name)
        if key in STAND_INS:
            return STAND_INS[key]
        if key in KEPT:
            return super().find_class(module, name)
        if key not in self.classes:
            if len(self.classes) >= limits.PICKLE_CLASSES:
                raise pickle.UnpicklingError(
                    f"it names more than {limits.PICKLE_CLASSES:,} classes"
                )
            label = asked_for(module, name)
            self.classes[key] = type("Record", (Record,), {"__slots__": (), "label": label})
        return self.classes[key]

    def persistent_load(self, pid: Any) -> Any:
        """Return an array by its name.

        Raises
        ------
        pickle.UnpicklingError
            If arrays are nowhere but in the pickle.
        """
        if self.load_array is None:
            raise pickle.UnpicklingError("it asks for an object that is not in it")
        return self.load_array(pid)
