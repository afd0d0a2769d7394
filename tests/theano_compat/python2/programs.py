"""Value of a program for Python 2, converted in memory."""

import sys
from typing import Any

from lenet.theano_compat.old_names.changed_programs import NAMES as CHANGED_NAMES
from lenet.theano_compat.python2.keywords import NAMES as HIDDEN_NAMES
from lenet.theano_compat.python2.old_modules import MADE, RENAMED, OldModules
from lenet.theano_compat.python2.sources import convert
from lenet.theano_compat.python2.trees import NAMES


def value_of(text: str, **names: Any) -> Any:
    """Return what a program's text, which may use some names, gives to its `x`."""
    names = {**CHANGED_NAMES, **HIDDEN_NAMES, **NAMES, **names}
    finder, present = OldModules(), set(sys.modules)
    sys.meta_path.append(finder)
    try:
        exec(compile(convert(text.encode(), "old.py"), "old.py", "exec"), names)
    finally:
        sys.meta_path.remove(finder)
        for name in {*MADE, *RENAMED} - present:
            sys.modules.pop(name, None)
    return names["x"]
