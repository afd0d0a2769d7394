"""Colours as columns, ``rand(3, 1)``, which Matplotlib took up to version 2."""

from collections.abc import Callable
from functools import wraps
from typing import Any

import numpy as np
from matplotlib import colors

__all__ = ["take_columns"]

module: Any = colors  # whose functions are replaced, for one another, too


def of_columns(convert: Callable[..., Any]) -> Callable[..., Any]:
    """Return a function of a colour that takes three or four rows of one number."""

    @wraps(convert)
    def converted(c: Any, *arguments: Any, **options: Any) -> Any:
        if isinstance(c, np.ndarray) and c.shape in ((3, 1), (4, 1)):
            c = c[:, 0]
        return convert(c, *arguments, **options)

    return converted


def take_columns() -> None:
    """Let colours be columns."""
    for name in ("to_rgba", "to_rgba_array"):
        setattr(module, name, of_columns(getattr(module, name)))
