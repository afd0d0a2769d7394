"""The results of epochs as files for TensorBoard, written by TensorBoard's own package.

That package, but not TensorFlow, must be installed: ``pip install "lenet[tensorboard]"``.
"""

import os
from types import TracebackType
from typing import TYPE_CHECKING

from lenet.command_line import CommandError

if TYPE_CHECKING:
    from lenet.training import EpochResult

TAGS = {
    "cost": "cost/training",
    "validation_cost": "cost/validation",
    "training_error": "error/training",
    "validation_error": "error/validation",
    "test_error": "error/test",
    "learning_rate": "schedule/learning_rate",
    "momentum": "schedule/momentum",
    "seconds": "speed/seconds",
    "images_per_second": "speed/images_per_second",
}
"""Attributes of `EpochResult`, each with its name in TensorBoard, where those with one prefix are together."""


class EventWriterError(CommandError):
    """TensorBoard's package is missing, or too old."""


class EventWriter:
    """Writes results into a folder that ``tensorboard --logdir`` shows, each at once.

    A context manager, which closes the file.

    Parameters
    ----------
    folder : path-like
        Made if need be; each writer begins a file of its own in it.

    Raises
    ------
    EventWriterError
        If the package ``tensorboard`` is not installed.
    OSError
        If the folder cannot be written.
    """

    def __init__(self, folder: str | os.PathLike) -> None:
        try:
            from tensorboard.summary import Writer
        except ImportError as error:
            raise EventWriterError(
                f'TensorBoard\'s files need its package ({error}): pip install "lenet[tensorboard]"'
            ) from error
        os.makedirs(folder, exist_ok=True)
        self._writer = Writer(os.fspath(folder))

    def write(self, result: "EpochResult") -> None:
        """Write the numbers of an epoch; what was not measured is left out."""
        for name, tag in TAGS.items():
            value = getattr(result, name)
            if value is not None:
                self._writer.add_scalar(tag, value, result.epoch)
        self._writer.flush()

    def close(self) -> None:
        """Close the file."""
        self._writer.close()

    def __enter__(self) -> "EventWriter":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()
