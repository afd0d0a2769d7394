import matplotlib.colors
import numpy as np
import pytest
from matplotlib.figure import Figure

from lenet.report import curves
from tests.picture_tools import HOSTILE, fraction, pixels


def metrics(epochs=5, start=0.8, **changes):
    values = start * 0.7 ** np.arange(epochs)
    columns = {
        "epoch": np.arange(1.0, epochs + 1),
        "cost": 3 * values,
        "training_error": values,
        "validation_cost": 3.1 * values,
        "validation_error": 1.1 * values,
        "test_error": 1.2 * values,
        "seconds": np.ones(epochs),
    }
    return {**columns, **{name: np.full(epochs, value, float) for name, value in changes.items()}}


def test_names_are_drawn_whatever_is_in_them():
    picture = pixels(curves.compare_curves({"": [(name, metrics()) for name in HOSTILE]}))
    assert picture.shape[1] == 1440
    groups = {name: [(name, metrics())] for name in HOSTILE}
    assert pixels(curves.compare_curves(groups)).shape[1] == 1440
    titled, plain = (pixels(curves.learning_curves(metrics(), title)) for title in (HOSTILE[1], ""))
    assert (titled != plain).any()


@pytest.mark.parametrize(
    "columns",
    [
        metrics(),
        metrics(1),
        metrics(200),
        metrics(validation_error=0, training_error=0, test_error=np.nan),
        metrics(cost=np.nan, validation_cost=np.inf),
        metrics(validation_error=np.nan, training_error=np.nan),
    ],
    ids=["some", "one epoch", "many", "no error", "diverged", "no number"],
)
def test_curves_of_any_run_are_a_picture(columns):
    picture = pixels(curves.learning_curves(columns, "a run"))
    assert picture.shape[:2] == (480, 1200)
    assert picture[:, :600].std() > 0.01
    assert picture[:, 600:].std() > 0.01
    several = pixels(curves.compare_curves({"": [("one", columns), ("other", metrics(3))]}))
    assert several.shape[1] == 1440
    assert several.std() > 0.01


@pytest.mark.parametrize(("n", "shape"), [(1, (420, 528)), (4, (420, 1488)), (5, (792, 1488))])
def test_errors_have_a_panel_for_each_run(n, shape):
    runs = [(f"{HOSTILE[0]} {k}", metrics(2 + 10 * k)) for k in range(n)]
    picture = pixels(curves.error_curves(runs))
    assert picture.shape[:2] == shape
    assert fraction(picture, matplotlib.colors.to_rgb(curves.RED)) > 0
    green = matplotlib.colors.to_rgb(curves.ERROR_COLOURS["test"])
    assert fraction(picture, green) > 0


def test_test_errors_are_joined_over_epochs_that_have_none():
    green = matplotlib.colors.to_rgb(curves.ERROR_COLOURS["test"])
    some = metrics(40)
    some["test_error"][1:20] = np.nan
    one = metrics(40)
    one["test_error"][:-1] = np.nan  # the best epoch is the last
    joined, single = (
        fraction(pixels(curves.error_curves([("run", columns)])), green) for columns in (some, one)
    )
    assert joined > 1.2 * single


def test_errors_that_are_no_numbers_are_not_marked():
    picture = pixels(curves.error_curves([("run", metrics(validation_error=np.nan))]))
    assert fraction(picture, matplotlib.colors.to_rgb(curves.RED)) == 0
    assert picture.std() > 0.01


def test_the_best_epoch_is_marked_where_there_is_one():
    red = matplotlib.colors.to_rgb(curves.RED)
    assert fraction(pixels(curves.learning_curves(metrics())), red) > 0
    none = pixels(curves.learning_curves(metrics(validation_error=np.nan)))
    assert fraction(none, red) == 0


def test_each_run_has_its_colour_and_the_worst_of_many_are_gray():
    runs = [(f"run {n}", metrics(start=0.1 + 0.05 * n)) for n in range(13)]
    few, many = (pixels(curves.compare_curves({"": runs[:n]})) for n in (2, 13))
    gray, third = (matplotlib.colors.to_rgb(colour) for colour in (curves.GRAY, "tab:green"))
    assert fraction(few, gray) == fraction(few, third) == 0
    assert fraction(many, gray) > 0
    assert fraction(many, third) > 0


def test_groups_have_axes_of_their_own_one_below_the_other():
    few, many = ([(f"run {k}", metrics(start=0.1 + 0.05 * k)) for k in range(n)] for n in (2, 13))
    one, other = (pixels(curves.compare_curves({"a name": runs})) for runs in (few, many))
    both = pixels(curves.compare_curves({"mnist": few, "photos": many}))
    titles = 2 * 48
    assert both.shape[0] == one.shape[0] + other.shape[0] + titles
    gray = matplotlib.colors.to_rgb(curves.GRAY)
    top, bottom = np.split(both, [one.shape[0] + titles // 2])
    assert fraction(top, gray) == 0
    assert fraction(bottom, gray) > 0


def axes_of(*values):
    """Return axes scaled to errors, and the places of some, as shares of the axis' height."""
    axes = Figure().subplots()
    curves._scale_errors(axes, np.array(values))
    return axes, lambda *errors: [
        axes.transAxes.inverted().transform(axes.transData.transform((0, error)))[1]
        for error in errors
    ]


def test_one_percent_is_as_far_from_two_as_ten_from_twenty():
    _, places = axes_of(0.5, 90)
    one, two, ten, twenty = places(1, 2, 10, 20)
    assert two - one == pytest.approx(twenty - ten)
    assert two - one > 0.1


@pytest.mark.parametrize("values", [(0.0, 0.34, 60), (0.0, 5), (0.0, 0.0, 100)])
def test_an_error_of_zero_is_below_all_others(values):
    axes, places = axes_of(*values)
    zero, *others = places(*sorted(set(values)))
    assert 0 < zero < min(others) - 0.05
    assert max(others) < 1
    assert axes.get_yticks()[0] == 0


@pytest.mark.parametrize(
    ("low", "high", "ticks"),
    [
        (0.4, 60, [0.5, 1, 2, 5, 10, 20, 50]),
        (22, 27, [20, 22.5, 25, 27.5, 30]),
        (20, 45, [20, 30, 40, 50]),
        (1e-3, 90, None),
        (7, 7, None),
    ],
)
def test_the_ticks_of_errors_are_several_round_numbers(low, high, ticks):
    found = curves.error_ticks(low, high)
    assert found == sorted(set(found))
    assert 3 <= len(found) <= 18
    assert low / 1.16 <= found[0]
    assert found[-1] <= 1.16 * high
    assert ticks is None or found == ticks


@pytest.mark.parametrize("values", [(), (np.nan, np.nan), (0.0, 0.0), (np.inf,)])
def test_without_an_error_above_zero_the_scale_is_linear(values):
    axes, _ = axes_of(*values)
    assert (axes.get_yscale(), axes.get_ylim()) == ("linear", (0, 1))
