"""Theano's ``theano.printing``: graphs as text and pictures.

It prints values while they are computed, too.
"""

import sys
from importlib.util import find_spec
from typing import Any

import pytensor
from pytensor import printing
from pytensor.printing import Print

from lenet.theano_compat.forwarding import forward
from lenet.theano_compat.theano.pretty_print import theano_printer

__all__ = [
    "Print",
    "debugprint",
    "pp",
    "pprint",
    "pydot_imported",
    "pydot_imported_msg",
    "pydotprint",
]

__getattr__ = forward(__name__, "pytensor.printing")

pp = pprint = theano_printer()

pydot_imported = find_spec("pydot") is not None
pydot_imported_msg = "" if pydot_imported else "install pydot: pip install pydot"


def debugprint(
    obj: Any,
    depth: int = -1,
    print_type: bool = False,
    file: Any = None,
    ids: str = "CHAR",
    stop_on_name: bool = False,
    done: Any = None,
    print_storage: bool = False,
    print_clients: bool = False,
    used_ids: Any = None,
) -> Any:
    """Print a graph or a compiled function: ``theano.printing.debugprint``.

    `print_clients` made Theano say who uses a value; PyTensor does not, and it is left out.
    """
    return printing.debugprint(
        obj,
        depth=depth,
        print_type=print_type,
        file=sys.stdout if file is None else file,
        id_type=ids,
        stop_on_name=stop_on_name,
        done=done,
        print_storage=print_storage,
        used_ids=used_ids,
    )


def pydotprint(fct: Any, outfile: Any = None, *arguments: Any, **keywords: Any) -> Any:
    """Draw a graph or a compiled function: ``theano.printing.pydotprint``.

    PyTensor fails where no `outfile` is named. Theano's was in the folder of compiled code, too.
    """
    if outfile is None:
        outfile = (
            pytensor.config.compiledir / f"theano.pydotprint.cpu.{keywords.get('format', 'png')}"
        )
    return printing.pydotprint(fct, outfile, *arguments, **keywords)
