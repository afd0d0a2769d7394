"""Theano's ``theano.tests.disturb_mem``: tests that a result does not depend on addresses."""

from datetime import datetime

__all__ = ["disturb_mem"]


def disturb_mem() -> None:
    """Make and drop objects, as many as the time says, so that later ones lie elsewhere."""
    now = datetime.now()
    kept: list[dict] = [{} for _ in range(now.microsecond % 101)]
    kept.clear()
