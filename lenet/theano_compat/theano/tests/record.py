"""Theano's ``theano.tests.record``: whether two runs compute the same."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from pytensor import config
from pytensor.printing import hex_digest

from lenet.theano_compat.forwarding import forward
from lenet.theano_compat.theano.compile import Mode
from lenet.theano_compat.theano.gof.link import WrapLinker
from lenet.theano_compat.theano.gof.vm import VM_Linker

__all__ = ["MismatchError", "Record", "RecordMode"]

__getattr__ = forward(__name__)
LONGEST = 100  # letters of a line that a message shows


class MismatchError(Exception):
    """Error of a run that does not compute what has been recorded."""


class Record:
    """Lines that are written down in one run, and compared in another.

    Parameters
    ----------
    file_object : file, optional
        What is written to or read from.
    file_path : str, optional
        Where it is, if there is no file yet.
    replay : bool
        Whether lines are compared.
    """

    def __init__(
        self, file_object: Any = None, file_path: str | None = None, replay: bool = False
    ) -> None:
        if file_object is None:
            assert file_path is not None, "a record needs file_object or file_path"
            mode = "r" if replay else "w"
            file_object = Path(file_path).open(mode, encoding="utf-8")  # noqa: SIM115
        self.f, self.file_path, self.replay = file_object, file_path, replay

    def handle_line(self, line: str) -> None:
        r"""Write down a line that ends with ``"\n"``, or compare it with the next one.

        Raises
        ------
        MismatchError
            If it is another.
        """
        assert line.find("\n") == len(line) - 1, f"not one line: {line!r}"
        if not self.replay:
            self.f.write(line)
        elif (before := self.f.readline()) != line:
            raise MismatchError(f"computed now: {line[:LONGEST]!r}, before: {before[:LONGEST]!r}")


class RecordMode(Mode):
    """Mode that records the inputs and outputs of each node, by their digests.

    Parameters
    ----------
    record : Record, optional
    options
        Those of a `Record`, if there is none.
    """

    def __init__(self, record: Record | None = None, **options: Any) -> None:
        assert record is None or not options, "a record, or options of one"
        self.set_record(Record(**options) if record is None else record)
        linker = VM_Linker(use_cloop=bool(config.cxx))
        super().__init__(WrapLinker([linker], self.run_node), optimizer="fast_run")

    def set_record(self, record: Record) -> None:
        """Go on with a record."""
        self.record = record
        self.known_fgraphs: set[Any] = set()

    def run_node(self, i: int, node: Any, thunk: Callable[[], Any]) -> None:
        """Compute a node, and record it.

        Raises
        ------
        ValueError
            If the function has no name.
        MismatchError
            If it is not what has been recorded.
        """
        graph = node.fgraph
        if graph.name is None:
            raise ValueError("functions that are recorded need a name: theano.function(..., name=)")
        lines = []
        if graph not in self.known_fgraphs:
            assert graph.name not in {each.name for each in self.known_fgraphs}, graph.name
            self.known_fgraphs.add(graph)
            lines.append(f"Function {graph.name} has {len(graph.apply_nodes)} apply nodes.")
        lines += [f"Function name: {graph.name}", f"Node {i}:{node}"]
        lines.append(f"Inputs: {digests(thunk.inputs)}")  # type: ignore[attr-defined]
        self.handle_lines(lines, node)
        thunk()
        self.handle_lines([f"Outputs: {digests(thunk.outputs)}"], node)  # type: ignore[attr-defined]

    def handle_lines(self, lines: list[str], node: Any) -> None:
        """Record some lines of a node."""
        for line in lines:
            try:
                self.record.handle_line(f"{line}\n")
            except MismatchError as error:
                raise MismatchError(f"{node} of {node.fgraph.name}: {error}") from error


def digests(storage: list[list[Any]]) -> str:
    """Return the digests of what some variables have, with blanks between them."""
    return " ".join(hex_digest(each[0]) for each in storage)
