"""Programs that ask cuDNN by name: ``theano.sandbox.cuda.dnn`` and ``theano.gpuarray.dnn``."""

import importlib

import numpy as np
import pytest
import scipy.signal
import scipy.special

RNG = np.random.default_rng(5)
IMAGES = RNG.standard_normal((2, 3, 6, 7))
FILTERS = RNG.standard_normal((4, 3, 3, 2))


@pytest.fixture(params=["theano.sandbox.cuda.dnn", "theano.gpuarray.dnn"])
def dnn(theano, request):
    return importlib.import_module(request.param)


@pytest.fixture
def evaluate(theano):
    def run(*expressions):
        return theano.function([], list(expressions), mode="FAST_COMPILE")()

    return run


def test_cudnn_is_not_available(dnn):
    assert dnn.dnn_available() is False
    with pytest.raises(RuntimeError, match="cuDNN has no version here"):
        dnn.version()


@pytest.mark.parametrize("mode", ["conv", "cross"])
def test_convolution(dnn, evaluate, mode):
    operation = scipy.signal.convolve2d if mode == "conv" else scipy.signal.correlate2d
    expected = [
        [
            sum(operation(x, w, "valid") for x, w in zip(image, kernel, strict=True))
            for kernel in FILTERS
        ]
        for image in IMAGES
    ]
    (found,) = evaluate(dnn.dnn_conv(IMAGES, FILTERS, conv_mode=mode, algo="none", precision=None))
    np.testing.assert_allclose(found, expected)


def test_unknown_kind_of_convolution(dnn):
    with pytest.raises(ValueError, match="conv_mode is 'corr', expected 'conv' or 'cross'"):
        dnn.dnn_conv(IMAGES, FILTERS, conv_mode="corr")


def test_gradients_are_those_of_the_convolution(theano, dnn, evaluate):
    options = {"border_mode": (1, 0), "subsample": (2, 1), "conv_mode": "cross"}
    x, w = (theano.tensor.as_tensor_variable(each) for each in (IMAGES, FILTERS))
    output = dnn.dnn_conv(x, w, **options)
    weight = RNG.standard_normal(output.type.shape)
    expected = theano.grad((output * weight).sum(), [x, w])
    found = (
        dnn.dnn_gradinput(w, weight, x.shape, **options),
        dnn.dnn_gradweight(x, weight, w.shape, **options),
    )
    for one, other in zip(evaluate(*found), evaluate(*expected), strict=True):
        np.testing.assert_allclose(one, other)


def test_operations_with_a_description(theano, dnn, evaluate):
    options = {"border_mode": "full", "subsample": (2, 2), "conv_mode": "conv"}
    description = dnn.GpuDnnConvDesc(**options)(IMAGES.shape, FILTERS.shape)
    (output,) = evaluate(dnn.dnn_conv(IMAGES, FILTERS, **options))
    x, w, y = (theano.tensor.as_tensor_variable(each) for each in (IMAGES, FILTERS, output))
    for operation, arguments, plain in [
        (dnn.GpuDnnConv(), (x, w, y), y),
        (dnn.GpuDnnConvGradI(), (w, y, x), dnn.dnn_gradinput(w, y, x.shape, **options)),
        (dnn.GpuDnnConvGradW(), (x, y, w), dnn.dnn_gradweight(x, y, w.shape, **options)),
    ]:
        found, blended, expected = evaluate(
            operation(*arguments, description),
            operation(*arguments, description, alpha=2.0, beta=0.5),
            plain,
        )
        np.testing.assert_allclose(found, expected)
        np.testing.assert_allclose(blended, 2 * expected + 0.5 * arguments[2].data)


def test_pooling(dnn, evaluate):
    windows = IMAGES[:, :, :6, :6].reshape(2, 3, 3, 2, 3, 2)
    for mode, expected in [
        ("max", windows.max(axis=(3, 5))),
        ("average", windows.mean(axis=(3, 5))),
        ("sum", windows.sum(axis=(3, 5))),
    ]:
        (found,) = evaluate(dnn.dnn_pool(IMAGES, (2, 2), (2, 2), mode=mode))
        np.testing.assert_allclose(found, expected)
    (moved_by_one,) = evaluate(dnn.dnn_pool(IMAGES, (2, 2)))
    assert moved_by_one.shape == (2, 3, 5, 6)


def test_softmax(dnn, evaluate):
    for mode, axes in [("channel", 1), ("instance", (1, 2, 3))]:
        (found,) = evaluate(dnn.GpuDnnSoftmax("accurate", mode)(IMAGES))
        np.testing.assert_allclose(found, scipy.special.softmax(IMAGES, axis=axes))


def test_batch_normalization(dnn, evaluate):
    gamma, beta = np.full((1, 3, 1, 1), 2.0), np.full((1, 3, 1, 1), -1.0)
    mean, var = (f(axis=(0, 2, 3), keepdims=True) for f in (IMAGES.mean, IMAGES.var))
    expected = (IMAGES - mean) / np.sqrt(var + 1e-4) * gamma + beta
    trained = dnn.dnn_batch_normalization_train(IMAGES, gamma, beta, mode="spatial")
    tested = dnn.dnn_batch_normalization_test(IMAGES, gamma, beta, mean, var, mode="spatial")
    for found in evaluate(trained[0], tested):
        np.testing.assert_allclose(found, expected)


def test_types_of_the_gpu_are_there_for_isinstance(theano):
    cuda = importlib.import_module("theano.sandbox.cuda")
    basic_ops = importlib.import_module("theano.sandbox.cuda.basic_ops")
    x = theano.tensor.matrix()
    assert not isinstance(x.type, cuda.CudaNdarrayType)
    assert not isinstance(theano.tensor.exp(x).owner.op, basic_ops.HostFromGpu)
    with pytest.raises(NotImplementedError, match="CudaNdarrayType: there is no GPU code"):
        cuda.CudaNdarrayType((False, False))
    assert cuda.use.device_number is None


def test_a_program_that_asks_for_a_gpu_hears_that_cudnn_is_there(run_script):
    text = """\
import theano
from theano import gpuarray
from theano.gpuarray import dnn
x, w = theano.tensor.ones((1, 1, 3, 3)), theano.tensor.ones((1, 1, 2, 2))
y = dnn.dnn_conv(x, w).eval(mode="FAST_COMPILE")
print(gpuarray.pygpu_activated, dnn.dnn_present(), theano.config.device, y.ravel())
"""
    done = run_script(text, THEANO_FLAGS="device=cuda0")
    assert done.stdout == "True True cpu [4. 4. 4. 4.]\n"
    assert "runs on the CPU" in done.stderr
    assert run_script(text).stdout.startswith("False False cpu")
