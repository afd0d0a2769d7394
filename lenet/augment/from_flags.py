"""Augmentation from the values of flags such as ``--rotate -30 to 30``."""

from collections.abc import Mapping, Sequence
from typing import Any

from lenet.augment.compose import Augmentation
from lenet.augment.transforms import TRANSFORMS, Elastic, OfValues, Range, Transform


def augmentation_of(values: Mapping[str, Any], mode: str, fill: str) -> Augmentation:
    """Return the augmentation described by the values of flags.

    Parameters
    ----------
    values : mapping
        Of each transform's flag; None leaves it out.
    mode, fill : str
        See `Augmentation`.

    Raises
    ------
    ValueError
        If a number is impossible.
    """
    transforms: list[Transform] = []
    for kind in TRANSFORMS:
        value = values.get(kind.name)
        if value is not None:
            try:
                transforms.append(kind(*parameters(kind, value)))
            except ValueError as error:
                raise ValueError(f"--{error}") from error
    return Augmentation(tuple(transforms), mode, fill)


def parameters(kind: type[Transform], value: Any) -> Sequence[Any]:
    """Return the parameters of a transform, parsed from the value of its flag."""
    if issubclass(kind, OfValues):
        return (numbers_of(kind.name, value),)
    if not issubclass(kind, Elastic):
        return (value,)
    numbers = numbers_of(kind.name, value)
    if isinstance(numbers, Range) or len(numbers) > 2:
        raise ValueError(f"elastic {' '.join(value)}: expected one number or two")
    return numbers


def numbers_of(name: str, texts: Sequence[str]) -> tuple[float, ...] | Range:
    """Parse a list of numbers (``90 -90``) or a range (``-30 to 30``).

    Raises
    ------
    ValueError
        If it is neither.
    """
    words = " ".join(texts).split()  # a file of flags may have them all in one text
    try:
        if "to" not in words:
            return tuple(map(float, words))
        low, _, high = words
        return Range(float(low), float(high))
    except ValueError as error:
        raise ValueError(
            f"{name} {' '.join(words)}: expected numbers, or a range such as 0.5 to 2, the lower first"
        ) from error
