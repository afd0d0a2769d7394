"""Modules that Python 3 has moved or renamed: ``six.moves``."""

import builtins
import configparser
import pickle
import queue
import urllib.error
import urllib.parse
import urllib.request
from functools import reduce
from importlib import reload as reload_module
from io import StringIO
from itertools import filterfalse, zip_longest

__all__ = [
    "StringIO",
    "builtins",
    "cPickle",
    "cStringIO",
    "configparser",
    "filter",
    "filterfalse",
    "input",
    "map",
    "pickle",
    "queue",
    "range",
    "reduce",
    "reload_module",
    "urllib",
    "xrange",
    "zip",
    "zip_longest",
]

cPickle = pickle
cStringIO = StringIO
xrange = range
range, zip, map, filter, input = range, zip, map, filter, input  # noqa: A001
