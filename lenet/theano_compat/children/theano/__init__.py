"""The ``theano`` that processes find which a program has started."""

import os
import sys

if __name__ == "theano":
    # The import system takes what is found here when this module has run.
    itself = sys.modules.pop("theano")
    from importlib import import_module

    try:
        from lenet.theano_compat.children import flags_of_parent
        from lenet.theano_compat.runner import prepare
    except (ImportError, SyntaxError):  # of another Python, which may have a Theano of its own
        sys.path.remove(os.path.dirname(os.path.dirname(__file__)))
    else:
        prepare(flags_of_parent())
    import_module("theano")
