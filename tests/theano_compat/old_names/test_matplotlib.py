"""A program for Matplotlib 2, in a process of its own."""

import matplotlib.colors
import matplotlib.figure
import numpy as np

from lenet.theano_compat.old_names import matplotlib_colours

PROGRAM = """
import matplotlib
matplotlib.use("Agg", warn=False)
import matplotlib.cm as cm
import matplotlib.pyplot as plt
from matplotlib import mlab
axes = plt.subplot(111, axisbg="red")
assert axes.get_axis_bgcolor() == (1, 0, 0, 1)
axes.set_axis_bgcolor("blue")
axes.set_color_cycle(["r", "b"])
plt.hold(True)
density, _, _ = plt.hist([1, 2, 2, 3], bins=3, normed=True)
print(density.round(3).tolist())
plt.bar(left=[0, 1], height=[1, 2])
plt.annotate(s="a", xy=(0, 0))
plt.grid(b=True)
plt.imshow([[1, 2]], cmap="spectral")
print(cm.spectral.N, plt.get_cmap("Vega10").N, mlab.find([0, 1]).tolist(), round(float(mlab.normpdf(0, 0, 1)), 4))
print(plt.plot_date([1, 2], [3, 4], xdate=False, ydate=True)[0].get_marker(), "spectral" in cm.cmap_d)
plt.style.core.reload_library()
plt.style.use("seaborn")
print(type(plt.figure().gca(projection="polar")).__name__)
axes = plt.gca(projection="polar")
print(type(axes).__name__, plt.gca() is axes is plt.gca(polar=True), len(plt.gcf().axes))
print(plt.gca(projection="rectilinear") is axes, len(plt.gcf().axes))
"""

OLD_ARGUMENTS = """
import io
import matplotlib
matplotlib.use("Agg")
import matplotlib.pyplot as plt
from matplotlib import mlab
from mpl_toolkits.mplot3d import Axes3D
matplotlib.rcParams["axes.color_cycle"] = ["g", "r"]
matplotlib.rcParams["text.latex.unicode"] = True
figure = plt.figure()
figure.canvas.set_window_title("a window")
first, second = plt.semilogy([1, 2], basey=2, label="a")[0], plt.plot([2, 1], hold=True)[0]
axes = plt.gca()
print(first.get_color(), axes.yaxis.get_transform().base, first.get_axes() is axes)
print(len(plt.legend().legendHandles), axes.lines.pop(0) is first, len(axes.lines))
axes.lines.remove(second)
plt.plot([1, 2]), plt.plot([1, 2])
axes.lines[:] = axes.lines[:1]
print(len(axes.lines))
axes.lines = []
print(len(axes.lines))
plt.errorbar([1], [2], yerr=[1], fmt=None)
plt.stem([1], [2], use_line_collection=True)
axes.set_aspect("normal")
plt.title(s="title"), plt.xlabel(s="x")
print(axes.get_title(), axes.get_xlabel(), axes.get_aspect())
plt.savefig(io.BytesIO(), papertype="a4", frameon=False)
print(plt.figure().add_subplot(111, projection="3d").w_zaxis.axis_name)
print(plt.pcolor([0, 1], range(3), [[1], [2], [3]]).get_array().ravel().tolist())
print(plt.pcolormesh(range(2), range(3), [[1, 2], [3, 4], [5, 6]], shading="flat").get_array().ravel().tolist())
print(plt.pcolormesh(range(2), range(2), [[1, 2], [3, 4]], shading="gouraud").get_array().size)
print(round(float(mlab.bivariate_normal(1, 2, 1, 2, 0, 0, 0.5)), 6), mlab.prctile([1, 2, 3], 50))
"""
# By its formula: exp(-(1 + 1 - 0.5) / (2 (1 - 1/16))) / (4 pi sqrt(1 - 1/16)).
OLD_ANSWERS = "g 2 True\n1 True 1\n1\n0\ntitle x auto\nz\n[1, 2]\n[1, 3]\n4\n0.036929 2.0\n"


def test_a_program_for_matplotlib_2(run_script):
    done = run_script(PROGRAM)
    assert (
        done.stdout
        == "[0.375, 0.75, 0.375]\n256 10 [1] 0.3989\no True\nPolarAxes\nPolarAxes True 1\nFalse 2\n"
    ), done.stderr


def test_a_program_with_old_arguments_of_axes_and_figures(run_script):
    done = run_script(OLD_ARGUMENTS)
    assert done.stdout == OLD_ANSWERS, done.stderr


def test_colours_may_be_columns(monkeypatch):
    for name in ("to_rgba", "to_rgba_array"):
        monkeypatch.setattr(matplotlib.colors, name, getattr(matplotlib.colors, name))
    matplotlib_colours.take_columns()
    column = np.array([[0.25], [0.5], [1.0]])
    assert matplotlib.colors.to_rgba(column) == (0.25, 0.5, 1.0, 1.0)
    axes = matplotlib.figure.Figure().add_subplot()
    (line,) = axes.plot([1, 2], c=column)
    points = axes.scatter(range(25), range(25), c=column)
    assert matplotlib.colors.to_rgba(line.get_color()) == (0.25, 0.5, 1.0, 1.0)
    assert points.get_facecolors().tolist() == [[0.25, 0.5, 1.0, 1.0]]
    by_value = axes.scatter([1, 2, 3], [1, 2, 3], c=column)
    assert by_value.get_array().tolist() == [0.25, 0.5, 1.0]
