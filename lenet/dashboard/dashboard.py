"""Page of a run in progress: what looks on, and the server that shows it."""

import time
from contextlib import closing
from dataclasses import replace
from types import TracebackType
from typing import TYPE_CHECKING, Any

import numpy as np

from lenet.dashboard.answers import MOST_MISTAKES, NotedAnswers, followed_rows
from lenet.dashboard.board import (
    COMPILING,
    OVER,
    REPORTING,
    TRAINING,
    VALIDATING,
    Board,
    Now,
)
from lenet.dashboard.page_writer import dashboard_page
from lenet.dashboard.server import PageServer
from lenet.dashboard.snapshot import (
    answers_of,
    columns_of,
    description,
    ending,
    filters_of,
    images_of,
    mistakes_of,
)
from lenet.experiments.watcher import Watcher
from lenet.report import console
from lenet.terminal import FAILED, INTERRUPTED, quiet, say
from lenet.training.functions import Functions
from lenet.training.loop import Batches, EpochResult

if TYPE_CHECKING:
    from lenet.experiments.one_run import Prepared


class Dashboard(Watcher):
    """Page of runs that are trained one after the other, served while they are.

    Snapshots are made once an epoch, by the thread that trains, of the answers that validation gives anyway; a step only
    leaves its number.

    Parameters
    ----------
    port : int
        0 for one of the system's choice.

    Raises
    ------
    CommandError
        If the port cannot be had.
    """

    def __init__(self, port: int) -> None:
        self.board = Board()
        self.server = PageServer(port, *dashboard_page(), self.board)
        self.run: Prepared | None = None
        self.is_told = False
        self.content: dict[str, Any] = {}
        self.earlier: list[dict[str, Any]] = []
        self.answers: NotedAnswers | None = None
        self.followed = np.empty(0, int)

    def begin(self, run: "Prepared") -> None:
        """Say the address, once, and show the run before its first epoch."""
        if not self.is_told:
            self.is_told = True
            with quiet(False):  # nobody could guess it
                say(f"dashboard {self.server.address}")
        self.run = run
        valid = run.dataset.valid
        self.followed = followed_rows(valid.labels, run.dataset.n_classes)
        self.content = {
            **description(run),
            "epochs": columns_of(run.results),
            "best": self.best_epoch(run.results),
            "followed": images_of(valid, self.followed),
            "answers": None,
            "mistakes": None,
            "filters": filters_of(run.network),
            "ended": None,
            "earlier": list(self.earlier),
        }
        self.board.publish(self.content)
        self.board.move(Now(COMPILING, len(run.results), since=time.perf_counter()))

    def functions(self, functions: Functions) -> Functions:
        """Return the functions with one that notes what it answers in validation."""
        self.answers = NotedAnswers(functions.validate_model)
        return replace(functions, validate_model=self.answers)

    def show(self, batches: Batches, epoch: int, steps: int) -> Batches:
        """Pass on the batches of an epoch, and leave the number of the last step."""
        since = time.perf_counter()
        self.board.move(Now(TRAINING, epoch, 0, steps, since))
        with closing(batches):
            for step, batch in enumerate(batches, 1):
                yield batch  # whoever takes the next batch has made a step with this one
                self.board.now = Now(TRAINING, epoch, step, steps, since)
        self.board.move(Now(VALIDATING, epoch, steps, steps, since))

    def after_epoch(self, result: EpochResult) -> None:
        """Show an epoch, and what the validation images are taken for now."""
        run = self.run
        if run is None or self.answers is None:
            return
        predictions, confidences = self.answers.taken()
        valid = run.dataset.valid
        self.content |= {
            "epochs": columns_of(run.results),
            "best": self.best_epoch(run.results),
            "answers": answers_of(predictions, confidences, self.followed),
            "mistakes": mistakes_of(valid, predictions, confidences, MOST_MISTAKES),
            "filters": filters_of(run.network),
        }
        self.board.publish(self.content)

    def before_report(self) -> None:
        """Show that the files of the run are being written."""
        self.board.move(self.board.now._replace(phase=REPORTING))

    def end(self, status: int) -> None:
        """Show how a run has ended."""
        run = self.run
        if run is None:
            return
        ended = ending(status, run.results, run)
        self.content |= {"ended": ended}
        self.earlier.append({"name": self.content["fold"], **ended})
        self.board.publish(self.content)
        self.run = None

    def best_epoch(self, results: list[EpochResult]) -> int | None:
        """Return the number of the best epoch; None before the first."""
        return console.best_of(results).epoch if results else None

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Show that all is over, and close the server."""
        try:
            if self.run is not None:
                interrupted = kind is not None and issubclass(kind, KeyboardInterrupt)
                self.end(INTERRUPTED if interrupted else FAILED)
            self.board.move(self.board.now._replace(phase=OVER))
        finally:
            self.server.close()
