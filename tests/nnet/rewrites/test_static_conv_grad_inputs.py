"""The gradient of images that nothing was fused with."""

import numpy as np
import pytensor
import pytensor.tensor as pt
import pytest
from pytensor.compile.mode import get_mode

from lenet.nnet import conv2d, conv3d
from tests.nnet.modes import Graph, evaluate_together, in_modes
from tests.nnet.rewrites.graphs import (
    C_MODE,
    WHOLE_C_MODE,
    assert_agree,
    evaluate_plainly,
    names_of,
    rewritten,
    rewritten_and_checked,
)

IMAGE, FILTERS = (2, 6, 9, 8), (4, 6, 3, 2)
STATIC, GENERAL = "StaticConvGradInputs", "ConvGradInputs"
GEOMETRIES = {
    "valid": {},
    "half": {"border_mode": "half", "filter_flip": False},
    "full": {"border_mode": "full"},
    "asymmetric": {"border_mode": ((1, 0), (0, 2))},
    "more-than-full": {"border_mode": (4, 3)},
    "stride": {"subsample": (2, 3)},
    "dilation": {"filter_dilation": (2, 3), "border_mode": "half"},
    "groups": {"num_groups": 2},
}


def graph_of(convolve, image=(None, *IMAGE[1:]), filters=FILTERS, images=IMAGE, weights=FILTERS):
    """Return the gradient of a cost of ``convolve(x, w)`` with respect to the images.

    Their types have the shapes `image` and `filters`, their values `images` and `weights`.
    """
    rng = np.random.default_rng(1)
    x, w = (pt.tensor(shape=shape) for shape in (image, filters))
    cost = pt.sqr(convolve(x, w)).sum()
    values = [rng.normal(size=shape) for shape in (images, weights)]
    return Graph([x, w], [pytensor.grad(cost, x)], values)


def network(geometry=()):
    """Return a convolution; groups get as many channels as there are."""

    def convolve(x, w):
        options = dict(geometry)
        return conv2d(x, w[:, : 6 // options.get("num_groups", 1)], **options)

    return convolve


@pytest.mark.parametrize("filters", [FILTERS, (4, 6, 1, 1)], ids=["window", "one-tap"])
@pytest.mark.parametrize("name", GEOMETRIES)
def test_known_sizes_get_a_kernel_of_their_own(name, filters):
    graph = graph_of(network(GEOMETRIES[name]), filters=filters, weights=filters)
    names = names_of(rewritten_and_checked(graph, WHOLE_C_MODE))
    assert STATIC in names
    assert GENERAL not in names


@in_modes("c")
def test_in_c_they_are_what_the_graph_says(mode_name):
    graphs = {name: graph_of(network(GEOMETRIES[name])) for name in ("half", "stride", "groups")}
    for name, found in evaluate_together(graphs, mode_name).items():
        assert_agree(found, evaluate_plainly(graphs[name], graphs[name].values))


UNKNOWN = {
    "channels": [(None, None, 9, 8), (4, None, 3, 2)],
    "rows": [(None, 6, None, 8), FILTERS],
    "filters": [(None, *IMAGE[1:]), (4, 6, None, None)],
    "maps": [(None, *IMAGE[1:]), (None, 6, 3, 2)],
}


@pytest.mark.parametrize("name", UNKNOWN)
def test_unknown_sizes_are_left_alone(name):
    names = names_of(rewritten_and_checked(graph_of(conv2d, *UNKNOWN[name]), WHOLE_C_MODE))
    assert GENERAL in names
    assert STATIC not in names


def graph_of_sizes(image, filters, **geometry):
    return graph_of(
        lambda x, w: conv2d(x, w, **geometry), (None, *image[1:]), filters, image, filters
    )


OTHERS = {
    "long-rows": graph_of_sizes((1, 9, 3, 30), (2, 9, 1, 17)),
    "far-columns": graph_of_sizes((1, 9, 3, 50), (2, 9, 1, 3), filter_dilation=(1, 17)),
    "long-stride": graph_of_sizes((1, 9, 3, 30), (2, 9, 1, 2), subsample=(1, 9)),
    "volume": graph_of(lambda x, w: conv3d(x[:, :, None], w[:, :, None])),
}


@pytest.mark.parametrize("name", OTHERS)
def test_others_are_left_alone(name):
    assert STATIC not in names_of(rewritten_and_checked(OTHERS[name], WHOLE_C_MODE))


def test_it_can_be_excluded_by_its_name():
    names = names_of(rewritten(graph_of(conv2d), C_MODE))
    assert GENERAL in names
    assert STATIC not in names


@in_modes("jax")
def test_other_backends_never_see_it(mode_name):
    mode = get_mode(mode_name.upper()).excluding("inplace", "fusion")
    assert STATIC not in names_of(rewritten(graph_of(conv2d), mode))
