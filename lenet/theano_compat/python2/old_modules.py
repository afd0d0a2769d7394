"""Python 2's own modules under the names that they had.

2to3 replaces the names where it sees an import, and misses those after a semicolon, of ``__import__``, and that a module
of the program has one. Here they are imported as they are named, if nothing else is. A library that tries ``import cPickle``
finds none, and goes on with what it does for Python 3.
"""

import ast
import builtins
import collections.abc
import hashlib
import sys
from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from importlib.util import find_spec
from pathlib import Path
from types import FunctionType, MethodType, ModuleType
from typing import Any

from lenet.theano_compat.alias_loader import AliasLoader
from lenet.theano_compat.python2.data import CONVERTED
from lenet.theano_compat.python2.streams import StringIO

__all__ = ["MADE", "RENAMED", "OldModules", "give_urllib", "hide_old_modules"]

# Between a module and a finder of what it imports.
OF_IMPORTS = ("importlib", "_frozen_importlib", "lenet.theano_compat.old_names.hooks")

# Modules that have another name today.
RENAMED = {
    "BaseHTTPServer": "http.server",
    "CGIHTTPServer": "http.server",
    "ConfigParser": "configparser",
    "Cookie": "http.cookies",
    "DocXMLRPCServer": "xmlrpc.server",
    "HTMLParser": "html.parser",
    "Queue": "queue",
    "SimpleHTTPServer": "http.server",
    "SimpleXMLRPCServer": "xmlrpc.server",
    "SocketServer": "socketserver",
    "Tix": "tkinter.tix",
    "Tkconstants": "tkinter.constants",
    "Tkinter": "tkinter",
    "UserList": "collections",
    "UserString": "collections",
    "__builtin__": "builtins",
    "anydbm": "dbm",
    "cPickle": "pickle",
    "commands": "subprocess",
    "cookielib": "http.cookiejar",
    "copy_reg": "copyreg",
    "dbhash": "dbm",
    "dumbdbm": "dbm.dumb",
    "dummy_thread": "_thread",
    "gdbm": "dbm.gnu",
    "htmlentitydefs": "html.entities",
    "httplib": "http.client",
    "repr": "reprlib",
    "robotparser": "urllib.robotparser",
    "thread": "_thread",
    "tkColorChooser": "tkinter.colorchooser",
    "tkFileDialog": "tkinter.filedialog",
    "tkFont": "tkinter.font",
    "tkMessageBox": "tkinter.messagebox",
    "tkSimpleDialog": "tkinter.simpledialog",
    "ttk": "tkinter.ttk",
    "urlparse": "urllib.parse",
    "whichdb": "dbm",
    "xmlrpclib": "xmlrpc.client",
}
# Where the names of `urllib` and `urllib2` are.
OF_URLLIB = ("urllib.request", "urllib.error", "urllib.parse", "urllib.response")


def method(function: Callable[..., Any], instance: Any, kind: Any = None) -> Any:
    """Return a function as a method of an object, or of none."""
    return function if instance is None else MethodType(function, instance)


def of_urllib(name: str) -> Any:
    """Return what `urllib` or `urllib2` had under a name.

    Raises
    ------
    AttributeError
        If it is nowhere.
    """
    for place in OF_URLLIB if not name.startswith("_") else ():
        if hasattr(module := import_module(place), name):
            return getattr(module, name)
    raise AttributeError(f"module 'urllib' has no attribute {name!r}", name=name)


def give_urllib() -> None:
    """Let names of `urllib` be found that are in its parts today."""
    vars(import_module("urllib"))["__getattr__"] = of_urllib


def errors() -> dict[str, Any]:
    """Return Python's exceptions."""
    return {
        name: value
        for name, value in vars(builtins).items()
        if isinstance(value, type) and issubclass(value, BaseException)
    }


# Modules that are gone, and what they had.
MADE: dict[str, Callable[[], Mapping[str, Any]]] = {
    "StringIO": lambda: {"StringIO": StringIO},
    "UserDict": lambda: {
        "DictMixin": collections.abc.MutableMapping,
        "UserDict": collections.UserDict,
    },
    "cStringIO": lambda: {"InputType": StringIO, "OutputType": StringIO, "StringIO": StringIO},
    "exceptions": errors,
    "md5": lambda: {"md5": hashlib.md5, "new": hashlib.md5},
    "new": lambda: {
        "classobj": type,
        "function": FunctionType,
        "instancemethod": method,
        "module": ModuleType,
    },
    "sets": lambda: {"ImmutableSet": frozenset, "Set": set},
    "sha": lambda: {"new": hashlib.sha1, "sha": hashlib.sha1},
    "urllib2": lambda: {"__getattr__": of_urllib},
}


OLD = MADE.keys() | RENAMED.keys()
made: dict[str, ModuleType] = {}  # those of `MADE` that have been imported


def is_tried() -> bool:
    """Return whether a module that is not converted tries what is imported now."""
    frame = sys._getframe(2)
    while frame.f_back and frame.f_globals.get("__name__", "").startswith(OF_IMPORTS):
        frame = frame.f_back
    path, line = frame.f_code.co_filename, frame.f_lineno
    if path in CONVERTED:
        return False
    try:
        tree = ast.parse(Path(path).read_bytes())
    except (OSError, SyntaxError, ValueError):
        return False  # of text that is executed
    return any(
        isinstance(node, ast.Try) and node.handlers and node.lineno < line < node.handlers[0].lineno
        for node in ast.walk(tree)
    )


def hide_old_modules() -> None:
    """Forget those that programs have imported, so that a library looks for its own."""
    for name in OLD & sys.modules.keys():
        module = sys.modules[name]
        if module is made.get(name) or module.__name__ == RENAMED.get(name):
            del sys.modules[name]


class OldModules(MetaPathFinder):
    """Finder of them, which comes after all others."""

    def find_spec(
        self, name: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Return the specification of a module, if it has another name today, or none."""
        if name not in OLD or is_tried():
            return None
        if name in MADE:
            return ModuleSpec(name, Made())
        original = find_spec(RENAMED[name])
        return None if original is None else ModuleSpec(name, AliasLoader(original))


class Made(Loader):
    """Loader of a module that is gone."""

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        """Return the module, which is made once."""
        if spec.name not in made:
            made[spec.name] = ModuleType(spec.name)
            vars(made[spec.name]).update(MADE[spec.name]())
        return made[spec.name]

    def exec_module(self, module: ModuleType) -> None:
        """Do nothing: it has all that it had."""
