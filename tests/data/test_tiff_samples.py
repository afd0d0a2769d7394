"""Samples of TIFF pages: against the array that was written, in every layout, and files that are damaged."""

import io
from itertools import islice, product

import numpy as np
import pytest

from lenet import limits
from lenet.data.tiff_samples import MAX_BLOCKS, OF_SAMPLES, has_channels, samples_in
from lenet.data.tiff_tags import directories, directory
from tests.tiff_files import (
    BITS,
    COMPRESSION,
    COMPRESSIONS,
    COUNTS,
    EXTRA,
    OFFSETS,
    PHOTOMETRIC,
    PREDICTOR,
    TILE_COUNTS,
    WIDTH,
    tiff_file,
)

RNG = np.random.default_rng(5)
SHAPE = (21, 35)  # not of whole strips or tiles
KINDS = ("uint8", "int8", "uint16", "int16", "uint32", "int32", "float16", "float32", "float64")
LAYOUTS = list(product("<>", (False, True), COMPRESSIONS, (1, 2)))
NAMES = [
    f"{order}-{'tiles' if tiled else 'strips'}-{compression}-{'separate' if planar == 2 else 'together'}"
    for order, tiled, compression, planar in LAYOUTS
]
ORIENTATION, FORMAT = 274, 339


def random_values(kind, samples, shape=SHAPE):
    """Return values of the whole range of a type of number, some of them alike."""
    dtype = np.dtype(kind)
    if dtype.kind == "f":
        values = RNG.normal(size=(samples, *shape)).astype(dtype)
    else:
        ends = np.iinfo(dtype)
        values = RNG.integers(ends.min, ends.max, (samples, *shape), dtype=dtype, endpoint=True)
    values[:, 4:8] = 7
    return values


def tags_in(data):
    """Return the file of some bytes, and the tags of its first page."""
    file = io.BytesIO(data)
    ((at, _),) = islice(directories(file), 1)
    return file, directory(file, at, OF_SAMPLES, MAX_BLOCKS)[0]


def read(data):
    return samples_in(*tags_in(data))


def gray(samples):
    """Return the tags of samples that are no colours."""
    return {EXTRA: [0] * (samples - 1), PHOTOMETRIC: [1]}


@pytest.mark.parametrize(("order", "tiled", "compression", "planar"), LAYOUTS, ids=NAMES)
@pytest.mark.parametrize("kind", KINDS)
def test_all_samples_are_those_that_were_written(kind, order, tiled, compression, planar):
    for samples in (2, 5):
        values = random_values(kind, samples)
        data = tiff_file(
            values,
            order=order,
            tiled=tiled,
            compression=compression,
            planar=planar,
            tags=gray(samples),
        )
        found = read(data)
        assert found.dtype == values.dtype
        np.testing.assert_array_equal(found, values)


@pytest.mark.parametrize("planar", [1, 2])
@pytest.mark.parametrize("tiled", [False, True])
@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize(
    ("kind", "predictor"),
    [*((kind, 2) for kind in KINDS), *((kind, 3) for kind in KINDS if "float" in kind)],
)
def test_differences_are_summed_up(kind, predictor, order, tiled, planar):
    values = random_values(kind, 4)
    if predictor == 2 and "float" in kind:
        whole = np.dtype(f"u{values.itemsize}")  # of whose bits the differences are
        data = tiff_file(
            values.view(whole),
            **{"order": order, "tiled": tiled, "planar": planar, "predictor": 2},
            tags=gray(4) | {FORMAT: [3] * 4},
        )
    else:
        data = tiff_file(
            values,
            **{"order": order, "tiled": tiled, "planar": planar, "predictor": predictor},
            compression="deflate",
            tags=gray(4),
        )
    np.testing.assert_array_equal(read(data), values)


def test_sixteen_channels_and_a_single_strip():
    values = random_values("uint16", 16, (3, 7))
    np.testing.assert_array_equal(read(tiff_file(values, tags=gray(16))), values)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_pages_are_turned_upright(orientation):
    values = random_values("uint16", 2)
    turned = {
        1: values,
        2: values[:, :, ::-1],
        3: np.rot90(values, 2, (1, 2)),
        4: values[:, ::-1],
        5: values.swapaxes(1, 2),
        6: np.rot90(values, -1, (1, 2)),
        7: np.rot90(values, 2, (1, 2)).swapaxes(1, 2),
        8: np.rot90(values, 1, (1, 2)),
    }
    data = tiff_file(values, tags=gray(2) | {ORIENTATION: [orientation]})
    np.testing.assert_array_equal(read(data), turned[orientation])


@pytest.mark.parametrize(
    ("samples", "kind", "tags", "expected"),
    [
        (1, "uint16", {}, False),
        (2, "uint8", {EXTRA: [0]}, True),
        (2, "uint8", {EXTRA: [2]}, False),  # alpha
        (3, "uint8", {}, False),  # colours
        (3, "uint8", {PHOTOMETRIC: [1], EXTRA: [0, 0]}, True),
        (3, "uint16", {}, True),
        (4, "uint8", {PHOTOMETRIC: [2], EXTRA: [1]}, False),
        (4, "uint8", {PHOTOMETRIC: [2], EXTRA: [0]}, True),
        (4, "uint8", {PHOTOMETRIC: [5]}, False),  # cyan, magenta, yellow and black
        (5, "float32", {}, True),
    ],
)
def test_pages_whose_samples_are_channels(samples, kind, tags, expected):
    _, found = tags_in(tiff_file(random_values(kind, samples), tags=tags))
    assert has_channels(found) == expected


@pytest.mark.parametrize(
    ("tags", "reason"),
    [
        ({COMPRESSION: [7]}, "2 channels of 16 bits with compression 7"),
        ({BITS: [12, 12]}, "2 channels of 12 bits, which are not read"),
        ({BITS: [16, 8]}, "which are not read"),
        ({FORMAT: [6, 6]}, "which are not read"),
        ({PREDICTOR: [3]}, "predictor 3 of 2 channels of 16 bits"),
        ({COUNTS: [10]}, "strips or tiles are missing"),
        ({COUNTS: [60000] * 5}, "strips or tiles are missing"),
        ({OFFSETS: [65000] * 5}, "cut short"),
    ],
)
def test_what_is_not_read_is_said(tags, reason):
    file, found = tags_in(tiff_file(random_values("uint16", 2), tags=gray(2)))
    with pytest.raises(ValueError, match=reason):
        samples_in(file, {**found, **{tag: tuple(numbers) for tag, numbers in tags.items()}})


def test_a_page_of_too_many_values_is_refused_before_they_are_read(monkeypatch):
    file, found = tags_in(tiff_file(random_values("uint16", 2), tags=gray(2)))
    monkeypatch.setattr(limits, "PICTURE_PIXELS", 2 * 21 * 35 - 1)
    with pytest.raises(ValueError, match="35 x 21 pixels of 2 channels are more than 1,469 values"):
        samples_in(file, found)
    monkeypatch.setattr(limits, "PICTURE_PIXELS", 2 * 21 * 35)
    assert samples_in(file, found).shape == (2, 21, 35)


def test_tiles_that_claim_more_than_the_page_has_are_refused(monkeypatch):
    data = tiff_file(random_values("uint8", 2), tiled=True, tags=gray(2))
    file, found = tags_in(data)
    monkeypatch.setattr(limits, "PICTURE_PIXELS", 2 * 21 * 35)
    huge = {**found, 322: (1 << 20,), 323: (1 << 12,), TILE_COUNTS: (1,), 324: (8,)}
    with pytest.raises(ValueError, match="tiles of another size than the page"):
        samples_in(file, huge)
    with pytest.raises(ValueError, match="tiles of no size"):
        samples_in(file, {**found, 322: (0,)})


def test_what_is_cut_off_in_the_middle_is_damaged():
    values = random_values("uint8", 2)
    for compression in COMPRESSIONS:
        data = tiff_file(values, compression=compression, tags=gray(2))
        file, found = tags_in(data[:-20])
        with pytest.raises(ValueError, match="damaged"):
            samples_in(file, found)
    assert found[WIDTH] == (35,)
