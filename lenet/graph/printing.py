"""``lenet-graph print``: a table of the layers, and the graph as text."""

import argparse
import re
import shutil
from collections import Counter
from collections.abc import Sequence
from itertools import zip_longest
from typing import Any

from pytensor.graph.basic import Constant, Variable
from pytensor.graph.traversal import ancestors
from pytensor.printing import debugprint

from lenet.graph.functions import compile_prediction, compile_step, named_step, predicted
from lenet.graph.functions import rewritten as without_compiling
from lenet.graph.subject import Subject, add_model_flags, build_subject
from lenet.terminal import say

DESCRIPTION = """\
Print a network's layers with their shapes and numbers of parameters, then its graph: as it is
written, and as it is compiled. Every line is a result, what it is made of is indented below; `···`
stands for what has been printed above under the same name."""
EPILOG = """\
examples:
  lenet-graph print --lwidth 8 16
  lenet-graph print --graph compiled --function train --backend jax
  lenet-graph print --side_by_side runs/small"""
SEPARATOR = " │ "


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the flags of this command."""
    parser.add_argument(
        "--graph",
        choices=("none", "symbolic", "compiled", "both"),
        default="both",
        help="what to print below the table (default: %(default)s)",
    )
    add_function_flag(parser)
    parser.add_argument(
        "--side_by_side",
        action="store_true",
        help="print both graphs in two columns as wide as the terminal, or COLUMNS, allows",
    )
    add_model_flags(parser, "--backend")


def add_function_flag(parser: argparse.ArgumentParser) -> None:
    """Add the flag ``--function``, which selects the function to show."""
    parser.add_argument(
        "--function",
        choices=("predict", "train"),
        default="predict",
        help="from images to probabilities and classes, or a training step (default: %(default)s)",
    )


def run(arguments: argparse.Namespace) -> int:
    """Print the layers and the graphs, and return the exit status."""
    subject = build_subject(arguments)
    say(f"LeNet for {subject.dataset} ({subject.origin})\n")
    say(repr(subject.network.model))
    graph = "both" if arguments.side_by_side else arguments.graph
    texts = {}
    if graph in ("symbolic", "both"):
        texts["symbolic"] = as_text(symbolic_outputs(subject, arguments.function))
    if graph in ("compiled", "both"):
        texts["compiled"] = as_text(compiled(subject, arguments.function))
    titles = {
        "symbolic": f"{arguments.function}, as it is written",
        "compiled": f"{arguments.function}, as it is compiled to {subject.backend.description}",
    }
    if arguments.side_by_side:
        width = shutil.get_terminal_size((160, 24)).columns
        left, right = (f"{titles[kind]}\n\n{narrow(text)}" for kind, text in texts.items())
        say(f"\n{columns(left, right, width)}")
    else:
        for kind, text in texts.items():
            say(f"\n{titles[kind]}\n\n{text}")
    return 0


def symbolic_outputs(subject: Subject, function: str) -> list[Variable]:
    """Return the outputs of a function, before any rewrite."""
    if function == "predict":
        return list(predicted(subject))
    step = named_step(subject)
    return [*step.outputs, *(value for _, value in step.updates)]


def compiled(subject: Subject, function: str) -> Any:
    """Return a function with its graph rewritten for the backend."""
    mode = without_compiling(subject.backend.mode)
    if function == "predict":
        return compile_prediction(subject, mode)
    return compile_step(subject, mode)[0]


def as_text(graph: Any) -> str:
    """Return a graph as text, with a name for each result that is used repeatedly."""
    fgraph = getattr(getattr(graph, "maker", None), "fgraph", None)
    outputs = graph if fgraph is None else fgraph.outputs
    name_what_is_shared(outputs)
    return debugprint(outputs, id_type="", file="str").rstrip()


def name_what_is_shared(outputs: Sequence[Variable]) -> None:
    """Name the unnamed results that are used repeatedly after their Op: Add1, Add2..."""
    variables = list(dict.fromkeys(ancestors(outputs)))
    uses = Counter(v for node in {v.owner for v in variables if v.owner} for v in node.inputs)
    numbers: Counter[str] = Counter()
    for variable in variables:
        several = variable.owner and len(variable.owner.outputs) > 1
        if variable.name or isinstance(variable, Constant) or not (several or uses[variable] > 1):
            continue
        op = str(variable.owner.op).partition("{")[0]
        numbers[op] += 1
        variable.name = f"{op}{numbers[op]}"


def narrow(text: str) -> str:
    """Return a printed graph with one character of indentation for each level."""

    def shorten(match: re.Match) -> str:
        return re.sub(r"([│├└ ])(?:  |─ )", r"\1", match[0])

    return re.sub(r"^[ │├└─]+", shorten, text, flags=re.MULTILINE)


def columns(left: str, right: str, width: int) -> str:
    """Return two texts side by side; lines too long for `width` end with `…`."""
    most = max(1, (width - len(SEPARATOR)) // 2)
    lefts, rights = left.splitlines(), right.splitlines()
    left_width = min(most, max(map(len, lefts)))
    right_width = max(1, width - len(SEPARATOR) - left_width)
    return "\n".join(
        f"{cut(a, left_width):{left_width}}{SEPARATOR}{cut(b, right_width)}".rstrip()
        for a, b in zip_longest(lefts, rights, fillvalue="")
    )


def cut(line: str, width: int) -> str:
    """Return a line, shortened with `…` if it is longer than `width`."""
    return line if len(line) <= width else f"{line[: width - 1]}…"
