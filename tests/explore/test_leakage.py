"""Leakage between the parts of a data set: slides in several parts are told from independent pictures."""

import dataclasses

import numpy as np
import pytest

from lenet.data.dataset import Dataset, Split
from lenet.explore.index import DatasetIndex
from lenet.explore.leakage import LIKELY_KNOTS, leakage_line, leakage_of
from lenet.explore.near_duplicates import Group
from tests.explore.planted import slide_pictures


def explored(values, labels, parts, near=()):
    splits = [Split(values[parts == part], labels[parts == part]) for part in range(3)]
    names = tuple("abcd")
    return leakage_of(DatasetIndex(Dataset("pictures", *splits, names, mirror=False)), near)


def at_random(n, seed=1):
    return np.random.default_rng(seed).choice(3, n, p=(0.6, 0.3, 0.1))


@pytest.mark.parametrize(("slides", "crops"), [(24, 30), (80, 9)])
@pytest.mark.parametrize(("channels", "margin"), [(1, 1), (3, 1.25)])
def test_crops_of_slides_in_all_parts_are_likely_leakage(slides, crops, channels, margin):
    values, _, labels = slide_pictures(slides, crops, channels=channels)
    found = explored(values, labels, at_random(len(labels)))
    assert found.is_likely
    assert found.knots > margin * LIKELY_KNOTS
    line = leakage_line(found)
    assert line.startswith("leakage between parts: likely, ")
    assert "--group" in line


@pytest.mark.parametrize("seed", [0, 1])
def test_slides_in_one_part_each_and_independent_pictures_are_none(seed):
    values, of_slide, labels = slide_pictures(24, 30, seed=seed)
    found = explored(values, labels, np.repeat([0, 1, 2], [12, 8, 4])[of_slide])
    assert not found.is_likely
    values, _, labels = slide_pictures(720, 1, seed=seed)
    found = explored(values, labels, at_random(len(labels)))
    assert not found.is_likely
    assert leakage_line(found).startswith("leakage between parts: no sign, ")
    assert found.content["in_knots"] == found.knots


def test_near_duplicates_in_training_are_leakage():
    values, _, labels = slide_pictures(720, 1)
    parts = np.repeat([0, 1, 2], [480, 140, 100])
    groups = [Group((k, 480 + k), 0.99) for k in range(24)]
    found = explored(values, labels, parts, groups)
    assert found.near == 24 / 240
    assert found.is_likely
    assert not dataclasses.replace(found, near=0.02).is_likely


def test_nothing_is_said_of_few_or_tiny_images_or_a_single_part():
    values, _, labels = slide_pictures(24, 30)
    assert explored(values, labels, np.zeros(len(labels), int)) is None
    assert explored(values, labels, np.full(len(labels), 2)) is None
    assert explored(values[::20], labels[::20], at_random(len(labels[::20]))) is None
    assert explored(values[:, :, :2, :2], labels, at_random(len(labels))) is None
    assert leakage_line(None) is None
