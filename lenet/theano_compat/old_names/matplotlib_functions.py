"""Functions that Matplotlib has dropped."""

from contextlib import suppress
from importlib import import_module
from typing import Any

import matplotlib

from lenet.theano_compat.old_names.numpy_functions import called_otherwise


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


def ishold() -> bool:
    """Return whether what is drawn is kept, which it is."""
    return True


def find(condition: Any) -> Any:
    """Return the numbers of the elements that are true."""
    import numpy as np

    return np.flatnonzero(condition)


def normpdf(x: Any, *arguments: Any) -> Any:
    """Return the density of a normal distribution of a mean and a standard deviation."""
    from scipy.stats import norm

    return norm.pdf(x, *arguments)


# Maps of colours that have another name today, and styles.
MAPS = {"spectral": "nipy_spectral", "Vega10": "tab10", "Vega20": "tab20"}


def behave_as_before() -> None:
    """Let `pyplot` be called, and colour maps be found, as in Matplotlib 2."""
    from matplotlib import cm, style

    pyplot: Any = import_module("matplotlib.pyplot")

    for old, new in MAPS.items():
        for end in ("", "_r"):
            found = matplotlib.colormaps[new + end]
            with suppress(ValueError):  # it is there already
                matplotlib.colormaps.register(found, name=old + end)
            setattr(cm, old + end, found)
    pyplot.bar = called_otherwise(pyplot.bar, left="x")
    pyplot.annotate = called_otherwise(pyplot.annotate, s="text")
    pyplot.grid = called_otherwise(pyplot.grid, b="visible")
    pyplot.spectral = lambda: pyplot.set_cmap("spectral")
    for name in [each for each in style.library if each.startswith("seaborn-v0_8")]:
        style.library[name.replace("-v0_8", "")] = style.library[name]


def take_warnings() -> None:
    """Let ``matplotlib.use`` be told not to warn."""
    choose = matplotlib.use

    def use(backend: str, warn: bool = True, force: bool = True) -> None:
        choose(backend, force=force)

    matplotlib.use = use
