"""Functions that Matplotlib has dropped."""

from typing import Any

import matplotlib


def get_cmap(name: Any = None, lut: int | None = None) -> Any:
    """Return a colour map by its name, with some number of colours."""
    default = matplotlib.rcParams["image.cmap"]
    found = (
        matplotlib.colormaps[default if name is None else name]
        if isinstance(name, str | None)
        else name
    )
    return found if lut is None else found.resampled(lut)


def hold(b: Any = None) -> None:
    """Do nothing: what is drawn has been kept, since Matplotlib 3.0."""


def register_cmap(
    name: str | None = None, cmap: Any = None, *, override_builtin: bool = False
) -> None:
    """Give a colour map a name by which it is found, its own if `name` is None.

    A name that it has already is given anew, with a warning.

    Raises
    ------
    ValueError
        If one of Matplotlib's own has the name.
    """
    matplotlib.colormaps.register(cmap, name=name, force=True)
