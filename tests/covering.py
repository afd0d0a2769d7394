"""Pairwise coverage: a few cases of a product in which each two values of two parameters meet.

Most faults need no more than two values together: a kernel that is wrong for float32 is so for some geometry, not
for the product of all. The ordinary tier takes what `covering` chooses, the nightly one all; `by_tier` says which
is which. The choice is greedy and depends on nothing but the cases, so that it is the same everywhere.
"""

from collections.abc import Hashable, Iterable, Mapping, Sequence
from itertools import combinations, product
from typing import Any

import pytest

Features = Mapping[str, Hashable]
Pair = tuple[tuple[str, Hashable], tuple[str, Hashable]]


def pairs_of(features: Features) -> set[Pair]:
    """Return each two values of two parameters that a case has."""
    return set(combinations(sorted(features.items(), key=lambda item: item[0]), 2))


def covering(cases: Mapping[Any, Features], kept: Iterable[Any] = ()) -> list[Any]:
    """Choose cases so that all pairs of values that any case has are those of a chosen one.

    Parameters
    ----------
    cases : Mapping
        The features of each case, by its name: the values of parameters that a fault may depend on. All cases
        have the same parameters.
    kept : Iterable
        Names of cases that are chosen whatever they add.

    Returns
    -------
    list
        The names of the chosen cases in the order of `cases`.

    Raises
    ------
    ValueError
        If a case lacks a parameter of another, or there are fewer than two parameters.
    """
    parameters = {frozenset(features) for features in cases.values()}
    if len(parameters) != 1 or len(next(iter(parameters))) < 2:
        raise ValueError(
            f"expected the same parameters, two or more, of all cases, got {parameters}"
        )
    pairs = {name: pairs_of(features) for name, features in cases.items()}
    chosen = set(kept)
    missing = set().union(*pairs.values()).difference(*(pairs[name] for name in chosen))
    while missing:
        best = max(cases, key=lambda name: len(pairs[name] & missing))  # the first of the best
        chosen.add(best)
        missing -= pairs[best]
    return [name for name in cases if name in chosen]


def covering_product(parameters: Mapping[str, Sequence[Hashable]]) -> list[tuple]:
    """Choose rows of a product so that each two values of two parameters are in one of them."""
    rows = {row: dict(zip(parameters, row, strict=True)) for row in product(*parameters.values())}
    return covering(rows)


def by_tier(cases: Iterable[Any], chosen: Iterable[Any]) -> list[Any]:
    """Return the cases as arguments of `parametrize`, slow but for the chosen ones."""
    ordinary = set(chosen)
    return [
        pytest.param(
            *(case if isinstance(case, tuple) else (case,)),
            marks=[] if case in ordinary else pytest.mark.slow,
        )
        for case in cases
    ]


def pairwise(**parameters: Sequence[Hashable]) -> list[Any]:
    """Return a product as arguments of `parametrize`: slow but for rows that cover each two values."""
    return by_tier(product(*parameters.values()), covering_product(parameters))
