"""Functions that Matplotlib has dropped."""

from contextlib import suppress
from importlib import import_module
from typing import Any

import matplotlib

from lenet.theano_compat.arguments import called_otherwise, without
from lenet.theano_compat.old_names import matplotlib_artists


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


def bivariate_normal(
    X: Any,
    Y: Any,
    sigmax: float = 1.0,
    sigmay: float = 1.0,
    mux: float = 0.0,
    muy: float = 0.0,
    sigmaxy: float = 0.0,
) -> Any:
    """Return the density of two normal numbers, by standard deviations and covariance."""
    import numpy as np
    from scipy.stats import multivariate_normal

    covariance = [[sigmax**2, sigmaxy], [sigmaxy, sigmay**2]]
    return multivariate_normal([mux, muy], covariance).pdf(np.stack(np.broadcast_arrays(X, Y), -1))


def prctile(x: Any, p: Any = (0.0, 25.0, 50.0, 75.0, 100.0)) -> Any:
    """Return percentiles."""
    import numpy as np

    return np.percentile(x, p)


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
    pyplot.boxplot = called_otherwise(pyplot.boxplot, labels="tick_labels")
    pyplot.grid = called_otherwise(pyplot.grid, b="visible")
    pyplot.stem = without(pyplot.stem, "use_line_collection")
    for name in ("title", "xlabel", "ylabel"):
        label = "label" if name == "title" else name
        setattr(pyplot, name, called_otherwise(getattr(pyplot, name), s=label))
    pyplot.gca = lambda **options: pyplot.gcf().gca(**options)
    pyplot.spectral = lambda: pyplot.set_cmap("spectral")
    give_styles()
    reload_library = style.reload_library

    def reload() -> None:
        """Read the styles again."""
        reload_library()
        give_styles()

    style.reload_library = reload


def give_styles() -> None:
    """Give the styles of seaborn the names without a version."""
    from matplotlib import style

    for name in [each for each in style.library if each.startswith("seaborn-v0_8")]:
        style.library[name.replace("-v0_8", "")] = style.library[name]


def take_warnings() -> None:
    """Let ``matplotlib.use`` be told not to warn, and settings be old ones."""
    matplotlib_artists.take_settings()
    choose = matplotlib.use

    def use(backend: str, warn: bool = True, force: bool = True) -> None:
        choose(backend, force=force)

    matplotlib.use = use
