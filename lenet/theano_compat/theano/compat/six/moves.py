"""Theano's ``theano.compat.six.moves``: what Python 3 has moved or renamed."""

import configparser
import pickle
import queue
from functools import reduce
from io import StringIO
from itertools import filterfalse, zip_longest

__all__ = [
    "StringIO",
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
    "xrange",
    "zip",
    "zip_longest",
]

cPickle = pickle
cStringIO = StringIO
xrange = range
range, zip, map, filter, input = range, zip, map, filter, input  # noqa: A001
