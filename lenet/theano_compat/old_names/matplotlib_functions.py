"""Functions that Matplotlib has dropped."""

import os
from contextlib import suppress
from datetime import datetime
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


def dist(x: Any, y: Any) -> Any:
    """Return the distance of two points."""
    import numpy as np

    return np.linalg.norm(np.subtract(x, y))


def frange(xini: float, xfin: float | None = None, delta: float = 1.0, **options: Any) -> Any:
    """Return numbers at equal distances, with the last, or without it if ``closed=0``.

    Parameters
    ----------
    xini, xfin : float
        The first number and the last, or the last alone.
    delta : float
        Their distance, unless ``npts`` tells how many there are.
    """
    import numpy as np

    first, last = (0.0, xini) if xfin is None else (xini, xfin)
    is_closed = options.get("closed", 1)
    if "npts" in options:
        return first + np.arange(options["npts"]) * (last - first) / (options["npts"] - is_closed)
    return first + np.arange(round((last - first) / delta) + is_closed) * delta


def griddata(x: Any, y: Any, z: Any, xi: Any, yi: Any, interp: str = "nn") -> Any:
    """Return values between points on a grid, masked where there are none."""
    import numpy as np
    from scipy.interpolate import griddata as interpolated

    grid = np.meshgrid(xi, yi) if np.ndim(xi) == 1 else (xi, yi)
    return np.ma.masked_invalid(interpolated((x, y), z, tuple(grid), "linear"))


def movavg(x: Any, n: int) -> Any:
    """Return the means of `n` numbers each that follow each other."""
    import numpy as np

    return np.convolve(x, np.full(n, 1 / n), mode="valid")


def is_numlike(obj: Any) -> bool:
    """Return whether something can be added to a number."""
    try:
        obj + 1
    except (TypeError, ValueError):
        return False
    return True


def is_string_like(obj: Any) -> bool:
    """Return whether something is text."""
    return isinstance(obj, str)


def is_scalar(obj: Any) -> bool:
    """Return whether something is neither text nor a sequence."""
    return not isinstance(obj, str) and not hasattr(obj, "__iter__")


def mkdirs(newdir: str, mode: int = 0o777) -> None:
    """Make a folder, with those above it, unless it is there."""
    os.makedirs(newdir, mode, exist_ok=True)


def strpdate2num(fmt: str) -> Any:
    """Return a function that makes Matplotlib's dates of text."""
    from matplotlib.dates import date2num

    return lambda text: date2num(datetime.strptime(text, fmt))


def bytespdate2num(fmt: str, encoding: str = "utf-8") -> Any:
    """Return a function that makes Matplotlib's dates of bytes, or of text."""
    of_text = strpdate2num(fmt)
    return lambda data: of_text(data.decode(encoding) if isinstance(data, bytes) else data)


def epoch2num(e: Any) -> Any:
    """Return Matplotlib's dates of seconds since 1970."""
    import numpy as np
    from matplotlib.dates import date2num

    return np.asarray(e) / 86400 + date2num(datetime(1970, 1, 1))


def num2epoch(d: Any) -> Any:
    """Return the seconds since 1970 of Matplotlib's dates."""
    import numpy as np

    return (np.asarray(d) - epoch2num(0)) * 86400


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
    pyplot.plot_date = lambda *arguments, **options: pyplot.gca().plot_date(*arguments, **options)
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
