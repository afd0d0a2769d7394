"""Choice of epochs to be kept: the first closely, later ones more widely.

How many epochs there will be is not known: epochs are left out as training goes on, so that what is kept of
the first epochs is always enough for what is yet to come.
"""

from collections.abc import Collection, Iterable

FEWEST = 4  # those that are always kept


def thinned(epochs: Iterable[int], most: int, always: Collection[int]) -> list[int]:
    """Return some of the epochs, in their order, the first and the last among them.

    One after the other is left out where its neighbours are nearest to each other in the ratio of their numbers. To leave one out after
    each epoch gives the same epochs after an interruption as without one.

    Parameters
    ----------
    epochs : iterable of int
    most : int
        How many there may be; at least `FEWEST`.
    always : collection of int
        Two that stay, wherever they are.
    """
    kept = sorted(set(epochs))

    def ratio(k: int) -> tuple[float, int]:
        # Epoch 0 is a step from epoch 1; of equal ratios, the later epoch goes.
        return (kept[k + 1] + 1) / (kept[k - 1] + 1), -kept[k]

    while len(kept) > most:
        inner = (k for k in range(1, len(kept) - 1) if kept[k] not in always)
        del kept[min(inner, key=ratio)]
    return kept
