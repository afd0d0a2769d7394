"""Random generators of a run, spawned from one seed by key."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np

DEFAULT_SEED = 23455

WEIGHTS, BATCHES, SPLITS, FOLDS, LEAKAGE = range(5)
EXAMPLES = 2  # for the pictures of augmentation; the same key as SPLITS, for other draws


def generator(seed: int, *key: int) -> "np.random.Generator":
    """Return the random generator of a seed and a key, such as `WEIGHTS`."""
    import numpy as np  # only once the arguments have been checked

    return np.random.default_rng(np.random.SeedSequence(seed, spawn_key=key))
