"""Errors that a user can fix, in one line: value, expectation, remedy."""

from lenet.text import shown


class LenetError(Exception):
    """Base class of errors that a user can fix; the text is one line."""


class CommandError(LenetError):
    """Error in the arguments or the circumstances of a command."""


class BackendError(LenetError, RuntimeError):
    """Backend that cannot run on this machine or in its environment."""


class CheckpointError(LenetError, ValueError):
    """File that does not hold the requested model."""


class DataError(LenetError, ValueError):
    """Missing or invalid data."""

    def __init__(self, message: str) -> None:
        # Messages of libraries and texts from hostile files may have several lines.
        super().__init__(shown(message))


class ImageError(LenetError, ValueError):
    """Image file that cannot be read: the file, the problem, the remedy."""
