"""Arguments and methods of Matplotlib's axes that have other names today."""

from importlib import import_module
from typing import Any

from lenet.theano_compat.old_names.numpy_functions import called_otherwise


def behave_as_before() -> None:
    """Let axes be called as by Matplotlib 2."""
    axes: Any = import_module("matplotlib.axes").Axes

    for name, names in {
        "annotate": {"s": "text"},
        "bar": {"left": "x"},
        "grid": {"b": "visible"},
        "hist": {"normed": "density"},
        "__init__": {"axisbg": "facecolor", "axis_bgcolor": "facecolor"},
    }.items():
        setattr(axes, name, called_otherwise(getattr(axes, name), **names))
    axes.get_axis_bgcolor = axes.get_facecolor
    axes.set_axis_bgcolor = axes.set_facecolor
    axes.hold = lambda self, b=None: None
    axes.set_color_cycle = lambda self, clist: self.set_prop_cycle(color=clist)


def take_projections() -> None:
    """Let ``Figure.gca`` make axes of a projection."""
    figure: Any = import_module("matplotlib.figure").Figure
    figure.gca = of_projection(figure.gca)


def of_projection(gca: Any) -> Any:
    """Return ``Figure.gca``, which makes axes of a projection."""

    def axes(self: Any, **options: Any) -> Any:
        return self.add_subplot(**options) if options else gca(self)

    return axes
