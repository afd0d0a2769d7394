"""Theano's ``theano.misc.pkl_utils``: shared variables pickled to a zip file.

Each array is an .npy file in it.
"""

import io
import pickle
import zipfile
from collections import Counter, OrderedDict
from collections.abc import Callable
from reprlib import repr as short_repr
from typing import Any, BinaryIO

import numpy as np
from numpy.lib import format as npy_format
from pytensor.compile.sharedvalue import SharedVariable
from pytensor.misc.pkl_utils import StripPickler
from pytensor.tensor.sharedvar import TensorSharedVariable
from pytensor.tensor.type import TensorType

from lenet import limits
from lenet.data.array_pickle import ArrayUnpickler, asked_for

__all__ = [
    "CompatUnpickler",
    "PersistentCudaNdarrayID",
    "PersistentGpuArrayID",
    "PersistentNdarrayID",
    "PersistentNdarrayLoad",
    "PersistentSharedVariableID",
    "StripPickler",
    "dump",
    "load",
    "zipadd",
]

DEFAULT_PROTOCOL = 2


class PersistentNdarrayID:
    """Writes arrays to a zip file, and gives each the name to pickle in its place.

    Parameters
    ----------
    zip_file : zipfile.ZipFile
        Open for writing.
    """

    def __init__(self, zip_file: zipfile.ZipFile) -> None:
        self.zip_file = zip_file
        self.count = 0
        self.seen: dict[int, str] = {}

    # The fields and this method have Theano's names: libraries derive from these classes.
    def _resolve_name(self, obj: np.ndarray) -> str:
        """Return the name of a new file for an array."""
        self.count += 1
        return f"array_{self.count - 1}"

    def __call__(self, obj: Any) -> str | None:
        """Return the name of an array, and nothing for anything else."""
        if type(obj) is not np.ndarray:
            return None
        if id(obj) not in self.seen:
            name = self._resolve_name(obj)
            with self.zip_file.open(name, "w", force_zip64=True) as file:
                npy_format.write_array(file, obj, allow_pickle=False)
            self.seen[id(obj)] = f"ndarray.{name}"
        return self.seen[id(obj)]


class PersistentGpuArrayID(PersistentNdarrayID):
    """Names arrays; there are none of a GPU, whose arrays it named in Theano.

    Parameters
    ----------
    zip_file : zipfile.ZipFile
        Open for writing.
    """


PersistentCudaNdarrayID = PersistentGpuArrayID  # its name before Theano 1.0


class PersistentSharedVariableID(PersistentGpuArrayID):
    """Names the arrays of shared variables by these.

    Parameters
    ----------
    zip_file : zipfile.ZipFile
        Open for writing.
    allow_unnamed : bool
        Whether shared variables may lack a name.
    allow_duplicates : bool
        Whether a name may come again; it then gets a number.

    Raises
    ------
    ValueError
        If a name is missing, or comes again, and must not.
    """

    def __init__(
        self, zip_file: zipfile.ZipFile, allow_unnamed: bool = True, allow_duplicates: bool = True
    ) -> None:
        super().__init__(zip_file)
        self.ndarray_names: dict[int, str] = {}
        self.name_counter: Counter[str] = Counter()
        self.allow_unnamed = allow_unnamed
        self.allow_duplicates = allow_duplicates

    def _resolve_name(self, obj: np.ndarray) -> str:
        """Return the name of a new file for an array."""
        if id(obj) not in self.ndarray_names:
            return super()._resolve_name(obj)
        name = self.ndarray_names[id(obj)]
        self.name_counter[name] += 1
        if self.name_counter[name] == 1:
            return name
        if not self.allow_duplicates:
            raise ValueError(f"multiple shared variables with the name {name!r}")
        return f"{name}_{self.name_counter[name]}"

    def __call__(self, obj: Any) -> str | None:
        """Return the name of an array, and nothing for anything else."""
        if isinstance(obj, SharedVariable):
            if obj.name == "pkl":
                raise ValueError(
                    "a shared variable has the name 'pkl', which is that of the pickle"
                )
            if obj.name:
                self.ndarray_names[id(obj.container.storage[0])] = obj.name
            elif not self.allow_unnamed:
                raise ValueError(f"a shared variable without a name: {obj}")
        return super().__call__(obj)


class PersistentNdarrayLoad:
    """Reads arrays from a zip file by their names; those of a GPU become arrays too.

    Parameters
    ----------
    zip_file : zipfile.ZipFile
        Open for reading.
    """

    def __init__(self, zip_file: zipfile.ZipFile) -> None:
        self.zip_file = zip_file
        self.cache: dict[str, np.ndarray] = {}

    def __call__(self, persistent_id: str) -> np.ndarray:
        """Return an array.

        Raises
        ------
        pickle.UnpicklingError
            If the name is not one that Theano gave.
        """
        kind, _, name = (
            persistent_id.partition(".") if isinstance(persistent_id, str) else ("",) * 3
        )
        if kind not in ("ndarray", "gpuarray"):
            raise pickle.UnpicklingError(
                f"it asks for {short_repr(persistent_id)}, expected an array"
            )
        if name not in self.cache:
            data = self.zip_file.read(name)
            # What comes before an array of a GPU is the pickled name of that.
            file = io.BytesIO(data[data.index(npy_format.MAGIC_PREFIX) :])
            self.cache[name] = npy_format.read_array(file, allow_pickle=False)
        return self.cache[name]


class PickledFields:
    """Stand-in for a pickled object of Theano or PyTensor: only its fields are read."""

    def __setstate__(self, state: Any) -> None:
        # Scratchpads that were pickled with slots come as a pair.
        self.__dict__.update(state[0] if isinstance(state, tuple) else state)


class PickledShared(TensorSharedVariable):
    """A shared variable that is made anew from what is pickled of it."""

    def __setstate__(self, state: dict[str, Any]) -> None:
        value, name = state["container"].storage[0], state.get("name")
        pickled = state["type"]
        # Lists that hold one another would be an array without end.
        if not isinstance(value, np.ndarray | np.generic | float | int):
            raise pickle.UnpicklingError(f"a shared variable of a {type(value).__name__}")
        if not isinstance(pickled.dtype, str | np.dtype) or not isinstance(name, str | None):
            raise pickle.UnpicklingError("a shared variable whose type or name is no text")
        broadcastable = getattr(pickled, "broadcastable", (False,) * np.ndim(value))
        shape = tuple(1 if each else None for each in broadcastable)
        TensorSharedVariable.__init__(
            self,
            type=TensorType(str(pickled.dtype), shape=shape),
            value=np.asarray(value),
            strict=False,
            name=name,
        )
        self.__class__ = TensorSharedVariable


class SharedUnpickler(ArrayUnpickler):
    """Restricted unpickler of arrays, containers of them and shared variables.

    It refuses everything else.
    """

    def __init__(self, data: bytes, load_array: Callable[[str], Any]) -> None:
        super().__init__(data)
        self.load_array = load_array

    def persistent_load(self, pid: Any) -> Any:
        """Return an array by its name."""
        return self.load_array(pid)

    def find_class(self, module: str, name: str) -> Any:
        """Return what stands for an allowed name."""
        if (module, name) in SHARED_GLOBALS:
            return SHARED_GLOBALS[module, name]
        try:
            return super().find_class(module, name)
        except pickle.UnpicklingError:
            raise pickle.UnpicklingError(
                f"the file asks for {asked_for(module, name)}; theano.misc.pkl_utils.load takes arrays, containers "
                "and shared variables only. If you trust the file, use pickle.load; else save the "
                "values of the parameters"
            ) from None


def new_object(cls: type, *arguments: Any) -> Any:
    """Stand in for ``copy_reg._reconstructor``: return an object without its state.

    The state comes next.
    """
    if cls not in (PickledShared, PickledFields):
        raise pickle.UnpicklingError(f"it asks for an object of {short_repr(cls)}")
    return object.__new__(cls)


SHARED_GLOBALS: dict[tuple[str, str], Any] = {
    ("theano.tensor.sharedvar", "TensorSharedVariable"): PickledShared,
    ("theano.tensor.sharedvar", "ScalarSharedVariable"): PickledShared,
    ("theano.sandbox.cuda.var", "CudaNdarraySharedVariable"): PickledShared,
    ("theano.gpuarray.type", "GpuArraySharedVariable"): PickledShared,
    ("pytensor.tensor.sharedvar", "TensorSharedVariable"): PickledShared,
    ("theano.tensor.type", "TensorType"): PickledFields,
    ("theano.sandbox.cuda.type", "CudaNdarrayType"): PickledFields,
    ("theano.gpuarray.type", "GpuArrayType"): PickledFields,
    ("pytensor.tensor.type", "TensorType"): PickledFields,
    ("theano.gof.link", "Container"): PickledFields,
    ("pytensor.link.basic", "Container"): PickledFields,
    ("theano.gof.utils", "scratchpad"): PickledFields,
    ("pytensor.graph.utils", "Scratchpad"): PickledFields,
    ("collections", "OrderedDict"): OrderedDict,
    ("copy_reg", "_reconstructor"): new_object,
    ("copyreg", "_reconstructor"): new_object,
    ("__builtin__", "object"): object,
    ("builtins", "object"): object,
    ("__builtin__", "set"): set,
    ("builtins", "set"): set,
}


class CompatUnpickler(SharedUnpickler):
    """Reads a file that Python 2 has pickled, of arrays and shared variables only.

    Parameters
    ----------
    file : file
        Open for reading, in binary.
    encoding : str
        For Theano's signature; it is "latin1" always.
    """

    def __init__(self, file: BinaryIO, encoding: str = "latin1", **keywords: Any) -> None:
        data = file.read(limits.PICKLE_BYTES + 1)
        if len(data) > limits.PICKLE_BYTES:
            raise pickle.UnpicklingError(
                f"the file has more than {limits.PICKLE_BYTES:,} bytes; if you trust it, use pickle.load"
            )
        super().__init__(data, no_array_elsewhere)


def no_array_elsewhere(persistent_id: str) -> Any:
    """Refuse to look for an array outside of a pickle."""
    raise pickle.UnpicklingError(
        f"it asks for {short_repr(persistent_id)}; read it with pkl_utils.load"
    )


class NamingPickler(pickle.Pickler):
    """Writes names in place of some of the objects.

    Parameters
    ----------
    file : file
        Open for writing, in binary.
    protocol : int
    name_of : callable
        Returns the name of an object, or None for one that is to be written itself.
    """

    def __init__(self, file: BinaryIO, protocol: int, name_of: Callable[[Any], Any]) -> None:
        super().__init__(file, protocol=protocol)
        self.name_of = name_of

    def persistent_id(self, obj: Any) -> Any:
        """Return the name of an object, or None."""
        return self.name_of(obj)


def dump(
    obj: Any,
    file_handler: BinaryIO,
    protocol: int = DEFAULT_PROTOCOL,
    persistent_id: Callable[[zipfile.ZipFile], Callable] = PersistentSharedVariableID,
) -> None:
    """Pickle an object to a zip file, with each of its arrays as an .npy file.

    Parameters
    ----------
    obj : object
        The object.
    file_handler : file
        Open for writing, in binary.
    protocol : int
        Of the pickle.
    persistent_id : callable
        Makes what names the arrays, of the zip file.
    """
    with zipfile.ZipFile(file_handler, "w", zipfile.ZIP_DEFLATED, allowZip64=True) as zip_file:
        name_of = persistent_id(zip_file)
        zipadd(lambda file: NamingPickler(file, protocol, name_of).dump(obj), zip_file, "pkl")


def load(
    f: BinaryIO, persistent_load: Callable[[zipfile.ZipFile], Callable] = PersistentNdarrayLoad
) -> Any:
    """Return the object that `dump` has written, here or under Theano.

    Raises
    ------
    pickle.UnpicklingError
        If the file contains anything but arrays, containers and shared variables, or unpacks to too much.
    """
    with zipfile.ZipFile(f) as zip_file:
        if sum(member.file_size for member in zip_file.infolist()) > limits.PICKLE_BYTES:
            raise pickle.UnpicklingError(
                f"the file unpacks to more than {limits.PICKLE_BYTES:,} bytes"
            )
        return SharedUnpickler(zip_file.read("pkl"), persistent_load(zip_file)).load()


def zipadd(func: Callable[[BinaryIO], Any], zip_file: zipfile.ZipFile, name: str) -> None:
    """Add what a function writes to a zip file.

    Parameters
    ----------
    func : callable
        Is given a file that is open for writing, in binary.
    zip_file : zipfile.ZipFile
        Open for writing.
    name : str
        The name of the new member.
    """
    buffer = io.BytesIO()
    func(buffer)
    zip_file.writestr(name, buffer.getvalue())
