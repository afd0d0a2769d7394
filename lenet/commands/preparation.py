"""Preparation of pictures and frames for a trained network."""

import argparse
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from lenet.commands.picture_answers import Picture

if TYPE_CHECKING:
    import numpy as np

    from lenet.runs.ensemble import TrainedModel

INVERTED = {"auto": None, "yes": True, "no": False}


def keeps_aspect(arguments: argparse.Namespace, model: "TrainedModel") -> bool:
    """Return whether pictures that are not square are framed, not stretched."""
    return model.keep_aspect if arguments.stretch is None else not arguments.stretch


def looks_for_digits(arguments: argparse.Namespace, model: "TrainedModel") -> bool:
    """Return whether digits are cut out, rather than pictures scaled as a whole."""
    return model.sees_digits and not arguments.no_centre


def prepared(
    image: "np.ndarray",
    name: str,
    source: tuple[Path, int],
    arguments: argparse.Namespace,
    model: "TrainedModel",
) -> Iterator[Picture]:
    """Yield a picture as the network takes it, or each digit on it.

    Parameters
    ----------
    image : ndarray of uint8, shape (channels, rows, columns)
    name, source
        See `Picture`.
    arguments : argparse.Namespace
        Of `lenet-predict`.
    model : SavedModel or Ensemble

    Raises
    ------
    ImageError
        If it shows no digit where there should be one.
    """
    from lenet.data.image_files import fit_to
    from lenet.data.mnist_style import is_dark_on_light
    from lenet.data.paper_digits import read_digits
    from lenet.errors import ImageError

    invert = INVERTED[arguments.invert]
    if looks_for_digits(arguments, model):
        try:
            digits, inverted = read_digits(image, model.size, invert)
        except ImageError as error:
            raise ImageError(f"{name}: {error}") from error
        for pixels, box, doubt in digits:
            yield Picture(name, pixels, inverted, box is not None, box, doubt, source)
        return
    inverted = is_dark_on_light(image) if invert is None and model.sees_digits else bool(invert)
    if inverted:
        image = 255 - image
    fitted = fit_to(image, model.size, keeps_aspect(arguments, model))
    yield Picture(name, fitted, inverted, source=source)
