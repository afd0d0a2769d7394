"""Errors that a user can put right, each a line: the value, what was expected, what to do."""

from lenet.text import shown


class LenetError(Exception):
    """What the user can put right; the text is one line."""


class CommandError(LenetError):
    """What a command cannot do as it was asked."""


class BackendError(LenetError, RuntimeError):
    """A backend that this machine or its environment cannot run."""


class CheckpointError(LenetError, ValueError):
    """A file that does not hold the model that was asked for."""


class DataError(LenetError, ValueError):
    """Data that are missing or not what they should be."""

    def __init__(self, message: str) -> None:
        # What a library, or a hostile file, says of itself may have more lines.
        super().__init__(shown(message))


class ImageError(LenetError, ValueError):
    """An image file that cannot be read: the file, the problem, the remedy."""
