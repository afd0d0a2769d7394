"""The ``theano`` that processes find which a program has started."""

import sys

if __name__ == "theano":
    # The import system takes what is found here when this module has run.
    del sys.modules["theano"]
    from importlib import import_module

    from lenet.theano_compat.children import flags_of_parent
    from lenet.theano_compat.runner import prepare

    prepare(flags_of_parent())
    import_module("theano")
