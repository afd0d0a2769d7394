"""McNemar's test of runs that have been tested on the very same images."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lenet.evaluation.paired_test import PairedTest, holm, mcnemar
from lenet.report.class_metrics import error_interval
from lenet.runs.kept_predictions import KeptPredictions, kept_predictions
from lenet.runs.names import PREDICTIONS
from lenet.runs.reader import Run
from lenet.text import counted

LEVEL = 0.05  # of significance


@dataclass(frozen=True)
class AgainstFirst:
    """A run against the first of its group, on the test images of both.

    Attributes
    ----------
    first, run : Run
    test : PairedTest
        Of the two, in this order.
    p : float
        Corrected by Holm's method for the number of runs that are tested.
    """

    first: Run
    run: Run
    test: PairedTest
    p: float

    def sentence(self, names: Mapping[Path, str]) -> str:
        """Return what came of it in words."""
        first, other = names[self.first.folder], names[self.run.folder]
        n, m = self.test.only_first, self.test.only_second
        if self.p >= LEVEL:
            only = f"{counted(n, 'image')} only {first} has right against {m:,}"
            return f"no difference shown between {first} and {other}: {only}, {p_text(self.p)}"
        if n < m:
            first, other, n, m = other, first, m, n
        return (
            f"{first} is better than {other}: {counted(n, 'image')} against {m:,}, {p_text(self.p)}"
        )

    @property
    def content(self) -> dict[str, Any]:
        """The same for JSON, as seen from the run."""
        return {
            "against": str(self.first.folder),
            "both_right": self.test.both,
            "only_this_right": self.test.only_second,
            "only_other_right": self.test.only_first,
            "both_wrong": self.test.neither,
            "p": self.test.p,
            "p_holm": self.p,
        }


@dataclass(frozen=True)
class PairedRuns:
    """Kept predictions of a group of runs, and their tests against the first.

    Attributes
    ----------
    kept : dict of Path to KeptPredictions
        By the folders of runs that have some.
    tests : list of AgainstFirst
        Of those that were tested on the images of the first that has kept its predictions.
    """

    kept: dict[Path, KeptPredictions]
    tests: list[AgainstFirst]

    def interval(self, run: Run) -> tuple[float, float] | None:
        """Return the 95 % interval of a run's test error; None if it is not known."""
        found = self.kept.get(run.folder)
        return None if found is None else error_interval(found.wrong, len(found.is_right))

    def lines(self, names: Mapping[Path, str]) -> list[str]:
        """Return what the tests say, in words; nothing without any."""
        if not self.tests:
            return []
        first = self.tests[0]
        how = f"McNemar's exact test, {sum(first.test[:4]):,} test images"
        if len(self.tests) > 1:
            how += (
                f", each against {names[first.first.folder]}, which validation says is best; p by Holm's correction for "
                f"{len(self.tests)} tests"
            )
        return [f"{how}:", *(f"  {test.sentence(names)}" for test in self.tests)]


def paired_runs(runs: Sequence[Run]) -> PairedRuns:
    """Compare runs with the first of them, image by image.

    Parameters
    ----------
    runs : sequence of Run
        Of the same images, the best one first.

    Raises
    ------
    UnreadableRunError
        If a file of predictions is damaged.
    """
    found = {run.folder: kept_predictions(run) for run in runs}
    kept = {folder: each for folder, each in found.items() if each is not None}
    able = [run for run in runs if run.folder in kept]
    if not able:
        return PairedRuns(kept, [])
    first, *others = able
    same = [run for run in others if kept[run.folder].images == kept[first.folder].images]
    tests = [mcnemar(kept[first.folder].is_right, kept[run.folder].is_right) for run in same]
    corrected = holm([test.p for test in tests])
    return PairedRuns(
        kept,
        [
            AgainstFirst(first, run, test, p)
            for run, test, p in zip(same, tests, corrected, strict=True)
        ],
    )


def missing_line(paired: PairedRuns, runs: Sequence[Run], names: Mapping[Path, str]) -> str | None:
    """Return a line about runs that are not tested; None if all are."""
    if len(runs) < 2:
        return None
    without = [
        run for run in runs if run.folder not in paired.kept and run.test_error == run.test_error
    ]
    if not without or len(without) == len(runs):
        return None
    some = ", ".join(names[run.folder] for run in without[:3])
    return (
        f"not tested: {some}{' ...' if len(without) > 3 else ''}, without {PREDICTIONS} of the best epoch; "
        "lenet-train --resume RUN writes it"
    )


def p_text(p: float) -> str:
    """Return a p-value in words."""
    return "p < 0.0001" if p < 0.0001 else f"p = {p:.2g}"
