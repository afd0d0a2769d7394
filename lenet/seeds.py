"""Random generators of a run: all are spawned from one seed, each by a key of its own."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np

DEFAULT_SEED = 23455

WEIGHTS, BATCHES, SPLITS, FOLDS = range(4)
EXAMPLES = 2  # of the pictures of augmentation; the number that splits have, but for other draws


def generator(seed: int, *key: int) -> "np.random.Generator":
    """Return the generator of a key, such as `WEIGHTS`, for a seed."""
    import numpy as np  # not before a command is known to be right

    return np.random.default_rng(np.random.SeedSequence(seed, spawn_key=key))
