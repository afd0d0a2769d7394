"""Samples of what is too much to be looked at as a whole."""

import numpy as np


def evenly(n: int, most: int) -> np.ndarray:
    """Return the places of at most so many of `n` things, evenly spaced."""
    return np.arange(n) if n <= most else np.linspace(0, n - 1, most).astype(int)
