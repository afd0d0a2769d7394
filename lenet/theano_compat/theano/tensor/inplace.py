"""Theano's ``theano.tensor.inplace``: Ops that may overwrite their first argument.

Only the rewriting of a graph may decide to overwrite: each of them is the operation that does not.
"""

import sys
from typing import Any

from lenet.theano_compat.forwarding import missing_name
from lenet.theano_compat.theano.tensor import basic

_SUFFIX = "_inplace"


def __getattr__(name: str) -> Any:
    plain = getattr(basic, name.removesuffix(_SUFFIX), None)
    if not name.endswith(_SUFFIX) or plain is None:
        raise missing_name(
            f"theano.tensor.inplace has no {name!r} here",
            "use the function of theano.tensor without _inplace",
            sys._getframe(1),
        )
    return plain
