"""The epochs that are kept of a training whose end is not known."""

import itertools
import random

import pytest

from lenet.runs.epoch_thinning import thinned


def course(epochs, improves):
    """Return what is kept after each epoch, and the best epoch then."""
    kept, best, found = [0], 0, []
    for epoch in range(1, epochs + 1):
        best = epoch if improves(epoch) else best
        kept = thinned([*kept, epoch], 12, {1, best})
        found.append((kept, best))
    return found


@pytest.mark.parametrize("seed", range(5))
def test_the_first_the_best_and_the_last_stay(seed):
    rng = random.Random(seed)
    for epoch, (kept, best) in enumerate(course(300, lambda n: rng.random() < 4 / n), start=1):
        assert {0, 1, best, epoch} <= set(kept)
        assert len(kept) == min(12, epoch + 1)
        assert kept == sorted(set(kept))


def test_early_epochs_are_closer_than_late_ones_and_no_gap_is_wide():
    for kept, _ in course(1000, lambda _: True)[20:]:
        gaps = [after - before for before, after in itertools.pairwise(kept)]
        assert max(gaps[:3]) <= max(gaps[-3:])
        # Ten steps from 1 to the last, none of them more than three times as wide as if all were equal.
        ratios = [after / before for before, after in itertools.pairwise(kept[1:])]
        assert max(ratios) <= 3 * kept[-1] ** (1 / 10)


def test_an_epoch_that_comes_again_after_an_interruption_changes_nothing():
    rng = random.Random(1)
    improves = {n for n in range(1, 200) if rng.random() < 4 / n}
    for epoch, (kept, best) in enumerate(course(200, improves.__contains__), start=1):
        ahead = [k for k in kept if k < epoch]  # written, but the run goes on from before
        assert thinned([*ahead, epoch], 12, {1, best}) == kept


def test_few_epochs_all_stay():
    assert thinned(range(12), 12, {1, 3}) == list(range(12))
    assert thinned([7, 0, 7], 4, {1}) == [0, 7]
