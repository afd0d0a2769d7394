"""Safe reading of HDF5 files: plain numbers, text and attributes, checked first.

HDF5 can do far more than store arrays: take them from other files, assemble them from parts, decompress
them, follow links, and claim sizes that are nowhere stored. Whatever is read here lies in the file itself,
contiguous and uncompressed, so that a file cannot take more memory than it has bytes.

The HDF5 library itself does not survive every damaged file: it may loop for ever, or allocate gigabytes for
a text that claims them. A separate process with resource limits therefore reads through each file first.
"""

import math
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, BinaryIO

import h5py
import numpy as np

from lenet import limits
from lenet.errors import LenetError
from lenet.files import open_regular

# -P: the current folder may have files with the names of modules.
PROBE = (
    sys.executable,
    *(
        "-P",
        "-c",
        "import sys; sys.path.insert(0, sys.argv[1]); import lenet.hdf5; lenet.hdf5.probe()",
    ),
    str(Path(__file__).resolve().parent.parent),
)
PLAIN_LAYOUTS = (h5py.h5d.CONTIGUOUS, h5py.h5d.COMPACT)


class HDF5Error(ValueError):
    """Damaged or disallowed HDF5 content; the text is one line without the file name."""


@contextmanager
def open_plain(path: str | os.PathLike, most_bytes: int) -> Iterator["PlainFile"]:
    """Open an HDF5 file that holds plain data only.

    Parameters
    ----------
    path : path-like
    most_bytes : int
        Size limit of the file.

    Raises
    ------
    OSError
        If there is no readable regular file of at most that size; `strerror` says why.
    HDF5Error
        On opening or in the block, if the file is damaged or holds anything but plain data.
    """
    with open_regular(path, most_bytes) as file:
        refuse_what_breaks_hdf5(file)
        with _opened(file) as content:
            yield content


def refuse_what_breaks_hdf5(file: BinaryIO) -> None:
    """Raise `HDF5Error` if a file is damaged, reading it in another process first."""
    try:
        done = subprocess.run(
            PROBE,
            stdin=file,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=limits.HDF5_SECONDS,
            check=False,
            env={**os.environ, "OPENBLAS_NUM_THREADS": "1"},  # threads take memory
        )
    except OSError:
        return  # processes cannot be started here; no file can cause that
    except subprocess.TimeoutExpired as error:
        raise HDF5Error("damaged so that reading it does not end") from error
    if done.returncode:
        reason = done.stdout.decode(errors="backslashreplace").strip()
        raise HDF5Error(reason or "damaged so that the HDF5 library breaks off or does not end")


def probe() -> None:
    """Read through the file on standard input; exit with 1 and a line if damaged."""
    with suppress(ImportError):  # on Windows
        import resource

        seconds = (limits.HDF5_CPU_SECONDS, limits.HDF5_CPU_SECONDS)
        resource.setrlimit(resource.RLIMIT_CPU, seconds)
        resource.setrlimit(resource.RLIMIT_AS, (limits.HDF5_MEMORY, limits.HDF5_MEMORY))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    try:
        with _opened(sys.stdin.buffer) as content:
            content.go_through()
    except HDF5Error as error:
        sys.stdout.reconfigure(encoding="utf-8", errors="backslashreplace")  # type: ignore[union-attr]
        print(error)
        sys.exit(1)


@contextmanager
def _opened(file: BinaryIO) -> Iterator["PlainFile"]:
    """Open an open file as HDF5; any error in the block but ours is an `HDF5Error`."""
    try:
        with h5py.File(file, "r") as content:
            yield PlainFile(file, content)
    except (HDF5Error, LenetError):  # the readers' own words
        raise
    except Exception as error:  # whatever damaged bytes make h5py raise
        reason = " ".join(str(error).split()) or type(error).__name__
        raise HDF5Error(f"not a complete HDF5 file ({reason})") from error


class PlainFile:
    """Open HDF5 file, restricted to plain data.

    Parameters
    ----------
    file : file
        Its bytes.
    content : h5py.File
    """

    def __init__(self, file: BinaryIO, content: h5py.File) -> None:
        self.file, self.content = file, content
        # All values lie in the file itself, each once: together they cannot exceed its size.
        self.size = self.left = os.fstat(file.fileno()).st_size
        self.n_walked = 0

    def go_through(self) -> None:
        """Read everything that HDF5 interprets: attributes, texts and places of arrays.

        The numbers themselves are not read.
        """
        self.attributes()
        for item in self.walk():
            if isinstance(item, h5py.Group):
                self.attributes(item.name)
            elif h5py.check_string_dtype(item.dtype):
                self.texts(item)
            else:
                self._check_stored(item)

    def walk(self, group: str = "/", depth: int = 1) -> Iterator[h5py.Dataset | h5py.Group]:
        """Yield all members of a group, and those of each group in it after itself."""
        if depth > limits.HDF5_DEPTH:
            raise HDF5Error(f"{group!r} is in more than {limits.HDF5_DEPTH - 1} groups")
        for item in self.members(group).values():
            self.n_walked += 1
            if self.n_walked > limits.HDF5_MEMBERS:
                raise HDF5Error(f"more than {limits.HDF5_MEMBERS:,} members")
            yield item
            if isinstance(item, h5py.Group):
                yield from self.walk(item.name, depth + 1)

    def attributes(self, group: str = "/") -> dict[str, Any]:
        """Return the attributes of the file or of a group: numbers, text, lists of them."""
        attrs = self.content[group].attrs
        names = _names(attrs, limits.HDF5_ATTRIBUTES, "attributes")
        return {name: self._attribute(attrs, name) for name in names}

    def members(self, group: str = "/") -> dict[str, h5py.Dataset | h5py.Group]:
        """Return the members of a group, unread."""
        parent = self.content[group]
        found = {}
        for name in _names(parent, limits.HDF5_MEMBERS, "members"):
            if not isinstance(parent.get(name, getlink=True), h5py.HardLink):
                raise HDF5Error(
                    f"{name!r} is a link to somewhere else; expected the values themselves"
                )
            found[name] = parent[name]
            if not isinstance(found[name], h5py.Dataset | h5py.Group):
                raise HDF5Error(f"{name!r} is a {type(found[name]).__name__}; expected an array")
        return found

    def numbers(self, dataset: h5py.Dataset, *types: str) -> np.ndarray:
        """Read an array of numbers of one of some types, such as "f4"."""
        self.place(dataset, *types)
        return np.asarray(dataset[()])

    def place(self, dataset: h5py.Dataset, *types: str) -> int | None:
        """Return the byte offset of an array of numbers; None if HDF5 knows none."""
        if f"{dataset.dtype.kind}{dataset.dtype.itemsize}" not in types:
            raise HDF5Error(
                f"{_name(dataset)} is of the type {dataset.dtype}; expected {' or '.join(types)}"
            )
        return self._check_stored(dataset)

    def text(self, dataset: h5py.Dataset) -> str:
        """Read a data set that holds a single text."""
        if dataset.shape != ():
            raise HDF5Error(f"{_name(dataset)} has the shape {dataset.shape}; expected one text")
        return str(self.texts(dataset))

    def texts(self, dataset: h5py.Dataset) -> Any:
        """Read a data set of texts: a list, or a single text."""
        if not h5py.check_string_dtype(dataset.dtype):
            raise HDF5Error(f"{_name(dataset)} is of the type {dataset.dtype}; expected text")
        self._check_stored(dataset)
        return self._checked_text(dataset.asstr(errors="surrogateescape")[()], _name(dataset))

    def _check_stored(self, dataset: h5py.Dataset) -> int | None:
        """Raise `HDF5Error` unless the values are stored in the file, in one piece."""
        name, how = _name(dataset), dataset.id.get_create_plist()
        if dataset.is_virtual or how.get_external_count():
            raise HDF5Error(f"{name} has its values in other files; expected them in this one")
        if how.get_layout() not in PLAIN_LAYOUTS or how.get_nfilters():
            raise HDF5Error(f"{name} is compressed or cut into pieces; save it as one piece")
        shape = dataset.shape
        if shape is None or len(shape) > limits.HDF5_AXES:
            raise HDF5Error(f"{name} has {'no' if shape is None else len(shape)} axes")
        itemsize = max(dataset.dtype.itemsize, dataset.id.get_type().get_size())
        n_bytes = math.prod(shape) * itemsize
        start = dataset.id.get_offset()
        if how.get_layout() == h5py.h5d.CONTIGUOUS and n_bytes:
            stored = 0 if start is None else min(dataset.id.get_storage_size(), self.size - start)
            if stored < math.prod(shape) * dataset.id.get_type().get_size():
                raise HDF5Error(
                    f"{name} of the shape {shape} claims {n_bytes:,} bytes, of which the file has {max(stored, 0):,}"
                )
        self._take(n_bytes, name)
        return start

    def _take(self, n_bytes: int, name: str) -> None:
        """Subtract bytes that are about to be read from what the file may hold."""
        self.left -= n_bytes
        if self.left < 0:
            raise HDF5Error(
                f"{name} and what comes before it claim more bytes than the {self.size:,} of the file"
            )

    def _attribute(self, attrs: h5py.AttributeManager, name: str) -> Any:
        described = attrs.get_id(name)
        shape, dtype, what = described.shape, described.dtype, f"the attribute {name!r}"
        if described.get_space().get_simple_extent_type() == h5py.h5s.NULL or len(shape) > 1:
            raise HDF5Error(f"{what} is no number, text or list of them")
        if math.prod(shape) > limits.HDF5_ATTRIBUTE_VALUES:
            raise HDF5Error(f"{what} claims {math.prod(shape):,} values")
        is_text = h5py.check_string_dtype(dtype) is not None
        if not (is_text or (dtype.kind in "biuf" and dtype.itemsize <= 8)):
            raise HDF5Error(f"{what} is of the type {dtype}; expected numbers or text")
        self._take(math.prod(shape) * described.get_type().get_size(), what)
        value = attrs[name]
        if is_text:
            return self._checked_text(value, what)
        return value.tolist() if isinstance(value, np.ndarray | np.generic) else value

    def _checked_text(self, value: Any, what: str) -> Any:
        """Return a text or texts, checked to be UTF-8 and no longer than the file."""
        values = value.ravel().tolist() if isinstance(value, np.ndarray) else [value]
        texts = [text.decode() if isinstance(text, bytes) else text for text in values]
        try:
            # Invalid bytes have been decoded to lone surrogates.
            self._take(sum(len(text.encode()) for text in texts), what)
        except (UnicodeError, AttributeError) as error:
            raise HDF5Error(f"{what} is not text in UTF-8") from error
        return texts if isinstance(value, np.ndarray) else texts[0]


def _names(members: Any, most: int, what: str) -> list[str]:
    """Return the names of a group's members or of attributes."""
    if len(members) > most:
        raise HDF5Error(f"{len(members):,} {what}; expected {most:,} at most")
    names = list(members)
    for name in names:
        # h5py returns a name that is not valid text as bytes, or with lone surrogates.
        if not isinstance(name, str) or not name.isprintable():
            raise HDF5Error(f"not a complete HDF5 file (the name {name!r} is damaged)")
    return names


def _name(dataset: h5py.Dataset) -> str:
    return repr(dataset.name.removeprefix("/"))
