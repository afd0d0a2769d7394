"""Old programs ported by `lenet port`, where they lie, and whether their functions return the same."""

import difflib
from pathlib import Path

import numpy as np

from benchmarks.theano_programs.entries import Program
from lenet.commands.port import write
from lenet.porting.findings import MARK
from lenet.porting.program import Program as PortedProgram
from lenet.porting.program import port_program


def port_in_place(program: Program, root: Path, folder: Path) -> str:
    """Port a program as `lenet port` does, put its modules in the place of the old ones, and return what was done."""
    ported = port_program(
        [root / name for name in program.port], folder / "modules", program.python2
    )
    write(ported, folder / "report.md", is_forced=False)
    for module, target in zip(ported.modules, ported.targets, strict=True):
        module.path.write_bytes(target.read_bytes())
    return summary(ported)


def summary(program: PortedProgram) -> str:
    """Return the lines of a program, those that are new, what is to be checked, and what is left, as four numbers."""
    lines = new = 0
    for module in program.modules:
        before, after = (
            [line for line in text.splitlines() if line.strip()]
            for text in (module.original.text, module.ported.text)
        )
        lines += len(before)
        new += sum(
            line.startswith("+ ") and not is_comment(line[2:])
            for line in difflib.ndiff(before, after)
        )
    checks = {change.reasons[0] for module in program.modules for change in module.ported.checks}
    left = sum(len(change.reasons) for module in program.modules for change in module.ported.left)
    return f"{lines} {new} {len(checks)} {left}"


def is_comment(line: str) -> bool:
    """Return whether a line is all comment, as those that `lenet port` writes."""
    return line.lstrip().startswith(MARK[0])


def agreement(before: Path, after: Path) -> str:
    """Return how many outputs two runs have, and whether they are the same bits or how far they are apart.

    Parameters
    ----------
    before, after : Path
        As `benchmarks.theano_programs.traced` writes them.
    """
    with np.load(before) as old, np.load(after) as new:
        count = len(old["means"])
        if old["digest"] == new["digest"]:
            return f"{count:,}, the same bits"
        if len(new["means"]) != count:
            return f"{count:,} and {len(new['means']):,}"
        scale = np.maximum(np.abs(old["means"]), 1e-6)
        apart = np.max(np.abs(old["means"] - new["means"]) / scale, initial=0.0)
        return f"{count:,}, apart by {apart:.0e} at most"
