"""Pooling, windows, batch normalisation and spatial transformers as operations."""

import numpy as np
import pytest


def values(*shape, seed=0):
    return np.random.default_rng(seed).standard_normal(shape)


def pooled(x, window, stride, reduce):
    """Return windows of the last axes that lie within the array, reduced."""
    axes = len(window)
    counts = [(n - w) // s + 1 for n, w, s in zip(x.shape[-axes:], window, stride, strict=True)]
    result = np.empty((*x.shape[:-axes], *counts))
    for place in np.ndindex(*counts):
        cut = tuple(slice(p * s, p * s + w) for p, s, w in zip(place, stride, window, strict=True))
        result[(..., *place)] = reduce(x[(..., *cut)], axis=tuple(range(-axes, 0)))
    return result


@pytest.mark.parametrize(
    ("shape", "window", "stride"),
    [
        ((3, 7), (3,), (2,)),
        ((9,), (2,), (2,)),
        ((2, 5, 4, 6), (2, 2, 3), (2, 1, 3)),
        ((3, 4, 5, 4), (2, 2, 2, 3), (1, 2, 2, 1)),
    ],
)
@pytest.mark.parametrize(
    ("mode", "reduce"), [("max", np.max), ("sum", np.sum), ("average_exc_pad", np.mean)]
)
def test_any_number_of_axes_is_pooled(theano, shape, window, stride, mode, reduce):
    Pool = theano.tensor.signal.pool.Pool
    x = values(*shape)
    result = Pool(ignore_border=True, mode=mode, ndim=len(window))(x, window, stride)
    found = result.eval(mode="FAST_COMPILE")
    np.testing.assert_allclose(found, pooled(x, window, stride, reduce))


def test_pooling_is_refused(theano):
    Pool = theano.tensor.signal.pool.Pool
    with pytest.raises(ValueError, match="ndim is 0"):
        Pool(ndim=0)
    with pytest.raises(NotImplementedError, match="1 axes, expected 2 or more"):
        Pool(ndim=2)(values(3), (2, 2))
    with pytest.raises(ValueError, match="3 sizes, expected 2"):
        Pool(ndim=2)(values(3, 3), (2, 2, 2))


@pytest.mark.parametrize(
    ("mode", "window", "step"),
    [
        ("valid", (2, 2), None),
        ("valid", (3, 3), (3, 1)),
        ("half", (2, 2), (4, 1)),
        ("full", (3, 3), (4, 1)),
    ],
)
def test_windows_that_do_not_cover_images_are_a_type_error(theano, mode, window, step):
    neighbours = theano.tensor.nnet.neighbours
    x = theano.tensor.dtensor4()
    f = theano.function([x], neighbours.Images2Neibs(mode)(x, window, step), mode="FAST_COMPILE")
    with pytest.raises(TypeError, match="do not cover"):
        f(values(1, 1, 5, 5))
    with pytest.raises(TypeError):
        neighbours.images2neibs(values(1, 1, 5, 5), window, step, mode)


def test_windows_that_cover_images(theano):
    x = values(1, 2, 4, 6)
    found = theano.tensor.nnet.neighbours.images2neibs(x, (2, 3)).eval(mode="FAST_COMPILE")
    expected = [
        x[0, c, i : i + 2, j : j + 3].ravel() for c in (0, 1) for i in (0, 2) for j in (0, 3)
    ]
    np.testing.assert_array_equal(found, expected)


def test_other_errors_of_windows(theano):
    neighbours = theano.tensor.nnet.neighbours
    with pytest.raises(TypeError, match="odd"):
        neighbours.images2neibs(values(1, 1, 4, 4), (2, 2), mode="wrap_centered")
    x = theano.tensor.dtensor4()
    f = theano.function(
        [x], neighbours.images2neibs(x, (3, 3), mode="wrap_centered"), mode="FAST_COMPILE"
    )
    assert f(values(1, 1, 3, 3)).shape == (1, 9)
    with pytest.raises(TypeError, match="larger than the images"):
        f(values(1, 1, 3, 2))
    with pytest.raises(ValueError, match="neib_step"):
        neighbours.images2neibs(values(1, 1, 4, 4), (2, 2), (0, 1))
    with pytest.raises(NotImplementedError, match="mode"):
        neighbours.Images2Neibs("round")


def test_batch_normalisation(theano):
    bn, T = theano.tensor.nnet.bn, theano.tensor
    x, scale, bias, dy = (
        values(5, 3),
        values(1, 3, seed=1),
        values(1, 3, seed=2),
        values(5, 3, seed=3),
    )
    symbols = [
        T.dmatrix(),
        T.TensorType("float64", (True, False))(),
        T.TensorType("float64", (True, False))(),
    ]
    out, mean, invstd = bn.AbstractBatchNormTrain((0,))(*symbols)
    slopes = bn.AbstractBatchNormTrainGrad((0,))(symbols[0], dy, symbols[1], mean, invstd)
    by_graph = theano.grad((out * dy).sum(), symbols)
    f = theano.function(symbols, [out, *slopes, *by_graph], mode="FAST_COMPILE")
    found, *pairs = f(x, scale, bias)
    deviation = np.sqrt(x.var(0) + 1e-4)
    np.testing.assert_allclose(found, (x - x.mean(0)) / deviation * scale + bias)
    for slope, expected in zip(pairs[:3], pairs[3:], strict=True):
        np.testing.assert_allclose(slope, expected, atol=1e-10)
    inference = bn.AbstractBatchNormInference((0,))(
        x, scale, bias, np.ones((1, 3)), np.full((1, 3), 4.0)
    )
    np.testing.assert_allclose(
        inference.eval(mode="FAST_COMPILE"), (x - 1) / np.sqrt(4 + 1e-4) * scale + bias
    )


def transformed(img, theta, height, width):
    """Return images sampled at transformed places, one pixel at a time."""
    batch, channels, rows, columns = img.shape
    result = np.zeros((batch, channels, height, width))
    for n, i, j in np.ndindex(batch, height, width):
        at = [2 * j / max(width - 1, 1) - 1, 2 * i / max(height - 1, 1) - 1, 1]
        x, y = (theta[n] @ at + 1) / 2 * [columns - 1, rows - 1]
        for r in (int(np.floor(y)), int(np.floor(y)) + 1):
            for c in (int(np.floor(x)), int(np.floor(x)) + 1):
                if 0 <= r < rows and 0 <= c < columns:
                    result[n, :, i, j] += (1 - abs(y - r)) * (1 - abs(x - c)) * img[n, :, r, c]
    return result


def test_spatial_transformer(theano):
    from theano.gpuarray.dnn import dnn_spatialtf

    img = values(2, 3, 5, 4)
    theta = np.array([[[0.8, 0.3, 0.1], [-0.2, 0.9, 0.05]], [[1.3, 0, 0.4], [0, 0.5, -0.3]]])
    found = dnn_spatialtf(img, theta, scale_width=1.5, scale_height=2).eval(mode="FAST_COMPILE")
    np.testing.assert_allclose(found, transformed(img, theta, 10, 6), atol=1e-12)
    identity = np.array([[[1.0, 0, 0], [0, 1, 0]]] * 2)
    same = dnn_spatialtf(img, identity).eval(mode="FAST_COMPILE")
    np.testing.assert_allclose(same, img, atol=1e-12)
    with pytest.raises(TypeError, match="theta has 2 axes"):
        dnn_spatialtf(img, identity[0])


def test_spatial_transformer_has_gradients(theano):
    from theano.sandbox.cuda.dnn import dnn_spatialtf

    img = values(1, 1, 4, 4)
    theta = np.array([[[0.7, 0.2, 0.03], [-0.1, 0.6, 0.07]]])
    theano.tensor.verify_grad(
        lambda img, theta: dnn_spatialtf(img, theta),
        [img, theta],
        rng=np.random.default_rng(0),
        mode="FAST_COMPILE",
    )
