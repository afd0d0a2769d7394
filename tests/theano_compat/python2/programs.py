"""Value of a program for Python 2, converted in memory."""

from typing import Any

from lenet.theano_compat.python2.sources import convert
from lenet.theano_compat.python2.trees import NAMES


def value_of(text: str, **names: Any) -> Any:
    """Return what a program's text, which may use some names, gives to its `x`."""
    names |= NAMES
    exec(compile(convert(text.encode(), "old.py"), "old.py", "exec"), names)
    return names["x"]
