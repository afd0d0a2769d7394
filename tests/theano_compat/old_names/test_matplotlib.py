"""A program for Matplotlib 2, in a process of its own."""

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
