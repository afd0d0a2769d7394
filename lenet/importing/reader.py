"""Reader of saved models: the kind of a file is told by its first bytes."""

import io
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.lib.format import MAGIC_PREFIX

from lenet import limits
from lenet.data.npz_files import NpzArrays, read_npy
from lenet.data.published_files import data_errors, read_bounded, unpacked
from lenet.data.zip_members import ZipMembers, zip_members
from lenet.errors import DataError
from lenet.files import open_regular
from lenet.importing.contents import Contents, SavedArray
from lenet.importing.keras_file import read_keras
from lenet.importing.pickled_arrays import arrays_in
from lenet.importing.records import ModelUnpickler
from lenet.text import shown

HDF5, ZIP = b"\x89HDF\r\n\x1a\n", b"PK"
TAR_MAGIC, TAR_PLACE = b"ustar", 257
PICKLE = "pkl"  # the member of a zip file by theano.misc.pkl_utils
PARAMETERS = "_parameters"  # the member of a tar file by Blocks
SLASH = "|"  # in the names of Blocks, whose slashes would be folders
EXPECTED = "expected a model by Keras (.h5), Lasagne (.npz or a pickle), Blocks (.tar), pylearn2 or Theano (pickles)"


def read_model(path: Path) -> Contents:
    """Return the contents of a saved model.

    Parameters
    ----------
    path : Path

    Returns
    -------
    Contents

    Raises
    ------
    DataError
        If it cannot be read, is damaged, or holds no model.
    """
    with data_errors(path), open_regular(path, limits.IMPORT_BYTES) as file:
        beginning = file.read(TAR_PLACE + len(TAR_MAGIC))
        file.seek(0)
        if beginning.startswith(HDF5):
            return read_keras(path)
        if beginning.startswith(ZIP):
            contents = read_zip(file, path)
        elif beginning[TAR_PLACE:] == TAR_MAGIC:
            contents = read_tar(file, path)
        else:
            contents = read_pickle(file, path)
    if not contents.arrays:
        raise DataError(f"{path}: {contents.form} without arrays of numbers; {EXPECTED}")
    return contents


def read_zip(file: BinaryIO, path: Path) -> Contents:
    """Read a file of `numpy.savez`, as of Lasagne's, or of ``theano.misc.pkl_utils``."""
    with zip_members(file, path) as members:
        if PICKLE not in members.names:
            return Contents(path, "arrays of NumPy (.npz)", npz_arrays(members))
        with members.open(PICKLE, limits.IMPORT_BYTES) as (pickled, _):
            data = read_bounded(pickled, limits.IMPORT_BYTES, path)
        read: dict[str, np.ndarray] = {}
        model = ModelUnpickler(data, arrays_by_name(members, read)).load()
    # The names of files are those of the variables, or by Blocks of all bricks around them.
    arrays = [SavedArray(shown(name), value) for name, value in read.items()] or arrays_in(model)
    return Contents(path, "shared variables of Theano (zip)", arrays)


def read_tar(file: BinaryIO, path: Path) -> Contents:
    """Read the parameters in the main loop that Blocks has saved."""
    # Nothing is unpacked to the disk, and only one member is looked into.
    with tarfile.open(fileobj=file, mode="r:") as archive:
        for number, member in enumerate(archive):
            if number > limits.MODEL_ARRAYS:
                raise DataError(f"{path}: more than {limits.MODEL_ARRAYS:,} files in the archive")
            if member.name != PARAMETERS:
                continue
            whole = member.isreg() and not member.issparse()
            content = archive.extractfile(member) if whole else None
            if content is None:
                raise DataError(f"{path}: {PARAMETERS} is a link or a device, expected a file")
            inner = io.BytesIO(read_bounded(content, limits.IMPORT_BYTES, path))
            with zip_members(inner, path) as members:
                return Contents(path, "parameters of Blocks (.tar)", npz_arrays(members))
    raise DataError(f"{path}: a tar archive without {PARAMETERS}, which Blocks writes; {EXPECTED}")


def read_pickle(file: BinaryIO, path: Path) -> Contents:
    """Read a pickled model, compressed or not, as arrays and inert records."""
    with unpacked(file) as content:
        data = read_bounded(content, limits.IMPORT_BYTES, path)
    try:
        model = ModelUnpickler(data).load()
    except DataError:
        raise
    except Exception as error:  # a broken pickle can raise anything at all
        raise DataError(f"{path}: no model that can be read ({error}); {EXPECTED}") from error
    return Contents(path, "a pickle", arrays_in(model))


def npz_arrays(members: ZipMembers) -> list[SavedArray]:
    """Return the arrays of an npz file, in its order or that of their numbers.

    Those of `numpy.savez` without names are arr_0, arr_1 and so on.
    """
    archive = NpzArrays(members)
    archive.left = limits.IMPORT_BYTES
    if len(archive.names) > limits.MODEL_ARRAYS:
        raise DataError(f"{members.path}: more than {limits.MODEL_ARRAYS:,} arrays")
    names = sorted(archive.names, key=number_in)
    found = [(name, archive.array(name)) for name in names]
    return [
        SavedArray(shown(name).replace(SLASH, "/"), value)
        for name, value in found
        if value.dtype.kind in "biuf"
    ]


def number_in(name: str) -> int:
    """Return the number of one of the arrays arr_0, arr_1, ...; 0 for others."""
    number = name.removeprefix("arr_")
    return int(number) if number.isascii() and number.isdigit() and len(number) < 9 else 0


def arrays_by_name(members: ZipMembers, read: dict[str, np.ndarray]) -> Callable[[Any], np.ndarray]:
    """Return a function that reads the array of a name, and keeps it."""

    def load(pid: Any) -> np.ndarray:
        kind, _, name = pid.partition(".") if isinstance(pid, str) else ("", "", "")
        if kind not in ("ndarray", "gpuarray"):
            # Lists that hold one another many times would be too long as text.
            asked = shown(pid[:99]) if isinstance(pid, str) else type(pid).__name__
            raise DataError(f"{members.path}: asks for {asked}, expected an array")
        if name not in read:
            left = limits.IMPORT_BYTES - sum(array.nbytes for array in read.values())
            with members.open(name, left) as (file, _):
                data = read_bounded(file, left, members.path)
            # What comes before an array of a GPU is the pickled name of that.
            data = data[max(data.find(MAGIC_PREFIX), 0) :]
            place = f"{members.path}: {shown(name)}"
            read[name] = read_npy(io.BytesIO(data), len(data), place)
        return read[name]

    return load
