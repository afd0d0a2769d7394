"""Arguments and methods of Matplotlib's axes that have other names today."""

from importlib import import_module
from typing import Any

from lenet.theano_compat.arguments import called_otherwise
from lenet.theano_compat.old_names import matplotlib_artists


def behave_as_before() -> None:
    """Let axes be called as by Matplotlib 2."""
    axes: Any = import_module("matplotlib.axes").Axes

    for name, names in {
        "annotate": {"s": "text"},
        "bar": {"left": "x"},
        "boxplot": {"labels": "tick_labels"},
        "grid": {"b": "visible"},
        "hist": {"normed": "density"},
        "__init__": {"axisbg": "facecolor", "axis_bgcolor": "facecolor"},
    }.items():
        setattr(axes, name, called_otherwise(getattr(axes, name), **names))
    matplotlib_artists.behave_as_before()
    axes.get_axis_bgcolor = axes.get_facecolor
    axes.set_axis_bgcolor = axes.set_facecolor
    if not hasattr(axes, "plot_date"):
        axes.plot_date = plot_date
    axes.hold = lambda self, b=None: None
    axes.set_color_cycle = lambda self, clist: self.set_prop_cycle(color=clist)


def plot_date(
    self: Any,
    x: Any,
    y: Any,
    fmt: str = "o",
    tz: Any = None,
    xdate: bool = True,
    ydate: bool = False,
    **options: Any,
) -> Any:
    """Draw points that have dates, along one axis or both."""
    if xdate:
        self.xaxis_date(tz)
    if ydate:
        self.yaxis_date(tz)
    return self.plot(x, y, fmt, **options)


def take_projections() -> None:
    """Let figures make axes of a projection, and be saved with old arguments."""
    figure: Any = import_module("matplotlib.figure").Figure
    figure.gca = of_projection(figure.gca)
    figure.savefig = matplotlib_artists.of_backgrounds(figure.savefig)


def of_projection(gca: Any) -> Any:
    """Return ``Figure.gca``, which makes axes of a projection unless it has them."""

    def axes(self: Any, **options: Any) -> Any:
        kind = options.get("projection", "polar" if options.get("polar") else "rectilinear")
        if options and not (self.axes and gca(self).name == kind):
            return self.add_subplot(**options)
        return gca(self)

    return axes
