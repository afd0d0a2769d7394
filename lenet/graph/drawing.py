"""``lenet-graph draw``: a picture of the layers or of the graph of Ops."""

import argparse
import importlib.util
import re
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from pytensor.graph.basic import Variable
from pytensor.graph.traversal import ancestors

from lenet.errors import CommandError
from lenet.files import write_atomically
from lenet.graph.layer_picture import layer_figure
from lenet.graph.pictures import save_figure
from lenet.graph.printing import add_function_flag, compiled, name_what_is_shared, symbolic_outputs
from lenet.graph.subject import Subject, add_model_flags, build_subject
from lenet.terminal import say
from lenet.text import shown

DESCRIPTION = """\
Draw a network's layers, with shapes and numbers of parameters; or its graph of Ops, as it is written
or as it is compiled. Layers need matplotlib alone, which is always there; graphs need pydot
(pip install pydot) and Graphviz (apt install graphviz). A graph as html is a page to look at in a
browser, where nodes can be moved and tell more under the mouse."""
EPILOG = """\
examples:
  lenet-graph draw
  lenet-graph draw runs/small --out network.png
  lenet-graph draw --graph compiled --function train --format html"""
FORMATS = ("svg", "png", "html")
# PyTensor writes black on blue and on brown.
READABLE = {"blue": "#9ecbff", "brown": "#e8c39e", "green": "#b7e4c7", "cyan": "#b8ecf0"}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the flags of this command."""
    parser.add_argument(
        "--graph",
        choices=("layers", "symbolic", "compiled"),
        default="layers",
        help="what to draw: the layers, or the graph as it is written or compiled "
        "(default: %(default)s)",
    )
    add_function_flag(parser)
    parser.add_argument(
        "--format",
        choices=FORMATS,
        help="(default: what the name of --out ends with, else svg)",
    )
    parser.add_argument(
        "--out",
        type=Path,
        metavar="FILE",
        help="file to write (default: lenet-GRAPH.FORMAT in the current folder)",
    )
    add_model_flags(parser, "--backend")


def run(arguments: argparse.Namespace) -> int:
    """Draw the layers or the graph, and return the exit status."""
    path, kind = output_file(arguments)
    if arguments.graph == "layers":
        if kind == "html":
            raise CommandError("--graph layers is drawn as svg or png, not as html")
        subject = build_subject(arguments)
        save_figure(layer_figure(subject), path)
    else:
        require_graphviz()
        draw_graph(build_subject(arguments), arguments.graph, arguments.function, path, kind)
    say(shown(path))
    return 0


def output_file(arguments: argparse.Namespace) -> tuple[Path, str]:
    """Return the file to write and its format.

    Raises
    ------
    CommandError
        If the name of the file contradicts the format.
    """
    path: Path | None = arguments.out
    suffix = "" if path is None else path.suffix.removeprefix(".").lower()
    kind = arguments.format or suffix or "svg"
    if path is None:
        return Path(f"lenet-{arguments.graph}.{kind}"), kind
    if suffix != kind or kind not in FORMATS:
        wanted = arguments.format or f"one of {', '.join(FORMATS)}"
        raise CommandError(f"--out {path}: expected a name that ends with {wanted}")
    return path, kind


def require_graphviz() -> None:
    """Raise `CommandError` if pydot or Graphviz's ``dot`` is missing."""
    missing = []
    if importlib.util.find_spec("pydot") is None:
        missing.append("pydot (pip install pydot)")
    if shutil.which("dot") is None:
        missing.append(
            "Graphviz's program dot (apt install graphviz, brew install graphviz or conda install "
            "graphviz)"
        )
    if missing:
        raise CommandError(
            f"to draw this graph needs {' and '.join(missing)}; --graph layers needs neither"
        )


def draw_graph(subject: Subject, graph: str, function: str, path: Path, kind: str) -> None:
    """Write a graph of Ops, drawn by pydot and Graphviz."""
    drawn: Any
    if graph == "symbolic":
        drawn = outputs = symbolic_outputs(subject, function)
    else:
        drawn = compiled(subject, function)
        outputs = drawn.maker.fgraph.outputs
    try:
        if kind == "html":
            forget_names_within(outputs)
            content = interactive_page(drawn).encode()
        else:
            name_what_is_shared(outputs)
            content = picture(drawn, kind)
    except ImportError as error:  # from PyTensor, when it checks whether they work
        reason = " ".join(str(error).split())
        raise CommandError(f"pydot or Graphviz does not work: {reason}") from error
    write_atomically(path, content)


def forget_names_within(outputs: Sequence[Variable]) -> None:
    """Remove the names of all variables except inputs and outputs.

    PyTensor's page shows named variables as boxes without text.
    """
    for variable in ancestors(outputs):
        if variable.owner and variable not in outputs:
            variable.name = None


def picture(graph: Any, kind: str) -> bytes:
    """Return a graph as SVG or PNG, in colours on which text is readable."""
    from pytensor.printing import pydotprint

    with TemporaryDirectory() as folder:
        source = Path(folder, "graph.raw")
        pydotprint(graph, source, format="raw", var_with_name_simple=True, print_output_file=False)
        text = source.read_text(encoding="utf-8")
    for colour, readable in READABLE.items():
        text = re.sub(rf"\b(fill)?color={colour}\b", f'\\1color="{readable}"', text)
    result = subprocess.run(
        ["dot", f"-T{kind}"], input=text.encode(), capture_output=True, check=False
    )
    if result.returncode:
        reason = " ".join(result.stderr.decode(errors="replace").split())
        raise CommandError(f"dot failed with status {result.returncode}: {reason}")
    return result.stdout


def interactive_page(graph: Any) -> str:
    """Return PyTensor's interactive page of a graph as a single HTML file."""
    from pytensor.d3viz import d3viz

    with TemporaryDirectory() as folder:
        page = Path(folder, "graph.html")
        d3viz(graph, page, copy_deps=False)
        text = page.read_text(encoding="utf-8")

    def script(match: re.Match) -> str:
        return f"<script>{Path(match[1]).read_text(encoding='utf-8')}</script>"

    def style(match: re.Match) -> str:
        return f"<style>{Path(match[1]).read_text(encoding='utf-8')}</style>"

    text = re.sub(r'<script type="text/javascript" src="([^"]+)"></script>', script, text)
    return re.sub(r'<link rel="stylesheet" href="([^"]+)"/>', style, text)
