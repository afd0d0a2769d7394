"""Behaviour of h5py 2 in h5py 3.

Attributes of text can be decoded, files can be written, data sets have a ``value``.
"""

import os
from typing import Any

import numpy as np


class Text(str):
    """Text that was bytes: it can be decoded, to itself."""

    def decode(self, encoding: str = "utf-8", errors: str = "strict") -> str:
        """Return the text."""
        return str(self)


class EmptyArray(np.ndarray):
    """Array without elements that counts as false, as all did in NumPy 1."""

    def __bool__(self) -> bool:
        return False


def new_vlen(basetype: Any) -> np.dtype:
    """Return the type of lists, or of text, of any length."""
    import h5py

    dtype: np.dtype = h5py.vlen_dtype(basetype)
    return dtype


def behave_as_before() -> None:
    """Change h5py so that programs for h5py 2 run: Keras' models, fuel's data sets."""
    import h5py

    read_attribute = h5py.AttributeManager.__getitem__
    write_attribute = h5py.AttributeManager.__setitem__
    open_file = h5py.File.__init__

    def attribute(self: Any, name: str) -> Any:
        kind = h5py.check_string_dtype(self.get_id(name).dtype)
        return as_before(read_attribute(self, name), kind is not None and kind.encoding == "ascii")

    def set_attribute(self: Any, name: str, value: Any) -> None:
        if isinstance(value, list | tuple) and all(type(each) is bytes for each in value):
            value = np.asarray(value)  # of one length, as h5py 2 kept it
        write_attribute(self, name, value)

    def opened(self: Any, name: Any, mode: str | None = None, *others: Any, **options: Any) -> None:
        open_file(self, name, old_mode(name) if mode is None else mode, *others, **options)

    h5py.AttributeManager.__getitem__ = attribute
    h5py.AttributeManager.__setitem__ = set_attribute
    h5py.File.__init__ = opened
    read_data = h5py.Dataset.__getitem__

    def read(self: Any, index: Any, *options: Any, **named: Any) -> Any:
        value = read_data(self, index, *options, **named)
        if type(value) is bytes or (isinstance(value, np.ndarray) and value.dtype == object):
            kind = h5py.check_string_dtype(self.dtype)
            return decoded(value) if kind and kind.encoding == "utf-8" else value
        return value

    h5py.Dataset.__getitem__ = read
    h5py.Dataset.value = property(lambda self: self[()])


def as_before(value: Any, is_ascii: bool) -> Any:
    """Return an attribute with text as bytes if it is ASCII, else as `Text`."""
    if type(value) is str:
        return value.encode("ascii", "surrogateescape") if is_ascii else Text(value)
    if isinstance(value, np.ndarray) and value.dtype == object:
        texts = np.empty(value.shape, object)
        for index, each in np.ndenumerate(value):
            texts[index] = as_before(each, is_ascii)
        return texts
    if isinstance(value, np.ndarray) and value.size == 0:
        return value.view(EmptyArray)
    return value


def decoded(value: Any) -> Any:
    """Return bytes, or an array of them, as text."""
    if isinstance(value, bytes):
        return value.decode(errors="surrogateescape")
    texts = np.empty(value.shape, object)
    for index, each in np.ndenumerate(value):
        texts[index] = decoded(each)
    return texts


def old_mode(name: Any) -> str:
    """Return the mode in which h5py 2 opened a file.

    To be written, too, if that is allowed, and new if there is none.
    """
    if not isinstance(name, str | bytes | os.PathLike) or not os.path.exists(name):
        return "a"
    return "r+" if os.access(name, os.W_OK) else "r"
