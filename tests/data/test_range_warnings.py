"""Ranges of deep pictures that hardly fit them, and those that do."""

import numpy as np
import pytest

from lenet.data.image_folder import load_image_folder
from lenet.data.range_rule import rule_of
from lenet.data.range_warnings import is_constant, range_warnings
from tests.data.test_value_ranges import SIDE, folder, twelve


def counts(values):
    """Return counts of photons, 200 to 450."""
    return (100 + 500 * values).astype(np.uint16)


@pytest.fixture
def lines(tmp_path):
    """Return the warnings about a folder of pictures of a form."""

    def lines(form, ends=None, bits=None, **options):
        root = folder(tmp_path / "pictures", form, **options)
        given = {"size": SIDE, "channels": 1, "cache_dir": tmp_path / "cache"}
        flag = "--range" if ends else "--bits" if bits else ""
        return range_warnings(load_image_folder([root], rule=rule_of(ends, bits), **given), flag)

    return lines


def test_tags_of_which_hardly_anything_is_used(lines):
    (line,) = lines(counts, tiffinfo={280: 0, 281: 65535})
    assert line == (
        "range of uint16: tags say 0 to 65535, the pictures use 200 to 449: measured instead; "
        "--range 0 65535 takes the tags' range"
    )


@pytest.mark.parametrize("tags", [{}, {281: 4095}, {280: 200, 281: 3000}])
def test_tags_that_fit_and_none(lines, tags):
    assert lines(twelve, tiffinfo=tags) == []


def test_tags_do_not_matter_beside_a_named_range(lines):
    assert lines(counts, ("0", "1000"), tiffinfo={281: 65535}) == []


@pytest.mark.parametrize(
    ("ends", "bits", "said"),
    [
        (("10000", "20000"), None, "10000 to 20000, the pictures use 200 to 449: 100 % of the t"),
        (
            ("0", "100"),
            None,
            "0 to 100, the pictures use 200 to 449: 0 % of the training pixels are b",
        ),
        (
            None,
            8,
            "0 to 255, the pictures use 200 to 449: 0 % of the training pixels are below and 7",
        ),
        (
            None,
            12,
            "0 to 4095, the pictures use 200 to 449: 0 % of the training pixels are below and 0 ",
        ),
    ],
)
def test_a_named_range_that_hardly_fits(lines, ends, bits, said):
    (line,) = lines(counts, ends, bits)
    assert line.startswith(f"range of uint16: {'--range' if ends else '--bits'} says {said}")
    assert line.endswith(f"; without {'--range' if ends else '--bits'}, one that fits is chosen")


@pytest.mark.parametrize(("ends", "bits"), [(("200", "430"), None), (None, 9), (None, 10)])
def test_a_named_range_that_fits(lines, ends, bits):
    assert lines(counts, ends, bits) == []


@pytest.mark.parametrize(
    ("ends", "bits", "expected"),
    [
        (("0", "4095"), None, ["no pictures of more than 8 bits: --range does nothing"]),
        (None, 12, ["no pictures of more than 8 bits: --bits does nothing"]),
        (None, None, []),
    ],
)
def test_a_range_for_bytes_does_nothing(lines, ends, bits, expected):
    assert lines(lambda values: np.rint(255 * values).astype(np.uint8), ends, bits) == expected


@pytest.mark.parametrize(("ends", "tags"), [(None, {}), (None, {281: 65535}), (("0", "9"), {})])
def test_pictures_of_one_value(lines, ends, tags):
    (line,) = lines(lambda values: np.full((33, 70), 500, np.uint16), ends, tiffinfo=tags)
    assert line == (
        "all pictures have one value: those of uint16 that train are 500 everywhere, of which nothing can be "
        "learnt; export them with their values"
    )


def test_one_pixel_of_another_value_is_a_picture(lines):
    def form(values):
        found = np.full((SIDE, SIDE), 500, np.uint16)
        found[3, 4] = 501
        return found

    assert lines(form) == []


def test_a_sample_of_one_value_does_not_decide():
    images = np.full((2, 1, 4, 4), 7, np.float32)
    images[1, 0, 1, 1] = 8
    assert is_constant(images, np.array([0]), images[0, 0, 0])
    assert not is_constant(images, np.array([0, 1]), images[0, 0, 0])
