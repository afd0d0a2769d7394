"""A progress bar where a terminal listens, and nothing elsewhere."""

from collections.abc import Collection, Iterator
from typing import TypeVar

Item = TypeVar("Item")


def progress(items: Collection[Item], description: str, unit: str) -> Iterator[Item]:
    """Yield the items and show how many are done."""
    from tqdm import tqdm

    yield from tqdm(items, desc=description, unit=unit, leave=False, disable=None)
