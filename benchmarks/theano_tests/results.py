"""What became of the tests of a file, in a row of a table."""

import tomllib
from collections import Counter
from collections.abc import Sequence
from fnmatch import fnmatchcase
from pathlib import Path

GRAPH, INTERNALS, OTHERS = "but for the graph", "internals", "other failures"
COLUMNS = ("file", "passed", "skipped", GRAPH, INTERNALS, OTHERS)
SHOWN = 200  # letters of a message

Report = dict[str, str]


class Internals:
    """Tests that look into Theano's machinery, by patterns of their names and of the messages they stop at.

    Parameters
    ----------
    patterns : mapping of str to str
        Pattern of a message, for each pattern of names.
    """

    def __init__(self, patterns: dict[str, str]) -> None:
        self.patterns = patterns

    @classmethod
    def read(cls) -> "Internals":
        """Return those of internals.toml."""
        groups = tomllib.loads(Path(__file__).with_name("internals.toml").read_text())
        return cls({test: message for tests in groups.values() for test, message in tests.items()})

    def explain(self, report: Report) -> bool:
        """Return whether a test is one of them, and fails as it has to."""
        return any(
            fnmatchcase(test_name(report), test) and fnmatchcase(first_line(report), message)
            for test, message in self.patterns.items()
        )


def row(name: str, reports: Sequence[Report], internals: Internals) -> tuple[str, ...]:
    """Return the numbers of a file's tests; one that could not be imported has a single failure."""
    kinds = Counter(kind_of(report, internals) for report in reports)
    return (name, *(str(kinds[column]) for column in COLUMNS[1:]))


def unexpected(name: str, reports: Sequence[Report], internals: Internals) -> list[tuple[str, str]]:
    """Return names and messages of failures that internals do not explain."""
    return [
        (test_name(report), first_line(report)[:SHOWN])
        for report in reports
        if kind_of(report, internals) == OTHERS
    ]


def failures_of(reports: Sequence[Report]) -> list[str]:
    """Return the names of tests that fail."""
    return [test_name(report) for report in reports if report["outcome"] == "failed"]


def joined(reports: Sequence[Report], again: Sequence[Report]) -> list[Report]:
    """Return what became of tests, where those that failed ran again without what they assert of graphs.

    Parameters
    ----------
    reports : sequence of Report
    again : sequence of Report
        Of the second run.
    """
    later = {report["test"]: report for report in again}
    result = []
    for report in reports:
        late = later.get(report["test"], report)
        passes = report["outcome"] == "failed" and late["outcome"] != "failed"
        result.append({**late, "outcome": GRAPH} if passes else late)
    return result


def kind_of(report: Report, internals: Internals) -> str:
    """Return the column that a test counts in."""
    if report["outcome"] != "failed":
        return report["outcome"]
    return INTERNALS if internals.explain(report) else OTHERS


def first_line(report: Report) -> str:
    """Return the first line of a message, or nothing."""
    return report["message"].partition("\n")[0]


def test_name(report: Report) -> str:
    """Return a test's name, below ``theano``."""
    return report["test"].removeprefix("theano/")
