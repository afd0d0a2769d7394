"""The flags ``--reject`` and ``--calibrated``, and what they do."""

import argparse
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from lenet.errors import CommandError
from lenet.evaluation.rejection import SHARE
from lenet.terminal import complain
from lenet.training.flag_fields import fraction

if TYPE_CHECKING:
    import numpy as np

    from lenet.data.indexed_images import Images
    from lenet.runs.ensemble import TrainedModel
    from lenet.runs.validation_fit import ValidationFit

REJECT = "--reject"


def add_reject(group: Any, what: str) -> None:
    """Add the flag ``--reject``; `with_share` must see the arguments first.

    Parameters
    ----------
    group : parser or a group of its arguments
    what : str
        What becomes of rejected images.
    """
    group.add_argument(
        REJECT,
        nargs="?",
        const=SHARE,
        type=fraction,
        metavar="SHARE",
        help=f"{what} images of which the network is not sure enough: from a confidence on, at most that share of the "
        f"images that validated it was wrong (without SHARE: {SHARE:g}; default: nothing is rejected)",
    )


def add_calibrated(group: Any) -> None:
    """Add the flag ``--calibrated``."""
    group.add_argument(
        "--calibrated",
        action="store_true",
        help="probabilities at the temperature that fits the images that validated the network (default: as it says "
        "them, most often too sure)",
    )


def check_trust_flags(parser: argparse.ArgumentParser, arguments: argparse.Namespace) -> None:
    """Stop with an error if confidences are wanted that cannot be had."""
    calibrated = vars(arguments).get("calibrated", False)
    flag = REJECT if arguments.reject is not None else "--calibrated" if calibrated else ""
    if flag and arguments.tta:
        parser.error(
            f"{flag} does not go with --tta: the images that validated the network were seen as they are"
        )


def with_share(argv: Sequence[str] | None) -> list[str]:
    """Return arguments in which ``--reject`` takes nothing but a number.

    None are those of the program.
    """
    found = sys.argv[1:] if argv is None else list(argv)
    for k, argument in enumerate(found):
        if argument == "--":
            break
        if argument == REJECT and not is_number(found[k + 1] if k + 1 < len(found) else ""):
            found[k] = f"{REJECT}={SHARE}"
    return found


def is_number(text: str) -> bool:
    """Return whether a text is a number, of whatever size."""
    try:
        float(text)
    except ValueError:
        return False
    return True


def kept_fit(model: "TrainedModel", flag: str) -> "ValidationFit":
    """Return what a model's validation images have told.

    Raises
    ------
    CommandError
        If nothing is kept of them.
    """
    if model.fit is not None:
        return model.fit
    if hasattr(model, "members"):
        raise CommandError(
            f"{flag}: the images that validate one fold of {model.path} have trained others, and so none can say how "
            f"far all together are to be trusted; name one fold, such as {model.members[0].path.parent}"
        )
    raise CommandError(
        f"{flag}: {model.path} keeps nothing of the images that validated it, as earlier versions did not; lenet-train "
        f"--resume {model.path.parent} adds it"
    )


def trusted(
    arguments: argparse.Namespace,
    program: str,
    model: "TrainedModel",
    images: "Images",
    probabilities: "np.ndarray",
) -> tuple["np.ndarray", "np.ndarray | None"]:
    """Return probabilities, calibrated if so wanted, and which images are rejected.

    Parameters
    ----------
    arguments : argparse.Namespace
        With reject, calibrated and batch_size.
    program : str
        Who says that no temperature fits.
    model : SavedModel or Ensemble
    images : ndarray of uint8, shape (n, channels, size, size)
    probabilities : ndarray of float, shape (n, classes)
        Of them.

    Raises
    ------
    CommandError
        If the model keeps nothing of its validation images, or too many of them are wrong.
    """
    from lenet.evaluation.calibration import tempered

    is_rejected = None
    if arguments.reject is not None:
        threshold = kept_fit(model, REJECT).threshold_for(arguments.reject)
        is_rejected = model.confidences(images, probabilities, arguments.batch_size) < threshold
    if arguments.calibrated:
        temperature = kept_fit(model, "--calibrated").temperature
        if temperature is None:
            complain(program, "--calibrated: no temperature fits; probabilities are as they are")
        else:
            probabilities = tempered(probabilities, temperature)
    return probabilities, is_rejected
