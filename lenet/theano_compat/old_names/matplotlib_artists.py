"""Methods and arguments of figures, legends and axes before Matplotlib 3."""

from collections.abc import Callable
from functools import wraps
from importlib import import_module
from operator import attrgetter
from typing import Any

import numpy as np

from lenet.theano_compat.arguments import called_otherwise, without
from lenet.theano_compat.old_names.sklearn_functions import by_position

__all__ = [
    *("behave_as_before", "give_axes", "give_axes_of_3d", "give_handles", "give_titles"),
    *("of_backgrounds", "take_settings"),
]

# Arguments of scales, which had the axis's name in theirs.
OF_SCALES = {
    f"{old}{axis}": new
    for axis in "xy"
    for old, new in {
        "base": "base",
        "linscale": "linscale",
        "linthresh": "linthresh",
        "nonpos": "nonpositive",
        "subs": "subs",
    }.items()
}
# What draws, and was told whether what is drawn already is kept.
DRAWS = (
    "bar boxplot contour contourf errorbar fill hist imshow pcolor pcolormesh plot quiver scatter"
)
LISTS = ("artists", "collections", "images", "lines", "patches", "tables", "texts")
# Settings that are gone, and change nothing of a picture today.
GONE = {"axes.hold", "legend.isaxes", "savefig.frameon", "text.latex.preview", "text.latex.unicode"}


class Lists:
    """Lists of artists, whose axes draw what they hold."""

    def pop(self: Any, index: int = -1) -> Any:
        """Return an artist that is drawn no more."""
        artist = self[index]
        artist.remove()
        return artist

    def remove(self: Any, artist: Any) -> None:
        """Draw an artist no more."""
        artist.remove()

    def __delitem__(self: Any, index: Any) -> None:
        for artist in self[index] if isinstance(index, slice) else [self[index]]:
            artist.remove()

    def __setitem__(self: Any, index: slice, artists: Any) -> None:
        kept = list(artists)
        for artist in self[index]:
            if artist not in kept:
                artist.remove()


def settable(artists: property) -> property:
    """Return a list of artists of axes that may be replaced by one with fewer."""
    return property(
        artists.fget, lambda self, kept: artists.__get__(self).__setitem__(slice(None), kept)
    )


def of_backgrounds(save: Callable[..., Any]) -> Callable[..., Any]:
    """Return ``Figure.savefig`` with `frameon`; paper and quality change nothing."""

    @wraps(save)
    def saved(self: Any, *arguments: Any, frameon: bool | None = None, **options: Any) -> Any:
        if frameon is False:
            options["facecolor"] = "none"
        return save(self, *arguments, **options)

    return without(saved, "papertype", "quality")


def without_none(errorbar: Callable[..., Any]) -> Callable[..., Any]:
    """Return ``errorbar`` that takes no format for no line."""

    @wraps(errorbar)
    def drawn(*arguments: Any, **options: Any) -> Any:
        if options.get("fmt", "") is None:
            options["fmt"] = "none"
        return errorbar(*arguments, **options)

    return drawn


def with_corners(draw: Callable[..., Any]) -> Callable[..., Any]:
    """Return ``pcolor`` whose coordinates are corners.

    Where there were as many colours, the last rows and columns of these were left out. Matplotlib 3.3 began to take the
    coordinates for centres, and refuses them if rows alone are as many.
    """

    @wraps(draw)
    def drawn(self: Any, *arguments: Any, shading: str | None = None, **options: Any) -> Any:
        if len(arguments) == 3 and shading in (None, "flat"):
            x, y = map(np.shape, arguments[:2])
            colours = np.ma.asanyarray(arguments[2])
            if colours.ndim == 2 and len(x) in (1, 2) and len(y) in (1, 2):
                size = y[0], x[-1]
                if all(full - 1 <= n <= full for n, full in zip(colours.shape, size, strict=True)):
                    arguments = (*arguments[:2], colours[: size[0] - 1, : size[1] - 1])
        if shading is not None:
            options["shading"] = shading
        return draw(self, *arguments, **options)

    return drawn


def behave_as_before() -> None:
    """Let axes be called as by Matplotlib 2."""
    axes: Any = import_module("matplotlib.axes").Axes
    for name in ("loglog", "semilogx", "semilogy", "set_xscale", "set_yscale"):
        setattr(axes, name, called_otherwise(getattr(axes, name), **OF_SCALES))
    for name in (*DRAWS.split(), "loglog", "semilogx", "semilogy"):
        setattr(axes, name, without(getattr(axes, name), "hold"))
    axes.errorbar = without_none(axes.errorbar)
    for name in ("pcolor", "pcolormesh"):
        setattr(axes, name, with_corners(getattr(axes, name)))
    axes.hist2d = called_otherwise(axes.hist2d, normed="density")
    axes.stem = without(axes.stem, "use_line_collection")
    set_aspect = axes.set_aspect
    axes.set_aspect = lambda self, aspect, *rest, **options: set_aspect(
        self, "auto" if aspect == "normal" else aspect, *rest, **options
    )
    for name in ("__delitem__", "__setitem__", "pop", "remove"):
        setattr(axes.ArtistList, name, vars(Lists)[name])
    for name in LISTS:
        setattr(axes, name, settable(getattr(axes, name)))


def give_axes() -> None:
    """Let artists tell their axes by ``get_axes()``."""
    artist: Any = import_module("matplotlib.artist").Artist
    artist.get_axes = lambda self: self.axes


def give_handles() -> None:
    """Give legends ``legendHandles``."""
    legend: Any = import_module("matplotlib.legend").Legend
    legend.legendHandles = property(attrgetter("legend_handles"))


def give_titles() -> None:
    """Let a canvas give its window a title, if there is a window."""
    canvas: Any = import_module("matplotlib.backend_bases").FigureCanvasBase

    def set_window_title(self: Any, title: str) -> None:
        if self.manager is not None:
            self.manager.set_window_title(title)

    canvas.set_window_title = set_window_title


def give_collections() -> None:
    """Give contours ``collections``, of which they are the only one now."""
    contours: Any = import_module("matplotlib.contour").ContourSet
    if not hasattr(contours, "collections"):
        contours.collections = property(lambda self: [self])


def take_angles() -> None:
    """Let ellipses, rectangles and other patches take all arguments by their place."""
    patches = import_module("matplotlib.patches")
    for kind in [each for each in vars(patches).values() if isinstance(each, type)]:
        if kind.__module__ == patches.__name__ and "__init__" in vars(kind):
            setattr(kind, "__init__", by_position(vars(kind)["__init__"]))  # noqa: B010


def give_axes_of_3d() -> None:
    """Give axes of three dimensions ``w_xaxis`` and its like."""
    axes: Any = import_module("mpl_toolkits.mplot3d.axes3d").Axes3D
    for name in ("xaxis", "yaxis", "zaxis"):
        setattr(axes, f"w_{name}", property(attrgetter(name)))


def take_settings() -> None:
    """Let ``matplotlib.rcParams`` take colours as a list, and settings that are gone."""
    kind: Any = import_module("matplotlib").RcParams
    put = kind.__setitem__

    @wraps(put)
    def set_item(self: Any, key: str, value: Any) -> None:
        if key == "axes.color_cycle":
            from cycler import cycler

            key, value = "axes.prop_cycle", cycler(color=value)
        if key not in GONE:
            put(self, key, value)

    kind.__setitem__ = set_item
