from functools import cache

import numpy as np
import pytensor
import pytensor.tensor as pt
import pytest

from lenet.nnet import pool_2d, pool_3d
from lenet.nnet.geometry import spatial_shape
from lenet.nnet.ops.pool import MaxPoolGrad, MaxPoolTangent, Pool, PoolGrad
from tests.nnet.modes import MODES, in_modes


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"ws": None}, ValueError, "give the window as ws, 2 positive integers"),
        ({"ws": (2, 0)}, ValueError, r"invalid ws \(2, 0\): expected 2 integers of at least 1"),
        ({"ws": (2, 2, 2)}, ValueError, "invalid ws"),
        ({"ws": (2, 1.5)}, ValueError, "invalid ws"),
        ({"ws": "ab"}, ValueError, "invalid ws 'ab'"),
        ({"stride": (0, 1)}, ValueError, r"invalid stride \(0, 1\)"),
        ({"pad": (-1, 0)}, ValueError, r"invalid pad \(-1, 0\): .* at least 0"),
        ({"pad": (2, 0)}, NotImplementedError, r"pad=\(2, 0\) must be smaller than"),
        (
            {"pad": (1, 0), "ignore_border": False},
            NotImplementedError,
            r"pad=\(1, 0\) works only with ignore_border=True",
        ),
        ({"mode": "mean"}, ValueError, "invalid pooling mode 'mean': expected one of max, sum"),
        ({"ds": (2, 2)}, ValueError, "give ws or its deprecated name ds, not both"),
        ({"stride": (1, 1), "st": (1, 1)}, ValueError, "deprecated name st"),
        ({"pad": (1, 1), "padding": (1, 1)}, ValueError, "deprecated name padding"),
        ({"ws": (6, 2)}, ValueError, r"image of \(5, 7\) is smaller than the window \(6, 2\)"),
    ],
    ids=lambda value: str(value) if isinstance(value, dict) else "",
)
def test_a_wrong_argument_is_named(arguments, error, message):
    image = pt.tensor("x", shape=(1, 2, 5, 7))
    with pytest.raises(error, match=message):
        pool_2d(image, **{"ws": (2, 2), "ignore_border": True, **arguments})


@pytest.mark.parametrize(
    ("operator", "image", "message"),
    [
        (pool_2d, pt.vector(), "got 1 axes, expected 2 or more"),
        (pool_3d, pt.matrix(), "got 2 axes, expected 3 or more"),
        (pool_2d, pt.zmatrix(), "cannot pool complex128"),
    ],
    ids=["vector", "matrix", "complex"],
)
def test_a_wrong_type_is_named(operator, image, message):
    with pytest.raises(TypeError, match=message):
        operator(image, 2, ignore_border=True)


WRONG_SHAPES = {
    "image-smaller-than-window": (
        lambda x, y, z: Pool((2, 3), True)(x),
        [(1, 5, 2), (1, 2, 1), (1, 5, 2)],
    ),
    "empty-image": (lambda x, y, z: Pool((2, 3), True)(x), [(1, 0, 6), (1, 0, 2), (1, 0, 6)]),
    "nothing-but-padding": (
        lambda x, y, z: Pool((2, 3), True, (1, 1), (1, 1), "average_inc_pad")(x),
        [(1, 0, 6), (1, 1, 6), (1, 0, 6)],
    ),
    "gradient-of-sum": (
        lambda x, y, z: PoolGrad((2, 3), True, mode="sum")(y, *spatial_shape(z, 1)),
        [(1, 4, 6), (1, 2, 3), (1, 4, 6)],
    ),
    "gradient-of-maximum": (
        lambda x, y, z: MaxPoolGrad((2, 3), True)(x, z, y),
        [(1, 4, 6), (1, 2, 3), (1, 2, 2)],
    ),
    "maximum": (
        lambda x, y, z: MaxPoolGrad((2, 3), True)(x, y, z),
        [(1, 4, 6), (2, 2, 2), (1, 2, 2)],
    ),
    "maximum-of-tangent": (
        lambda x, y, z: MaxPoolTangent((2, 3), True)(x, y, z),
        [(1, 4, 6), (1, 1, 2), (1, 4, 6)],
    ),
    "tangent": (
        lambda x, y, z: MaxPoolTangent((2, 3), True)(x, y, z),
        [(1, 4, 6), (1, 2, 2), (1, 4, 5)],
    ),
}


@cache
def functions_without_known_sizes(mode_name):
    inputs = [pt.tensor3(name, dtype="float64") for name in "xyz"]
    return {
        name: pytensor.function(
            inputs, build(*inputs), mode=MODES[mode_name], on_unused_input="ignore"
        )
        for name, (build, _) in WRONG_SHAPES.items()
    }


@in_modes("c", "python", "jax", "numba")
@pytest.mark.parametrize("name", WRONG_SHAPES)
def test_wrong_shapes_are_refused_when_the_graph_runs(name, mode_name):
    function = functions_without_known_sizes(mode_name)[name]
    with pytest.raises(ValueError, match=r"pool|Pool"):
        function(*(np.ones(shape) for shape in WRONG_SHAPES[name][1]))


@pytest.mark.parametrize("name", WRONG_SHAPES)
def test_wrong_shapes_are_refused_when_the_graph_is_built(name):
    build, shapes = WRONG_SHAPES[name]
    x, y, z = (pt.as_tensor_variable(np.ones(shape)) for shape in shapes)
    with pytest.raises(ValueError, match="Pool"):
        build(x, y, z)


@pytest.mark.parametrize(
    ("old", "new", "value"),
    [("ds", "ws", (2, 3)), ("st", "stride", (1, 2)), ("padding", "pad", (1, 0))],
    ids=["ds", "st", "padding"],
)
def test_old_names_still_work(old, new, value):
    arguments = {"ws": (2, 3), "ignore_border": True, new: value}
    expected = pool_2d(pt.tensor4(), **arguments).owner.op
    arguments[old] = arguments.pop(new)
    with pytest.warns(DeprecationWarning, match=f"{old} is deprecated, use {new}") as warned:
        output = pool_2d(pt.tensor4(), **arguments)
    assert output.owner.op == expected
    assert warned[0].filename == __file__


@pytest.mark.parametrize("operator", [pool_2d, pool_3d])
def test_a_border_that_nobody_spoke_of_is_kept_with_a_warning(operator):
    with pytest.warns(UserWarning, match="ignore_border is not given") as warned:
        output = operator(pt.tensor(shape=(5, 5, 5)), 2)
    assert output.type.shape[1:] == (3, 3)
    assert warned[0].filename == __file__
