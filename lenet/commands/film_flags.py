"""Flags of `lenet-predict` for films and cameras."""

import argparse
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

from lenet.training.flag_fields import integer, positive, positive_int

if TYPE_CHECKING:
    from lenet.data.films import Frame

MAX_CAMERA = 99
ONLY_FILMS = ("out", "every", "smooth")
ONLY_PICTURES = ("pages", "strict", "boxes", "reject", "calibrated")


def add_film_flags(parser: argparse.ArgumentParser) -> None:
    """Add the flags to the parser of `lenet-predict`, as a group."""
    group = parser.add_argument_group(
        "films and cameras", "need the extra video: pip install 'lenet[video]'"
    )
    either = group.add_mutually_exclusive_group()
    either.add_argument(
        "--video",
        type=Path,
        metavar="FILE",
        help="classify the frames of a film, in place of pictures: MP4, MOV, MKV, WebM, AVI, MPEG or animated GIF; "
        "a line is printed when what is seen changes, --csv and --json have every frame",
    )
    either.add_argument(
        "--camera",
        type=integer(0, MAX_CAMERA),
        metavar="N",
        help="the same of a camera, 0 being the first, until Ctrl-C",
    )
    group.add_argument(
        "--out",
        type=Path,
        metavar="FILE",
        help="write the film with its classes on it: .mp4, .mov, .mkv or .gif, without sound; one of few pixels is "
        "enlarged by a whole number; --top K has K classes on it",
    )
    group.add_argument(
        "--every",
        type=every,
        metavar="N",
        help="classify each Nth frame, or one in so many seconds (0.5s); --out shows the others with the answer before "
        "them (default: all)",
    )
    group.add_argument(
        "--smooth",
        type=positive,
        metavar="SECONDS",
        help="take the mean of the probabilities of so many seconds, against answers that flicker; not where several "
        "digits are seen",
    )


def wants_film(arguments: argparse.Namespace) -> bool:
    """Return whether a film or a camera is to be classified, not pictures."""
    return arguments.video is not None or arguments.camera is not None


def check_film_flags(parser: argparse.ArgumentParser, arguments: argparse.Namespace) -> None:
    """End the program if flags do not go together.

    Parameters
    ----------
    parser : argparse.ArgumentParser
    arguments : argparse.Namespace
        Once `choose_run` has made all pictures its `input_image`.
    """
    is_film = wants_film(arguments)
    for name in ONLY_PICTURES if is_film else ONLY_FILMS:
        value = getattr(arguments, name)
        if value or (name == "reject" and value is not None):
            instead = "pictures; leave it out" if is_film else "films; add --video FILE"
            parser.error(f"argument --{name}: is for {instead}")
    if is_film and arguments.input_image:
        flag = "camera" if arguments.video is None else "video"
        parser.error(
            f"argument --{flag}: goes without pictures, {arguments.input_image[0]} among them"
        )
    if arguments.out is not None:
        from lenet.report.film_writer import KINDS

        if arguments.out.suffix.lower() not in KINDS:
            names = ", ".join(KINDS)
            parser.error(f"argument --out: {arguments.out}: expected a name that ends with {names}")
        if arguments.video is not None and arguments.out.exists():
            try:
                is_same = arguments.out.samefile(arguments.video)
            except OSError:  # which is said when it is opened
                is_same = False
            if is_same:
                parser.error(
                    f"argument --out: {arguments.out}: is the film itself; choose another name"
                )


def every(text: str) -> int | Fraction:
    """Return what a text names: a number of frames, or a Fraction of seconds.

    Raises
    ------
    argparse.ArgumentTypeError
        If it is neither.
    """
    if not text.endswith("s"):
        return positive_int(text)
    return Fraction(positive(text.removesuffix("s")))


def taken(step: int | Fraction | None) -> Callable[["Frame"], bool]:
    """Return a function that says of each frame in turn whether it is classified.

    Parameters
    ----------
    step : int, Fraction or None
        See `every`; None is every frame.
    """
    due: int | Fraction = 0

    def is_due(frame: "Frame") -> bool:
        nonlocal due
        at = frame.time if isinstance(step, Fraction) else frame.number
        if at < due:
            return False
        due = (at // step + 1) * step if step else 0
        return True

    return is_due
