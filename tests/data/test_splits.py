import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lenet.data.splits import (
    apportioned,
    counts_of,
    group_ids,
    refuse_other_shares,
    shares_table,
    stratified,
)
from lenet.errors import DataError
from tests.tiers import examples

SHARES = (60, 30, 10)


def names(n):
    return tuple("abcdefghij"[:n])


def split_of(labels, groups=None, shares=SHARES, seed=0):
    labels = np.asarray(labels)
    groups = np.arange(len(labels)) if groups is None else np.asarray(groups)
    rng = np.random.default_rng(seed)
    return stratified(labels, groups, shares, names(labels.max() + 1), rng)


@given(
    counts=st.lists(st.integers(3, 40), min_size=1, max_size=5),
    shares=st.lists(st.floats(0.05, 1), min_size=2, max_size=3),
    seed=st.integers(0, 5),
)
@settings(max_examples=examples(60), deadline=None)
def test_parts_are_disjoint_complete_and_have_each_class_in_proportion(counts, shares, seed):
    labels = np.repeat(np.arange(len(counts)), counts)
    parts = split_of(labels, shares=shares, seed=seed)
    np.testing.assert_array_equal(np.sort(np.concatenate(parts)), np.arange(len(labels)))
    for label, count in enumerate(counts):
        found = [int((labels[part] == label).sum()) for part in parts]
        exact = [count * share / sum(shares) for share in shares]
        assert min(found) >= 1
        assert all(n == 1 or abs(n - e) < len(shares) for n, e in zip(found, exact, strict=True))


def test_round_numbers_are_met_exactly():
    labels = np.repeat([0, 1], [100, 400])
    parts = split_of(labels)
    assert [np.bincount(labels[part]).tolist() for part in parts] == [
        [60, 240],
        [30, 120],
        [10, 40],
    ]


def test_a_seed_decides_which_images_and_their_order():
    labels = np.repeat([0, 1], 50)
    first, again, other = (split_of(labels, seed=seed) for seed in (1, 1, 2))
    for one, same in zip(first, again, strict=True):
        np.testing.assert_array_equal(one, same)
    assert set(first[0]) != set(other[0])
    # Classes are mixed: the first images of a part are not all of one class.
    assert 0 < labels[first[0][:20]].mean() < 1


@given(sizes=st.lists(st.integers(1, 6), min_size=12, max_size=40), seed=st.integers(0, 5))
@settings(max_examples=examples(60), deadline=None)
def test_groups_stay_together(sizes, seed):
    groups = np.repeat(np.arange(len(sizes)), sizes)
    # Some groups have images of two classes.
    labels = np.random.default_rng(seed).integers(0, 2, len(groups))
    labels[:6] = [0, 0, 0, 1, 1, 1]
    groups[:6] = np.arange(6) + len(sizes)
    parts = split_of(labels, groups, seed=seed)
    first, second, third = (set(groups[part]) for part in parts)
    assert not (first & second) | (first & third) | (second & third)


def test_large_groups_leave_something_for_every_part():
    groups = np.array([0] * 10 + [1, 2])
    parts = split_of([0] * 12, groups)
    first, *others = (set(groups[part]) for part in parts)
    assert first == {0}
    assert others in ([{1}, {2}], [{2}, {1}])


def test_a_class_of_one_group_is_split_image_by_image():
    labels = np.repeat([0, 1], [10, 10])
    groups = np.concatenate([np.zeros(10, int), np.arange(1, 11)])
    parts = split_of(labels, groups)
    assert [np.bincount(labels[part]).tolist() for part in parts] == [[6, 6], [3, 3], [1, 1]]


@pytest.mark.parametrize(("count", "images"), [(1, "1 image,"), (2, "2 images,")])
def test_a_class_with_too_few_images_is_named(count, images):
    with pytest.raises(
        DataError, match=f"^class b: {images} expected at least 3, one for each part"
    ):
        split_of([0] * 9 + [1] * count)


@pytest.mark.parametrize(
    ("count", "shares", "expected"),
    [
        (10, SHARES, [6, 3, 1]),
        (7, SHARES, [4, 2, 1]),
        (3, (98, 1, 1), [1, 1, 1]),
        (2, (98, 1, 1), [1, 1, 0]),
        (5, (1, 0, 1), [3, 0, 2]),
        (0, SHARES, [0, 0, 0]),
        (4, (0, 0), [0, 0]),
    ],
    ids=str,
)
def test_numbers_are_divided_by_largest_remainders(count, shares, expected):
    assert apportioned(count, shares).tolist() == expected


def test_folds_of_many_small_classes_are_alike():
    labels = np.repeat(np.arange(10), 6)
    sizes = [len(part) for part in split_of(labels, shares=[1] * 5)]
    assert sizes == [12] * 5


def test_files_and_copies_make_groups():
    #        two pages | a copy of page 1, in another file with another page | alone
    files = np.array([0, 0, 1, 1, 2])
    pictures = np.array([0, 1, 0, 2, 3])
    found = group_ids(files, pictures)
    assert len(set(found[:4])) == 1
    assert found[4] != found[0]


def test_shares_too_far_apart_are_refused_and_named():
    labels = [np.repeat([0, 1], counts) for counts in ((60, 60), (30, 30), (5, 15))]
    refuse_other_shares(labels, ("cat", "dog"), 0.25)
    expected = (
        "class cat: 25.00 % of the test images, but 50.00 % of the training images, further apart than "
        "--epsilon 0.2; add images, or allow more"
    )
    with pytest.raises(DataError) as caught:
        refuse_other_shares(labels, ("cat", "dog"), 0.2)
    assert str(caught.value) == expected
    with pytest.raises(DataError, match=r"apart than --epsilon 0\.1;"):
        refuse_other_shares(labels, ("cat", "dog"))


def test_one_image_more_or_less_is_not_too_far_apart():
    refuse_other_shares([np.repeat([0, 1], counts) for counts in ((5, 5), (3, 2))], ("cat", "dog"))


def test_the_table_has_numbers_and_shares():
    labels, parts = np.array([0, 0, 1, 0, 1, 1]), np.array([0, 0, 0, 1, 1, 2])
    counts = counts_of(labels, parts, (2, 3))
    lines = [line.split() for line in shares_table(counts, ("cat", "dog")).splitlines()]
    assert lines == [
        ["class", "images", "training", "%", "validation", "%", "test", "%"],
        ["cat", "3", "2", "66.67", "1", "50.00", "0", "0.00"],
        ["dog", "3", "1", "33.33", "1", "50.00", "1", "100.00"],
        ["total", "6", "3", "100.00", "2", "100.00", "1", "100.00"],
    ]
