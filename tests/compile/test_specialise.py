"""Functions that are compiled anew for the sizes that they are used for."""

import pickle

import numpy as np
import pytensor
import pytensor.tensor as pt
import pytest

from lenet.compile import specialise
from lenet.compile.backends import c_mode
from lenet.compile.specialise import MAX_VERSIONS, MIN_CALLS, SpecialisingVM
from lenet.nnet import conv2d, pool_2d, relu
from lenet.nnet.kernels import library
from lenet.nnet.kernels.library import KernelError
from lenet.nnet.ops.conv import ConvOp
from lenet.nnet.ops.fused_conv import FusedConv, FusedConvGradWeights

MODE = c_mode()
GENERAL = MODE.excluding("lenet_shape_specialisation")


@pytest.fixture(autouse=True)
def few_calls(monkeypatch):
    monkeypatch.setattr(specialise, "MIN_CALLS", 3)


def values(*shape, seed=0):
    return np.random.default_rng(seed).standard_normal(shape)


def classifier(mode, **options):
    """Compile a training step for images and filters of any size; return it and its filters."""
    x, filters = pt.dtensor4("x"), pytensor.shared(values(4, 2, 3, 3), name="filters")
    bias = pytensor.shared(values(4, seed=1), name="bias")
    pooled = pool_2d(conv2d(x, filters), (2, 2), ignore_border=True)
    cost = relu(pooled + bias.dimshuffle("x", 0, "x", "x")).mean()
    updates = [(p, p - 0.1 * pytensor.grad(cost, p)) for p in (filters, bias)]
    return pytensor.function([x], cost, updates=updates, mode=mode, **options), filters


def forward(mode=MODE):
    """Compile a convolution of any images and filters, both arguments."""
    x, filters = pt.dtensor4("x"), pt.dtensor4("filters")
    return pytensor.function([x, filters], conv2d(x, filters), mode=mode)


def ops(function):
    """Return the classes of the Ops that the last call ran."""
    return {type(node.op) for node in function.vm.nodes}


def test_training_goes_on_with_fused_kernels():
    (train, filters), (expected, expected_filters) = classifier(MODE), classifier(GENERAL)
    for call in range(6):
        images = values(5, 2, 12, 11, seed=call)
        np.testing.assert_allclose(train(images), expected(images), rtol=1e-12)
        fused = {FusedConv, FusedConvGradWeights} <= ops(train)
        assert fused == (call >= 2)
        assert fused != any(issubclass(op, ConvOp) for op in ops(train))
    np.testing.assert_allclose(filters.get_value(), expected_filters.get_value(), rtol=1e-12)


def test_many_calls_are_needed_unless_told_otherwise():
    assert MIN_CALLS >= 10


def test_the_size_of_the_batch_may_change():
    train, _ = classifier(MODE)
    for batch in (5, 5, 5, 2, 7):
        train(values(batch, 2, 12, 11))
    assert len(train.vm.versions) == 1
    assert FusedConv in ops(train)


def test_other_sizes_run_as_before():
    x, filters = pt.dtensor4(), pytensor.shared(values(4, 2, 3, 3))
    convolve = pytensor.function([x], conv2d(x, filters), mode=MODE)
    for _ in range(3):
        convolve(values(5, 2, 8, 8))
    assert convolve(values(5, 2, 9, 8)).shape == (5, 4, 7, 6)
    assert FusedConv not in ops(convolve)
    filters.set_value(values(6, 2, 2, 2))
    assert convolve(values(5, 2, 8, 8)).shape == (5, 6, 7, 7)
    assert FusedConv not in ops(convolve)
    filters.set_value(values(4, 2, 3, 3))
    assert convolve(values(5, 2, 8, 8)).shape == (5, 4, 6, 6)
    assert FusedConv in ops(convolve)


def test_filters_that_are_passed_are_known_whole():
    convolve, general = forward(), forward(GENERAL)
    for maps in (3, 3, 3, 5, 3):
        arguments = values(2, 3, 7, 8), values(maps, 3, 3, 3)
        np.testing.assert_allclose(
            convolve(*arguments), general(*arguments), rtol=1e-12, atol=1e-12
        )
    assert FusedConv in ops(convolve)
    assert len(convolve.vm.versions) == 1


def test_versions_are_few():
    convolve = forward()
    for rows in range(3, 3 + MAX_VERSIONS + 2):
        for _ in range(4):
            convolve(values(2, 1, rows, 4), values(1, 1, 3, 3))
    assert len(convolve.vm.versions) == MAX_VERSIONS
    assert FusedConv not in ops(convolve)


def test_counts_are_forgotten(monkeypatch):
    monkeypatch.setattr(specialise, "MAX_COUNTS", 2)
    convolve = forward()
    for rows in (3, 4, 5, 3, 4, 5, 3, 4, 5):
        convolve(values(2, 1, rows, 4), values(1, 1, 3, 3))
    assert not convolve.vm.versions
    assert len(convolve.vm.calls) <= 2


def test_intermediate_results_are_given_back():
    train, _ = classifier(MODE)
    for _ in range(3):
        train(values(5, 2, 12, 11))
    general = train.vm.general
    (convolved,) = [n.outputs[0] for n in general.nodes if str(n.op).startswith("Conv2d")]
    assert general.storage_map[convolved] == [None]
    assert train(values(5, 2, 12, 10)) is not None


def test_sizes_that_depend_on_values_make_no_difference(monkeypatch):
    x, filters, rows = pt.dtensor4(), pytensor.shared(values(4, 2, 3, 3)), pt.lscalar()
    images = x[:, :, :rows, :].reshape((2, 2, rows, rows))
    convolve = pytensor.function([x, rows], conv2d(images, filters), mode=MODE)
    made = []
    monkeypatch.setattr(specialise, "FunctionMaker", lambda *_, **__: made.append(1))
    results = [convolve(values(2, 2, 9, 5), 5) for _ in range(5)]
    np.testing.assert_array_equal(results[0], results[4])
    assert not made
    assert not convolve.vm.versions
    assert not convolve.vm.may_grow


@pytest.mark.parametrize(
    ("shape", "mode"),
    [((None, 2, 8, 8), MODE), ((None,) * 4, GENERAL)],
    ids=["known from the start", "excluded"],
)
def test_other_functions_are_left_alone(shape, mode):
    x = pt.tensor(shape=shape, dtype="float64")
    filters = pytensor.shared(values(4, 2, 3, 3), shape=(4, 2, 3, 3))
    function = pytensor.function([x], conv2d(x, filters), mode=mode)
    assert type(function.vm).__name__ == "CVM"


def test_a_profile_shows_one_graph():
    train, _ = classifier(MODE, profile=True)
    for _ in range(4):
        train(values(5, 2, 12, 11))
    assert not isinstance(train.vm, SpecialisingVM)
    assert train.profile.fct_callcount == 4


def test_what_cannot_be_compiled_keeps_its_kernels(monkeypatch):
    def refuse(*_, **__):
        raise RuntimeError("no room left")

    train, _ = classifier(MODE, name="train")
    monkeypatch.setattr(specialise, "LargeGraphMaker", refuse)
    costs = [train(values(5, 2, 12, 11)) for _ in range(2)]
    with pytest.warns(UserWarning, match=r"train keeps the kernels for any size.*no room left"):
        costs.append(train(values(5, 2, 12, 11)))
    costs.append(train(values(5, 2, 12, 11)))
    assert np.isfinite(costs).all()
    assert FusedConv not in ops(train)


@pytest.fixture
def compiler_without_memory(monkeypatch):
    """Let the compiler fail on the filter gradients of fused convolutions of 13 rows."""
    compile_kernel = library.compile_kernel

    def fail(kernel):
        if "conv_pool_grad_weights<double" in kernel.text and "ROWS = 13;" in kernel.text:
            raise KernelError("\n".join(["g++: fatal error: Killed signal"] * 110))
        return compile_kernel(kernel)

    monkeypatch.setattr(library, "compile_kernel", fail)
    monkeypatch.setattr(library, "COMPILERS", library.Compilers())
    monkeypatch.setattr(library, "LOADED", {})


def step(mode, profile=None):
    """Compile a training step for images of 13 rows, and return it and its filters."""
    x = pt.tensor4("x", dtype="float64", shape=(None, 2, 13, 11))
    filters = pytensor.shared(values(4, 2, 3, 3), shape=(4, 2, 3, 3))
    cost = relu(pool_2d(conv2d(x, filters), (2, 2), ignore_border=True)).mean()
    updates = [(filters, filters - 0.1 * pytensor.grad(cost, filters))]
    return pytensor.function([x], cost, updates=updates, mode=mode, profile=profile), filters


@pytest.mark.parametrize("profile", [None, True])
def test_a_compiler_that_fails_leaves_the_kernels_for_any_size(compiler_without_memory, profile):
    with pytest.warns(UserWarning, match="the C.. compiler has failed on FusedConvGrad") as told:
        train, filters = step(MODE, profile)
    # The first function that is compiled may be told of a missing BLAS.
    (text,) = {str(w.message) for w in told if "compiler has failed" in str(w.message)}
    assert "FusedConvGradWeights{2x13x11, 4x2x3x3, window=(2, 2), relu}; kernels for any" in text
    assert "\n" not in text
    expected, expected_filters = step(GENERAL.excluding("lenet_fused_convolution"))
    for seed in range(4):
        images = values(5, 2, 13, 11, seed=seed)
        assert train(images) == expected(images)
    np.testing.assert_array_equal(filters.get_value(), expected_filters.get_value())
    assert not {FusedConv, FusedConvGradWeights} & ops(train)
    assert (train.profile is not None) == bool(profile)


def test_a_compiler_that_fails_on_a_version_is_one_line(compiler_without_memory):
    train, _ = classifier(MODE, name="train")
    costs = [train(values(5, 2, 13, 11)) for _ in range(2)]
    with pytest.warns(UserWarning, match="train keeps the kernels for any size") as told:
        costs.append(train(values(5, 2, 13, 11)))
    # The first function that is compiled may be told of a missing BLAS.
    (text,) = {str(w.message) for w in told if "compiler has failed" in str(w.message)}
    assert "failed on FusedConvGradWeights{2x13x11, 4x2x3x3" in text
    assert "\n" not in text
    assert np.isfinite(costs).all()


def test_errors_name_their_node():
    x, filters = pt.dtensor4(), pytensor.shared(values(4, 2, 3, 3))
    result = pt.specify_shape(conv2d(x, filters), (5, None, None, None))
    convolve = pytensor.function([x], result, mode=MODE)
    for _ in range(3):
        convolve(values(5, 2, 8, 8))
    with (
        pytensor.config.change_flags(exception_verbosity="medium"),
        pytest.raises(AssertionError, match="dim 0 of input has shape 4, expected 5") as caught,
    ):
        convolve(values(4, 2, 8, 8))
    assert "node that caused the error: SpecifyShape(FusedConv" in str(caught.value)
    assert convolve(values(5, 2, 8, 8)).shape == (5, 4, 6, 6)


def test_copies_and_pickles_do_the_same():
    convolve = forward()
    arguments = values(2, 3, 7, 8), values(4, 3, 3, 3)
    for _ in range(3):
        expected = convolve(*arguments)
    for other in (convolve.copy(), pickle.loads(pickle.dumps(convolve))):
        for _ in range(4):
            np.testing.assert_allclose(other(*arguments), expected, rtol=1e-12, atol=1e-12)


def test_convolutions_in_a_scan():
    images, filters = pt.tensor5("images"), pt.dtensor4("filters")
    results = pytensor.scan(
        lambda image, w: conv2d(image, w), images, non_sequences=filters, return_updates=False
    )
    function = pytensor.function([images, filters], results, mode=MODE)
    x, w = values(4, 2, 3, 6, 6), values(4, 3, 3, 3)
    expected = np.stack([forward(GENERAL)(image, w) for image in x])
    for _ in range(4):
        np.testing.assert_allclose(function(x, w), expected, rtol=1e-12, atol=1e-12)
