"""Interface of what looks on while a run is trained."""

from types import TracebackType
from typing import TYPE_CHECKING, Self

from lenet.training.functions import Functions
from lenet.training.loop import Batches, EpochResult

if TYPE_CHECKING:
    from lenet.experiments.one_run import Prepared


class Watcher:
    """Observer of runs; this one does nothing.

    The thread that trains calls its methods, for each run in their order. It is entered before the first run, and
    left after the last one, however that ends.
    """

    def begin(self, run: "Prepared") -> None:
        """Take note of a run that is announced, and say what belongs there."""

    def functions(self, functions: Functions) -> Functions:
        """Return the functions, perhaps with others of the same results around them."""
        return functions

    def show(self, batches: Batches, epoch: int, steps: int) -> Batches:
        """Pass on the training batches of an epoch; see `lenet.training.loop.run_epochs`."""
        return batches

    def after_epoch(self, result: EpochResult) -> None:
        """Take note of an epoch, whose files are written."""

    def before_report(self) -> None:
        """Take note that no epoch is left."""

    def end(self, status: int) -> None:
        """Take note of the exit status of a run, whose files are written."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Let nothing of it be left."""
