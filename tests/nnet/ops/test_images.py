"""Images altered in C, against NumPy to the byte, and NumPy against SciPy and plain loops."""

import numpy as np
import pytensor
import pytensor.tensor as pt
import pytest
from scipy import ndimage

from lenet.nnet.ops.images import INPUTS, AlterImages
from tests.nnet.modes import MISSING, MODES, Graph

# Number of images, channels, rows, columns, and what is done: bends, background, noise.
CASES = {
    "plain": ((5, 3, 8, 9), ""),
    "one pixel": ((4, 1, 1, 1), "bends background noise"),
    "one row": ((3, 2, 1, 7), "bends noise"),
    "wide": ((3, 1, 3, 70), "background"),
    "rows taken several at a time": ((2, 1, 40, 70), "bends noise"),
    "rows taken one by one": ((1, 2, 3, 1500), ""),
    "everything": ((6, 3, 17, 33), "bends background noise"),
    "no image": ((0, 3, 4, 5), ""),
}


def arrays_of(case):
    """Return inputs that look far beyond the images, and reach black and white."""
    (n, channels, rows, columns), options = CASES[case]
    rng = np.random.default_rng(rows * columns)
    angles, scales = rng.uniform(-3, 3, n), rng.uniform(0.1, 3, n)
    sines, cosines = scales * np.sin(angles), scales * np.cos(angles)
    places = rng.uniform(-2, 2 + np.array([rows, columns]), (n, 2))
    matrices = np.stack([cosines, sines, places[:, 0], -sines, cosines, places[:, 1]], axis=1)
    bends = rng.normal(0, 2, (n if "bends" in options else 0, 2, rows, columns))
    draws = (n if "noise" in options else 0, channels, rows, columns)
    return [
        rng.integers(0, 256, (n, channels, rows, columns), dtype=np.uint8),
        np.rint(matrices.reshape(n, 2, 3) * 65536).astype(np.int64),
        bends.astype(np.float32),
        rng.integers(0, 256, (n if "background" in options else 0, channels), dtype=np.uint8),
        rng.integers(0, 4 * 65536, n, dtype=np.int32),
        rng.integers(0, 255 * 256, n, dtype=np.int32) * np.arange(n, dtype=np.int32).clip(0, 1),
        rng.integers(0, 65536, draws, dtype=np.uint16),
        np.rint(rng.normal(0, 4096, 4096)).astype(np.int32),
    ]


def graph_of(case):
    inputs = [
        pt.tensor(name, dtype=dtype, shape=(None,) * ndim) for name, (dtype, ndim) in INPUTS.items()
    ]
    return Graph(inputs, [AlterImages()(*inputs)], arrays_of(case))


@pytest.fixture(scope="module")
def functions():
    graph = graph_of("plain")
    modes = ["python"] if MISSING["c"] else ["python", "c"]
    return {
        mode: pytensor.function(graph.inputs, graph.outputs[0], mode=MODES[mode]) for mode in modes
    }


needs_compiler = pytest.mark.skipif(bool(MISSING["c"]), reason=MISSING["c"])


@needs_compiler
@pytest.mark.parametrize("case", CASES)
def test_c_agrees_with_numpy_to_the_byte(functions, case):
    arrays = arrays_of(case)
    before = [array.copy() for array in arrays]
    found, expected = (functions[mode](*arrays) for mode in ("c", "python"))
    assert found.dtype == expected.dtype == np.uint8
    assert found.shape == expected.shape == arrays[0].shape
    np.testing.assert_array_equal(found, expected)
    for array, old in zip(arrays, before, strict=True):
        np.testing.assert_array_equal(array, old)


@needs_compiler
def test_arrays_that_are_not_contiguous(functions):
    arrays = arrays_of("everything")
    reversed_arrays = [array[::-1] for array in arrays]
    copies = [array.copy() for array in reversed_arrays]
    np.testing.assert_array_equal(functions["c"](*reversed_arrays), functions["python"](*copies))


def unchanged(images, **changes):
    """Return the inputs that leave images as they are, but for changes."""
    n, channels, rows, columns = images.shape
    inputs = {
        "images": images,
        "matrices": np.tile(65536 * np.eye(2, 3, dtype=np.int64), (n, 1, 1)),
        "bends": np.zeros((0, 2, rows, columns), np.float32),
        "backgrounds": np.zeros((0, channels), np.uint8),
        "brightness": np.full(n, 65536, np.int32),
        "noise": np.zeros(n, np.int32),
        "draws": np.zeros((0, channels, rows, columns), np.uint16),
        "quantiles": np.zeros(4096, np.int32),
    }
    assert changes.keys() <= inputs.keys()
    return list({**inputs, **changes}.values())


def random_images(n=4, channels=2, rows=11, columns=14):
    return np.random.default_rng(1).integers(0, 256, (n, channels, rows, columns), dtype=np.uint8)


def test_without_changes_images_stay_as_they_are(functions):
    images = random_images()
    for function in functions.values():
        np.testing.assert_array_equal(function(*unchanged(images)), images)


@pytest.mark.parametrize("background", [None, 200], ids=["edge", "background"])
def test_a_matrix_is_what_scipy_makes_of_it(functions, background):
    images, rng = random_images(), np.random.default_rng(2)
    matrices = np.eye(2, 3) + rng.normal(0, [0.4, 0.4, 5], (len(images), 2, 3))
    changes = {"matrices": np.rint(65536 * matrices).astype(np.int64)}
    mode = {"mode": "nearest"}
    if background is not None:
        changes["backgrounds"] = np.full(images.shape[:2], background, np.uint8)
        mode = {"mode": "grid-constant", "cval": background}
    found = functions["python"](*unchanged(images, **changes))
    for image, matrix, result in zip(images, matrices, found, strict=True):
        for plane, altered in zip(image.astype(float), result, strict=True):
            expected = ndimage.affine_transform(plane, matrix[:, :2], matrix[:, 2], order=1, **mode)
            # A place is rounded to 1/2048 pixel, and the result to a byte.
            assert np.abs(altered - expected).max() < 0.5 + 2 * 255 / 4096


@pytest.mark.parametrize("background", [None, 30], ids=["edge", "background"])
def test_displacements_are_what_scipy_makes_of_them(functions, background):
    images = random_images(n=2)
    bends = np.random.default_rng(3).normal(0, 3, (2, 2, *images.shape[2:])).astype(np.float32)
    changes, mode = {"bends": bends}, {"mode": "nearest"}
    if background is not None:
        changes["backgrounds"] = np.full(images.shape[:2], background, np.uint8)
        mode = {"mode": "grid-constant", "cval": background}
    found = functions["python"](*unchanged(images, **changes))
    for image, bend, result in zip(images, bends, found, strict=True):
        places = np.indices(image.shape[1:]) + bend
        for plane, altered in zip(image.astype(float), result, strict=True):
            expected = ndimage.map_coordinates(plane, places, order=1, **mode)
            assert np.abs(altered - expected).max() < 0.5 + 2 * 255 / 4096


def test_brightness_and_noise_are_what_plain_loops_make_of_them(functions):
    images, rng = random_images(n=3, channels=1), np.random.default_rng(4)
    factors, deviations = [0.25, 1.0, 2.5], [0.0, 30.5, 3.25]
    quantiles = np.rint(rng.normal(0, 4096, 4096)).astype(np.int32)
    draws = rng.integers(0, 65536, images.shape, dtype=np.uint16)
    found = functions["python"](
        *unchanged(
            images,
            brightness=np.array([int(65536 * factor) for factor in factors], np.int32),
            noise=np.array([int(256 * deviation) for deviation in deviations], np.int32),
            draws=draws,
            quantiles=quantiles,
        )
    )
    for index, result in np.ndenumerate(found):
        factor, deviation = factors[index[0]], deviations[index[0]]
        value = min(np.floor(int(images[index]) * factor + 0.5), 255)
        value += np.floor(quantiles[draws[index] // 16] / 4096 * deviation + 0.5)
        assert result == min(max(value, 0), 255)


@needs_compiler
@pytest.mark.parametrize(
    ("name", "shape", "called"),
    [
        ("matrices", (3, 2, 3), "the matrices"),
        ("bends", (4, 2, 11, 13), "the displacements"),
        ("backgrounds", (4, 3), "the backgrounds"),
        ("brightness", (5,), "the brightness"),
        ("noise", (3,), "the noise"),
        ("draws", (4, 2, 12, 14), "the draws"),
        ("quantiles", (65536,), "the quantiles"),
    ],
)
def test_c_reads_no_array_of_another_shape(functions, name, shape, called):
    wrong = np.zeros(shape, INPUTS[name][0])
    with pytest.raises(ValueError, match=f"the shape of {called} does not fit"):
        functions["c"](*unchanged(random_images(), **{name: wrong}))


def test_types_that_do_not_fit_are_refused():
    inputs = [np.zeros((1,) * ndim, dtype) for dtype, ndim in INPUTS.values()]
    with pytest.raises(TypeError, match=r"images are .*float.*, expected \('uint8', 4\)"):
        AlterImages()(inputs[0].astype("float32"), *inputs[1:])


def test_the_shape_is_that_of_the_images():
    graph = graph_of("plain")
    shape = pytensor.function(graph.inputs, graph.outputs[0].shape, on_unused_input="ignore")
    assert not any(isinstance(node.op, AlterImages) for node in shape.maker.fgraph.apply_nodes)
    np.testing.assert_array_equal(shape(*graph.values), (5, 3, 8, 9))
