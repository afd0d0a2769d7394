"""Answers about frames as lines of text, CSV, JSON, and on the film itself."""

import argparse
import json
import textwrap
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from lenet.commands.output import STANDARD_OUTPUT
from lenet.commands.picture_answers import (
    UNSURE,
    Picture,
    answers_of_pictures,
    entries,
    table_rows,
)
from lenet.files import written_atomically
from lenet.terminal import say
from lenet.text import counted, csv_lines, json_text, listed

if TYPE_CHECKING:
    from lenet.data.films import Film, Frame
    from lenet.report.captions import Box, Row

NOTHING = "no digit"
DECIMALS = 6  # of seconds
MAX_NAMED = 5


class Seen(NamedTuple):
    """Pictures in a frame, with their class probabilities.

    Attributes
    ----------
    number : int
        Of the frame, from 0.
    time : Fraction
        Seconds since the first.
    pictures : list of Picture
        The frame, or each digit in it; empty if it shows none.
    probabilities : ndarray of floating point, shape (pictures, classes)
    """

    number: int
    time: Fraction
    pictures: list[Picture]
    probabilities: np.ndarray

    def classes(self, class_names: Sequence[str]) -> list[str]:
        """Return the most probable class of each picture."""
        return [class_names[int(found.argmax())] for found in self.probabilities]


def clock(seconds: Fraction) -> str:
    """Return a time as players show it, with hundredths: 0:02.40 or 1:02:03.40."""
    hundredths = round(100 * seconds)
    minutes, rest = divmod(hundredths, 6000)
    hours, minutes = divmod(minutes, 60)
    first = f"{hours}:{minutes:02}" if hours else f"{minutes}"
    return f"{first}:{rest // 100:02}.{rest % 100:02}"


class ChangeLines:
    """Lines about what is seen, one whenever that changes, and a summary.

    Parameters
    ----------
    class_names : sequence of str
    top : int
        How many classes a line has.
    """

    def __init__(self, class_names: Sequence[str], top: int) -> None:
        self.class_names, self.top = class_names, top
        self.before: list[str] | None = None
        self.counts: Counter[str] = Counter()
        self.n_frames, self.end = 0, Fraction(0)

    def answer(self, seen: Seen) -> str:
        """Return what is seen in a frame, in words."""
        if not seen.pictures:
            return NOTHING
        answers = answers_of_pictures(seen.pictures, seen.probabilities, self.class_names, self.top)
        return answers[0][1][0]

    def add(self, frame: "Frame", seen: Seen, is_new: bool) -> str:
        """Count a frame, and return a line if it shows something else than the one before."""
        self.n_frames, self.end = self.n_frames + 1, frame.time
        classes = seen.classes(self.class_names)
        if not is_new:
            return ""
        self.counts[" ".join(classes) or NOTHING] += 1
        if classes == self.before:
            return ""
        self.before = classes
        return f"{clock(seen.time)}  {self.answer(seen)}"

    def summary(self, rate: Fraction) -> str:
        """Return the share of each answer, of a film of so many frames in a second."""
        n_seen = self.counts.total()
        few = "" if n_seen == self.n_frames else f"{n_seen:,} of "
        shares = [
            f"{name} in {100 * count / n_seen:.1f} %" for name, count in self.counts.most_common()
        ]
        end = clock(self.end + 1 / rate)
        return f"{few}{counted(self.n_frames, 'frame')}, {end}: {listed(shares, MAX_NAMED)}"


@contextmanager
def film_tables(
    arguments: argparse.Namespace, class_names: Sequence[str], with_boxes: bool
) -> Iterator[Callable[[Seen], None]]:
    """Lend a function that writes a frame into what ``--csv`` and ``--json`` name.

    The files take their names at the end of the block.

    Raises
    ------
    OSError
        Naming the file that cannot be written.
    """
    with ExitStack() as stack:

        def opened(destination: str) -> Callable[[str], object]:
            if destination == STANDARD_OUTPUT:
                return lambda text: say(text.removesuffix("\n"))
            file = stack.enter_context(written_atomically(Path(destination)))
            return lambda text: file.write(text.encode())

        csv = None if arguments.csv is None else opened(arguments.csv)
        json = None if arguments.json is None else opened(arguments.json)
        waiting: list[str] = []  # the last entry, until it is known whether a comma follows

        def add(seen: Seen) -> None:
            if csv is not None:
                csv(csv_lines(film_rows(seen, class_names, with_boxes)))
            if json is not None:
                for entry in film_entries(seen, class_names):
                    if waiting:
                        json(f"{waiting.pop()},\n")
                    waiting.append(_indented(entry))

        if csv is not None:
            header = table_rows([], np.empty((0, len(class_names))), class_names, with_boxes)[0]
            csv(csv_lines([["frame", "time", *header[1:]]]))
        if json is not None:
            json("[\n")
        yield add
        if json is not None:
            json("".join(f"{text}\n" for text in waiting) + "]\n")


def _indented(entry: dict[str, object]) -> str:
    text = json.dumps(entry, indent=2, ensure_ascii=False, allow_nan=False)
    return textwrap.indent(json_text(text), "  ")


def film_rows(seen: Seen, class_names: Sequence[str], with_boxes: bool) -> list[list[object]]:
    """Return the rows of a frame in CSV: one for each picture, or an empty one."""
    place = [seen.number, round(float(seen.time), DECIMALS)]
    header, *rows = table_rows(seen.pictures, seen.probabilities, class_names, with_boxes)
    return [[*place, *row[1:]] for row in rows or [[None] * len(header)]]


def film_entries(seen: Seen, class_names: Sequence[str]) -> list[dict[str, object]]:
    """Return what JSON has of a frame: an entry for each picture, or an empty one."""
    place: dict[str, object] = {
        "frame": seen.number,
        "time": round(float(seen.time), DECIMALS),
    }
    found = entries(seen.pictures, seen.probabilities, class_names)
    for entry in found:
        del entry["file"]
    return [{**place, **entry} for entry in found or [{"prediction": None, "probability": None}]]


def caption_of(
    seen: Seen, class_names: Sequence[str], top: int, size: tuple[int, int], factor: int
) -> tuple[list["Row"], list[tuple["Box", str]]]:
    """Return the rows of a caption for a frame, and the boxes of its digits.

    Parameters
    ----------
    seen : Seen
    class_names : sequence of str
    top : int
        Rows with the most probable classes, of a single picture.
    size : (int, int)
        Width and height of the frame in pixels.
    factor : int
        How many times it is enlarged.
    """
    from lenet.report.captions import Row

    names = seen.classes(class_names)
    if len(names) != 1:
        rows = [Row(" ".join(names) or NOTHING)]
    else:
        shares = seen.probabilities[0]
        best = (-shares).argsort(kind="stable")[:top]
        is_sure = bool(shares.max() >= UNSURE)
        rows = [Row(class_names[k], float(shares[k]), is_sure) for k in best]
    boxes = []
    for picture, name in zip(seen.pictures, names, strict=True):
        if picture.box is not None and picture.box != (0, 0, *size):
            left, top_, right, bottom = (factor * side for side in picture.box)
            boxes.append(((left, top_, right, bottom), name))
    return rows, boxes


@contextmanager
def captioned_film(
    arguments: argparse.Namespace, film: "Film", class_names: Sequence[str]
) -> Iterator[Callable[["Frame", Seen], None]]:
    """Lend a function that writes a captioned frame into the film of ``--out``.

    The file takes its name at the end of the block. Without the flag, nothing is written.

    Raises
    ------
    CommandError, OSError
        If it cannot be written.
    """
    if arguments.out is None:
        yield lambda *_: None
        return
    from lenet.report.captions import captioned
    from lenet.report.film_writer import FilmWriter

    path, top = arguments.out, arguments.top
    with written_atomically(path) as file:
        writer = FilmWriter(file, path, film.rate, film.time_base, arguments.threads)

        def add(frame: "Frame", seen: Seen) -> None:
            image = writer.show(frame.image)
            size = frame.image.size
            rows, boxes = caption_of(seen, class_names, top, size, writer.factor)
            # Boxes are in pixels of their frame, which has been scaled if it is not like the first.
            fit = size == writer.size
            writer.add(captioned(image, rows, boxes if fit else ()), frame.time)

        yield add
        writer.close()
