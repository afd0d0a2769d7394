"""Pairwise coverage of products and of given cases."""

from itertools import combinations, product

import pytest

from tests.covering import by_tier, covering, covering_product, pairwise

PARAMETERS = {"border": ["valid", "half", "full"], "flip": [True, False], "type": [1, 2, 3, 4]}


def test_each_two_values_meet_and_rows_are_few():
    rows = covering_product(PARAMETERS)
    for (one, values), (other, others) in combinations(enumerate(PARAMETERS.values()), 2):
        assert {(row[one], row[other]) for row in rows} == set(product(values, others))
    # The two largest parameters alone need twelve; the product has twenty-four.
    assert 12 <= len(rows) <= 14


def test_the_choice_is_the_same_whenever_it_is_made():
    assert covering_product(PARAMETERS) == covering_product(dict(PARAMETERS))
    cases = {str(k): {"a": k % 3, "b": k % 4, "c": k % 2} for k in range(12)}
    assert covering(cases) == covering(cases)


def test_pairs_that_no_case_has_are_not_asked_for():
    cases = {
        "a": {"stride": 1, "pad": 0},
        "b": {"stride": 2, "pad": 0},
        "again": {"stride": 1, "pad": 0},
    }
    assert covering(cases) == ["a", "b"]


def test_what_is_to_be_kept_is_kept_in_its_place():
    cases = {name: {"stride": 1, "pad": 0} for name in "abc"}
    assert covering(cases) == ["a"]
    assert covering(cases, kept=["b"]) == ["b"]
    assert covering(cases, kept=["c", "a"]) == ["a", "c"]


@pytest.mark.parametrize(
    "cases",
    [{}, {"a": {"stride": 1}}, {"a": {"stride": 1, "pad": 0}, "b": {"stride": 1}}],
    ids=["none", "one parameter", "others"],
)
def test_cases_that_cannot_be_paired_are_refused(cases):
    with pytest.raises(ValueError, match="expected the same parameters, two or more, of all cases"):
        covering(cases)


def test_cases_that_are_not_chosen_are_slow():
    parameters = by_tier([("a", 1), ("b", 2)], [("b", 2)])
    assert [tuple(one.values) for one in parameters] == [("a", 1), ("b", 2)]
    assert [[mark.name for mark in one.marks] for one in parameters] == [["slow"], []]


def test_rows_that_cover_pairs_are_not_slow():
    rows = pairwise(letter="ab", digit=(1, 2, 3), sign=(True, False))
    assert [row.values for row in rows] == list(product("ab", (1, 2, 3), (True, False)))
    chosen = {row.values for row in rows if not row.marks}
    assert len(chosen) < len(rows)
    for i, j in ((0, 1), (0, 2), (1, 2)):
        assert {(row[i], row[j]) for row in chosen} == {(r.values[i], r.values[j]) for r in rows}
