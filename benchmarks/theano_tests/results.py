"""What became of the tests of a file, in a row of a table."""

import tomllib
from collections import Counter
from collections.abc import Sequence
from fnmatch import fnmatchcase
from pathlib import Path

COLUMNS = ("file", "passed", "skipped", "internals", "other failures")
SHOWN = 200  # letters of a message

Report = dict[str, str]


class Internals:
    """Tests that look into Theano's machinery, by patterns of their names.

    Parameters
    ----------
    patterns : mapping of str to str
        Patterns, each with what its tests look at.
    """

    def __init__(self, patterns: dict[str, str]) -> None:
        self.patterns = patterns

    @classmethod
    def read(cls) -> "Internals":
        """Return those of internals.toml."""
        groups = tomllib.loads(Path(__file__).with_name("internals.toml").read_text())
        return cls({test: reason for reason, tests in groups.items() for test in tests})

    def __contains__(self, test: str) -> bool:
        return any(fnmatchcase(test, pattern) for pattern in self.patterns)


def row(name: str, reports: Sequence[Report], internals: Internals) -> tuple[str, ...]:
    """Return the numbers of a file's tests; one that could not be imported has a single failure."""
    kinds = Counter(kind_of(report, internals) for report in reports)
    return (name, *(str(kinds[column]) for column in COLUMNS[1:]))


def unexpected(name: str, reports: Sequence[Report], internals: Internals) -> list[tuple[str, str]]:
    """Return names and messages of failures that internals do not explain."""
    return [
        (test_name(report), report["message"].splitlines()[0][:SHOWN] if report["message"] else "")
        for report in reports
        if kind_of(report, internals) == "other failures"
    ]


def kind_of(report: Report, internals: Internals) -> str:
    """Return the column that a test counts in."""
    if report["outcome"] != "failed":
        return report["outcome"]
    return "internals" if test_name(report) in internals else "other failures"


def test_name(report: Report) -> str:
    """Return a test's name, below ``theano``."""
    return report["test"].removeprefix("theano/")
