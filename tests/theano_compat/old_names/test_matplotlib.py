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
plt.style.use("seaborn")
print(type(plt.figure().gca(projection="polar")).__name__)
"""


def test_a_program_for_matplotlib_2(run_script):
    done = run_script(PROGRAM)
    assert done.stdout == "[0.375, 0.75, 0.375]\n256 10 [1] 0.3989\nPolarAxes\n", done.stderr


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
