"""The flags that compose an augmentation."""

import argparse
import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from lenet.commands.flags import number
from lenet.errors import CommandError

if TYPE_CHECKING:
    from lenet.augment.compose import Augmentation
    from lenet.augment.transforms import Range, Transform

TITLE = "augmentation"
DESCRIPTION = """\
Training images, and no others, are transformed: each is shown as itself and once in each version, or
by all of these together, drawn anew in every epoch. A range, such as -30 to 30, is any number in it;
a length is in pixels, or below 1 a share of the image's side."""
FLIPS = ("h", "v", "both")
MODES = ("each", "random")
FILLS = ("edge", "background")

any_number = number(float, "a number", math.isfinite)


class TextsOrDefault(argparse.Action):
    """Keeps the texts of a flag, or where it stands alone those of its `const`."""

    def __call__(
        self,
        parser: argparse.ArgumentParser,
        namespace: argparse.Namespace,
        values: Any,
        option_string: str | None = None,
    ) -> None:
        """Take note of the texts."""
        setattr(namespace, self.dest, values or list(self.const))


def augmentation_options() -> dict[str, dict[str, Any]]:
    """Return each flag with its arguments for `add_argument`."""

    def texts(default: str, metavar: str, help_text: str) -> dict[str, Any]:
        return {
            "nargs": "*",
            "action": TextsOrDefault,
            "const": default.split(),
            "metavar": metavar,
            "help": f"{help_text} (alone: {default})",
        }

    def value(default: float, metavar: str, help_text: str) -> dict[str, Any]:
        return {
            "nargs": "?",
            "type": any_number,
            "const": default,
            "metavar": metavar,
            "help": f"{help_text} (alone: {default:g})",
        }

    return {
        "--rotate": texts(
            "-15 to 15",
            "DEGREES",
            "turn images counter-clockwise by fixed angles, such as 90 -90 45, or by any of a range, such "
            "as -30 to 30",
        ),
        "--flip": {
            "nargs": "?",
            "choices": FLIPS,
            "const": "h",
            "help": "mirror images: h from left to right, v from top to bottom, or both. Letters and digits "
            "become other symbols or none, yet keep their class: it is left to you (alone: h)",
        },
        "--noise": value(
            0.1,
            "DEVIATION",
            "add Gaussian noise of this standard deviation, as a share of the range from black to white",
        ),
        "--shift": value(0.1, "LENGTH", "move images by up to this length in each direction"),
        "--scale": texts(
            "0.9 to 1.1", "FACTOR", "enlarge images by fixed factors, or by any of a range"
        ),
        "--crop": value(
            0.875,
            "LENGTH",
            "cut a window of this side anywhere out of images, and enlarge it to their size",
        ),
        "--brightness": texts(
            "0.7 to 1.3", "FACTOR", "multiply pixels by fixed factors, or by any of a range"
        ),
        "--elastic": texts(
            "34 4",
            "PIXELS",
            "bend images as if drawn on rubber, which makes new handwriting of old: strength and "
            "smoothness (alpha and sigma of Simard, Steinkraus and Platt 2003)",
        ),
        "--augment": {
            "choices": MODES,
            "default": "each",
            "help": "each: an epoch has every image as itself and once for each angle, flip, factor, range "
            "or other flag, all shuffled. random: it has every image once, transformed by all the flags "
            "together, by numbers drawn anew; fixed angles and factors and flips are left out at times "
            "(default: %(default)s)",
        },
        "--fill": {
            "choices": FILLS,
            "default": "edge",
            "help": "what is seen where a transformed image has no pixels: those of its edge for ever, or "
            "the median of its border (default: %(default)s)",
        },
    }


def add_augmentation_flags(parser: argparse.ArgumentParser) -> None:
    """Add the flags to a parser, in a group of their own."""
    group = parser.add_argument_group(TITLE, DESCRIPTION)
    for flag, options in augmentation_options().items():
        group.add_argument(flag, **options)


def augmentation_of(arguments: argparse.Namespace) -> "Augmentation":
    """Return the augmentation that arguments say.

    Raises
    ------
    CommandError
        If a number is impossible.
    """
    from lenet.augment.compose import Augmentation
    from lenet.augment.transforms import TRANSFORMS, Transform

    transforms: list[Transform] = []
    try:
        for kind in TRANSFORMS:
            value = getattr(arguments, kind.name)
            if value is not None:
                transforms.append(kind(*parameters(kind, value)))
    except ValueError as error:
        raise CommandError(f"--{error}") from error
    return Augmentation(tuple(transforms), arguments.augment, arguments.fill)


def parameters(kind: "type[Transform]", value: Any) -> Sequence[Any]:
    """Return the parameters of a kind of transform that the value of its flag means."""
    from lenet.augment.transforms import Elastic, OfValues, Range

    if issubclass(kind, OfValues):
        return (numbers_of(kind.name, value),)
    if not issubclass(kind, Elastic):
        return (value,)
    numbers = numbers_of(kind.name, value)
    if isinstance(numbers, Range) or len(numbers) > 2:
        raise ValueError(f"elastic {' '.join(value)}: expected one number or two")
    return numbers


def numbers_of(name: str, texts: Sequence[str]) -> "tuple[float, ...] | Range":
    """Return what texts such as ``90 -90`` or ``-30 to 30`` mean.

    Raises
    ------
    ValueError
        If it is neither.
    """
    from lenet.augment.transforms import Range

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
