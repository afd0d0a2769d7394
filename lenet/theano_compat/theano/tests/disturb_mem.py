"""Theano's ``theano.tests.disturb_mem``: other addresses for what comes next."""

from datetime import datetime

__all__ = ["disturb_mem"]


def disturb_mem() -> None:
    """Make and drop some objects, so that later ones lie elsewhere in memory."""
    now = datetime.now()
    kept: list[dict] = [{} for _ in range(now.microsecond % 101)]
    kept.clear()
