"""Methods that text, exceptions and arrays had in Python 2.

There, text was bytes: ``"a".decode("utf-8")`` and ``u"a".encode("utf-8") + "b"`` are text of either kind, as all text of a converted
program is here.
"""

import codecs
import string
from collections.abc import Callable
from types import GeneratorType, ModuleType
from typing import Any

import numpy as np

from lenet.python2_division import divide
from lenet.theano_compat.python2.builtins import call_function
from lenet.theano_compat.python2.bytes import FUNCTIONS, as_bytes, as_data
from lenet.theano_compat.python2.data import Data
from lenet.theano_compat.python2.order import sort_list
from lenet.theano_compat.python2.slices import ITEMS
from lenet.theano_compat.python2.text_arguments import WITH_TEXT, call_with_text

__all__ = ["METHODS", "call_method", "decoded", "element", "message", "next_of", "unbound"]

METHODS = {
    *(
        "__delslice__",
        "__getslice__",
        "__new__",
        "__setslice__",
        "array",
        "asarray",
        "ceil",
        "decode",
        "decodestring",
        "divide",
        "encode",
        "encodestring",
    ),
    *("floor", "format", "fromstring", "has_key", "itemset", "sort", "tostring"),
    "translate",
    *(function.__name__ for function in FUNCTIONS),
}
ESCAPED = "surrogateescape"  # bytes that are no text in UTF-8 are read so, and written as they were
# Codecs from bytes to bytes, and those of escapes.
recode: Any = codecs  # whose types know some names alone
OF_BYTES = {"base64", "bz2", "hex", "rot13", "rot_13", "string_escape", "zip", "zlib"}


def decoded(data: Any = "", encoding: str = "ascii", errors: str = "strict") -> str:
    """Return ``unicode(data, encoding)``."""
    if isinstance(data, str):
        return data if errors != "ignore" else data.encode(errors="ignore").decode()
    return str(data, encoding, errors)


def decode(text: str, encoding: str = "utf-8", errors: str = "strict") -> str:
    """Return ``text.decode(encoding)`` of text that is read already."""
    name = encoding.lower().replace("-", "_")
    if name == "string_escape":
        return text.encode("latin1", "backslashreplace").decode("unicode_escape")
    if name in ("rot13", "rot_13"):
        return codecs.decode(text, "rot13")
    if name in OF_BYTES:
        return str(recode.decode(text.encode("latin1"), name), "latin1")
    if name == "unicode_escape":
        return text.encode("latin1", "backslashreplace").decode(name)
    return decoded(text, encoding, errors)


def encode(text: str, encoding: str = "utf-8", errors: str = "strict") -> str:
    """Return ``text.encode(encoding)`` as text of the letters that remain."""
    name = encoding.lower().replace("-", "_")
    if name in ("rot13", "rot_13"):
        return codecs.encode(text, "rot13")
    if name == "string_escape":
        return text.encode("unicode_escape").decode("ascii")
    if name in OF_BYTES:
        return str(recode.encode(text.encode(), name), "latin1")
    if name in ("utf_8", "utf8"):
        return decoded(text, errors=errors)
    return text.encode(encoding, errors).decode(encoding)


class OldFormatter(string.Formatter):
    """Formatter that gives tuples, lists and ``None`` a width, as text."""

    def format_field(self, value: Any, format_spec: str) -> str:
        """Return a value in some format."""
        plain: Any = object.__format__  # which takes no width, as it did
        is_plain = type(value).__format__ is plain
        return format(str(value) if is_plain else value, format_spec)


def formatted(text: str, *arguments: Any, **options: Any) -> str:
    """Return ``text.format(...)``."""
    try:
        return text.format(*arguments, **options)
    except TypeError:
        return OldFormatter().vformat(text, arguments, options)


def translate(text: str, table: Any, deleted: str = "") -> str:
    """Return ``text.translate(table, deleted)``."""
    kept = text.translate(dict.fromkeys(map(ord, deleted))) if deleted else text
    return kept if table is None else kept.translate(table)


OF_TEXT: dict[str, Callable[..., str]] = {
    "decode": decode,
    "encode": encode,
    "format": formatted,
    "translate": translate,
}
NEW_NAMES = {"fromstring": "frombytes", "tostring": "tobytes"}


def next_of(thing: Any) -> Any:
    """Return ``thing.next``, which iterators have under another name."""
    if not hasattr(thing, "next") and hasattr(thing, "__next__"):
        return thing.__next__
    return thing.next


def call_method(thing: Any, name: str, /, *arguments: Any, **options: Any) -> Any:
    """Call a method by its old name: one of text, or of arrays of NumPy and of Python."""
    if type(thing) is str and name in WITH_TEXT:  # most are, and loops split millions of lines
        return call_with_text(thing, name, *arguments, **options)
    result = called_method(thing, name, *arguments, **options)
    return as_data(result) if name == "tostring" else result


def called_method(thing: Any, name: str, /, *arguments: Any, **options: Any) -> Any:
    """Return what a method gives, whose bytes may be no text yet."""
    if thing is np and name in ("array", "asarray", "sum"):
        return call_numpy(getattr(np, name), *arguments, **options)
    if name == "__new__":
        new = getattr(thing, name)
        # Of a class with both `__new__` and `__init__`, `object` passed over what it was given.
        return new(*arguments[:1]) if new is object.__new__ else new(*arguments, **options)
    if name in WITH_TEXT and not isinstance(thing, ModuleType):
        return call_with_text(thing, name, *arguments, **options)
    if isinstance(thing, Data) and name in ("encode", "translate"):
        thing = str(thing)
    if isinstance(thing, str) and name in OF_TEXT:
        return OF_TEXT[name](thing, *arguments, **options)
    if name == "sort" and isinstance(thing, list):
        return sort_list(thing, *arguments, **options)
    if name == "has_key" and not hasattr(thing, name):
        return arguments[0] in thing
    if isinstance(thing, ModuleType):
        if thing is np and name == "divide" and len(arguments) == 2 and not options:
            return divide(*arguments)
        return call_function(getattr(thing, name), *arguments, **options)
    if hasattr(thing, name):
        return getattr(thing, name)(*arguments, **options)
    if name == "itemset" and hasattr(thing, "__setitem__"):
        *index, value = arguments
        if len(index) == 1 and not isinstance(index[0], tuple):
            thing.flat[index[0]] = value
        else:
            thing[tuple(index[0]) if len(index) == 1 else tuple(index)] = value
        return None
    if name in ITEMS:
        return ITEMS[name](thing, *arguments)
    if name == "fromstring":
        arguments = tuple(map(as_bytes, arguments))
    return getattr(thing, NEW_NAMES.get(name, name))(*arguments, **options)


def call_numpy(function: Callable[..., Any], data: Any, *arguments: Any, **options: Any) -> Any:
    """Call a function of NumPy as before version 1.24.

    Lists of different lengths made an array of lists, and what a generator gives was summed up.
    """
    if isinstance(data, GeneratorType) and function is np.sum:
        return sum(data)
    try:
        return function(data, *arguments, **options)
    except ValueError as error:
        if "inhomogeneous" not in str(error) or arguments or "dtype" in options:
            raise
        return function(data, dtype=object, **options)


def unbound(method: Any) -> Any:
    """Return the function of a method, or a function itself."""
    return getattr(method, "__func__", method)


def message(error: Any) -> Any:
    """Return ``error.message``: its only argument, if it has one."""
    if hasattr(error, "message"):
        return error.message
    return error.args[0] if len(error.args) == 1 else ""


def element(error: Any, index: Any) -> Any:
    """Return ``error[index]``, of its arguments."""
    return (error.args if isinstance(error, BaseException) else error)[index]
