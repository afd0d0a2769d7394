"""Old programs for Theano, run as they stand: `python -m benchmarks.theano_programs`.

Takes the programs of `programs.toml`, made by many hands before 2020, from `--sources` (archives of GitHub named
OWNER-NAME-COMMIT.tar.gz, and packages of the Python package index) or downloads them; writes the data that they
expect from lenet's own data sets; makes the changes that the table names, such as fewer epochs; and runs each
with `python -m lenet.theano_compat`, in a process and a folder of its own. With `--theano PYTHON`, an interpreter
that has Theano 1.0.5, each runs there as well. Prints a table; a program that fails is in it, with its last line.

With `--port` the programs that have `port` in programs.toml run twice instead: as they stand and after `lenet port`,
without theano_compat, both with NumPy's generator seeded, and all that compiled functions return is compared.

Results are written one by one into theano_programs.csv of `--out_dir`, outputs into its folder `output`; the same
command goes on where it was interrupted. Each program runs twice: with an empty folder of compiled code, and again
with what it has compiled. THEANO_FLAGS is Theano's, to tell it where its BLAS is. `--document FILE` puts the rows
that have been measured on both sides into the table of FILE, docs/theano-programs.md.
"""

import argparse
import csv
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from benchmarks.machine import describe_machine
from benchmarks.theano_programs.document import put_rows
from benchmarks.theano_programs.entries import Program, read
from benchmarks.theano_programs.ported import agreement
from benchmarks.theano_programs.running import Outcome, Places, measure, measure_twice
from benchmarks.timing import show_progress, table
from lenet.errors import DataError
from lenet.files import write_atomically
from lenet.text import csv_lines, shown

COLUMNS = ("program", "side", "entry", "result", "error", "wall", "cpu", "port", "again")
HEADER = (
    "program",
    "source",
    "changed",
    "result",
    "here",
    "Theano",
    "author's",
    "CPU s",
    "in Theano",
    "ratio",
    "again",
    "in Theano",
    "ratio",
)
PORT_HEADER = (
    "program",
    "lines",
    "new ones",
    "to check",
    "by hand",
    "result",
    "before",
    "after",
    "outputs",
)
INTERRUPTED = 130

Key = tuple[str, str]


def main(argv: Sequence[str] | None = None) -> int:
    arguments = parse_arguments(argv)
    try:
        return run_all(arguments)
    except (DataError, OSError) as error:
        print(shown(f"theano_programs: {error}"), file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("theano_programs: interrupted; the same command goes on", file=sys.stderr)
        return INTERRUPTED


def parse_arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.theano_programs",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    build = Path("build", "theano_programs")
    parser.add_argument("--only", nargs="+", metavar="NAME", help="of --list (default: all)")
    parser.add_argument("--list", action="store_true", help="show the names and sources")
    parser.add_argument("--again", action="store_true", help="run what has failed before once more")
    parser.add_argument("--theano", metavar="PYTHON", help="interpreter that has Theano 1.0.5")
    parser.add_argument(
        "--port", action="store_true", help="compare programs with what `lenet port` makes of them"
    )
    parser.add_argument("--data_dir", metavar="DIR", help="see lenet-train")
    parser.add_argument(
        "--sources",
        type=Path,
        default=build / "sources",
        metavar="DIR",
        help="has or gets the archives (default: %(default)s)",
    )
    parser.add_argument(
        "--out_dir",
        type=Path,
        default=build,
        metavar="DIR",
        help="where results and outputs are (default: %(default)s)",
    )
    parser.add_argument(
        "--document",
        type=Path,
        metavar="FILE",
        help="renew the rows of the table in this Markdown file",
    )
    parser.add_argument(
        "--timeout",
        type=float,
        default=1800,
        metavar="S",
        help="seconds after which a program is stopped (default: %(default)s)",
    )
    return parser.parse_args(argv)


def run_all(arguments: argparse.Namespace) -> int:
    """Run what has no result yet, and print the table."""
    addresses, programs = read()
    if arguments.list:
        print(
            "\n".join(f"{p.name:28} {addresses.get(p.source, 'ours')}" for p in programs.values())
        )
        return 0
    if unknown := sorted(set(arguments.only or ()) - set(programs)):
        raise DataError(f"no program {unknown[0]!r}; --list shows the names")
    chosen = [programs[name] for name in arguments.only or programs]
    sides = ("here", "theano")
    if arguments.port:
        chosen, sides = [program for program in chosen if program.port], ("before", "after")
    places = Places(
        arguments.sources,
        arguments.data_dir,
        arguments.out_dir,
        arguments.theano,
        arguments.timeout,
    )
    arguments.out_dir.mkdir(parents=True, exist_ok=True)
    results = arguments.out_dir / "theano_programs.csv"
    known = read_results(results)
    for number, program in enumerate(chosen):
        for side in sides:
            if side == "theano" and not (arguments.theano and program.theano):
                continue
            entry, outcome = known.get((program.name, side), ("", None))
            if outcome and entry == program.digest and not (arguments.again and outcome.error):
                continue
            show_progress(f"{number} of {len(chosen)}: {program.name} {side}")
            run = measure if arguments.port else measure_twice
            known[program.name, side] = program.digest, run(program, addresses, side, places)
            write_results(results, known)
    show_progress("")
    print(f"{describe_machine()}\n")
    if arguments.port:
        print(table(PORT_HEADER, [port_row(program, known, places) for program in chosen]))
    else:
        print(table(HEADER, [row(program, addresses, known) for program in chosen]))
    if arguments.document:
        whole = [p for p in chosen if is_whole(p, known)]
        put_rows(arguments.document, [row(p, addresses, known) for p in whole], list(programs))
    measured = [known[p.name, side][1] for p in chosen for side in sides if (p.name, side) in known]
    return int(any(each.error for each in measured))


def read_results(path: Path) -> dict[Key, tuple[str, Outcome]]:
    """Return the results in a file, with the entry of the table that each is of."""
    if not path.exists():
        return {}
    with path.open(newline="") as file:
        return {
            (line["program"], line["side"]): (
                line["entry"],
                Outcome(
                    line["result"],
                    line["error"],
                    float(line["wall"]),
                    float(line["cpu"]),
                    line.get("port") or "",
                    float(line.get("again") or 0),
                ),
            )
            for line in csv.DictReader(file)
        }


def write_results(path: Path, known: Mapping[Key, tuple[str, Outcome]]) -> None:
    """Write the results into a file."""
    lines = [
        [
            program,
            side,
            entry,
            o.result,
            o.error,
            f"{o.wall:.1f}",
            f"{o.cpu:.1f}",
            o.port,
            f"{o.again:.1f}",
        ]
        for (program, side), (entry, o) in known.items()
    ]
    write_atomically(path, csv_lines([COLUMNS, *lines]).encode())


def row(
    program: Program, addresses: Mapping[str, str], known: Mapping[Key, tuple[str, Outcome]]
) -> list[str]:
    """Return the cells below `HEADER`."""
    here, there = (
        outcome if known.get((program.name, side), ("",))[0] == program.digest else None
        for side, (_, outcome) in (
            (side, known.get((program.name, side), ("", None))) for side in ("here", "theano")
        )
    )
    return [
        program.name,
        source_cell(addresses.get(program.source, "")),
        changed_cell(program),
        program.shows,
        result_cell(here),
        result_cell(there) if program.theano else f"not possible: {program.why}",
        program.author,
        *seconds_cells(here, there, "cpu"),
        *seconds_cells(here, there, "again"),
    ]


def is_whole(program: Program, known: Mapping[Key, tuple[str, Outcome]]) -> bool:
    """Return whether a program was measured on each side that it can run on."""
    sides = ("here", "theano") if program.theano else ("here",)
    return all(known.get((program.name, s), ("",))[0] == program.digest for s in sides)


def seconds_cells(here: Outcome | None, there: Outcome | None, of: str) -> list[str]:
    """Return the CPU seconds of either side and their ratio, empty where there are none."""
    ours, theirs = (getattr(each, of) if each and not each.error else 0 for each in (here, there))
    cells = [f"{each:.{int(each < 9.95)}f}" if each else "" for each in (ours, theirs)]
    return [*cells, f"{ours / theirs:.2f}" if ours and theirs else ""]


def port_row(
    program: Program, known: Mapping[Key, tuple[str, Outcome]], places: Places
) -> list[str]:
    """Return the cells below `PORT_HEADER`."""
    before, after = (known[program.name, side][1] for side in ("before", "after"))
    files = [places.outputs(program.name, side) for side in ("before", "after")]
    return [
        program.name,
        *after.port.split(),
        program.shows,
        result_cell(before),
        result_cell(after),
        "" if before.error or after.error else agreement(*files),
    ]


def changed_cell(program: Program) -> str:
    """Return what a program's changes have put into it, and how many examples it gets if not all."""
    examples = [f"{n:,} examples" for n in {each.train for each in program.data} if n]
    return ", ".join(
        [*(f"`{to}`" for to in dict.fromkeys(c.to for c in program.changes) if to), *examples]
    )


def source_cell(address: str) -> str:
    """Return an address as short as it can be told."""
    kind, _, rest = address.partition(":")
    if kind == "github":
        name, _, commit = rest.partition("@")
        return f"[{name}](https://github.com/{name}/tree/{commit}) {commit[:7]}"
    return rest.partition("#")[0].replace("==", " ") or "ours"


def result_cell(outcome: Outcome | None) -> str:
    """Return a result, or how a program failed."""
    if outcome is None:
        return ""
    if not outcome.error:
        return outcome.result
    return f"**fails**: {shown(outcome.error)[:120].replace('|', '/')}"


if __name__ == "__main__":
    sys.exit(main())
