"""Classification of films and cameras, frame by frame."""

import argparse
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from fractions import Fraction
from itertools import takewhile
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from lenet.commands.film_flags import taken
from lenet.commands.film_outputs import ChangeLines, Seen, captioned_film, film_tables
from lenet.commands.output import wants_text
from lenet.commands.picture_answers import Picture
from lenet.commands.preparation import looks_for_digits, prepared
from lenet.data.films import Film, Frame, newest, opened_camera, opened_film
from lenet.data.image_files import pixels_of
from lenet.errors import CommandError, ImageError
from lenet.terminal import FAILED, INTERRUPTED, complain, interrupts_counted, progress_bar, say
from lenet.text import counted

if TYPE_CHECKING:
    from lenet.data.sight import Sight
    from lenet.runs.ensemble import TrainedModel

PROGRAM = "lenet-predict"
# Frames that are held at a time: at most so many, and about so many bytes.
MOST_FRAMES, MOST_BYTES = 64, 128 << 20


def predict_film(arguments: argparse.Namespace, model: "TrainedModel", sight: "Sight") -> int:
    """Classify a film or a camera as the arguments say; return the exit status.

    What was done before Ctrl-C, before a film turns out to be damaged, or before there is no place left for the film of
    ``--out``, is kept.

    Returns
    -------
    int
        0, also for a camera after Ctrl-C; 1 if frames could not be read or written, or none shows a digit; 130 for a
        film after Ctrl-C.

    Raises
    ------
    CommandError, ImageError, OSError
        For what the user can put right.
    """
    classify = Classifier(arguments, model, sight)
    is_camera = arguments.video is None
    lines = ChangeLines(model.class_names, arguments.top)
    failure: Exception | None
    with ExitStack() as stack:
        opened = opened_camera(arguments.camera) if is_camera else opened_film(arguments.video)
        film = stack.enter_context(opened)
        frames = film.frames()
        if is_camera:
            frames = stack.enter_context(newest(frames))
        has_boxes = looks_for_digits(arguments, model)
        add_row = stack.enter_context(film_tables(arguments, model.class_names, has_boxes))
        pressed = stack.enter_context(interrupts_counted())
        wanted = takewhile(lambda _: not pressed, frames)
        seen = classify.frames(wanted, 1 if is_camera else MOST_FRAMES)
        texts = wants_text(arguments)
        try:
            with captioned_film(arguments, film, model.class_names) as add_frame:
                failure = hand_on(seen, film, lines, texts, add_row, add_frame)
        except (CommandError, OSError) as error:
            is_other = isinstance(error, OSError) and error.filename != str(arguments.out)
            if is_other or not lines.n_frames:
                raise
            failure = error
    if isinstance(failure, OSError):
        complain(PROGRAM, f"{failure.filename}: {failure.strerror}")
    elif failure is not None:
        complain(PROGRAM, failure)
    if film.n_damaged:
        pieces = counted(film.n_damaged, "damaged piece")
        complain(PROGRAM, f"{film.name}: {pieces} left out; use or export another copy")
    if texts:
        say(lines.summary(film.rate))
    classify.tell_changes()
    if not classify.n_seen:
        complain(
            PROGRAM,
            f"{film.name}: no frame shows a digit; use another film, or --no_centre to classify whole frames",
        )
    if pressed:
        complain(PROGRAM, "interrupted; what was seen until then is kept")
    if failure is not None or film.n_damaged or not classify.n_seen:
        return FAILED
    return INTERRUPTED if pressed and not is_camera else 0


def hand_on(
    answers: Iterable[tuple[Frame, Seen, bool]],
    film: Film,
    lines: ChangeLines,
    texts: bool,
    add_row: Callable[[Seen], None],
    add_frame: Callable[[Frame, Seen], None],
) -> ImageError | None:
    """Hand answers on to all that write them; return why they end early, if so.

    Parameters
    ----------
    answers : iterable of (Frame, Seen, bool)
        See `Classifier.frames`.
    film : Film
    lines : ChangeLines
    texts : bool
        Whether its lines are printed.
    add_row, add_frame : callable
        See `film_tables` and `captioned_film`.

    Raises
    ------
    ImageError, KeyboardInterrupt
        If there is not even one frame.
    """
    with progress_bar(total=film.n_frames, desc=film.name, unit="frame") as bar:
        try:
            for frame, seen, is_new in answers:
                line = lines.add(frame, seen, is_new)
                if is_new:
                    bar.set_postfix_str(lines.answer(seen), refresh=False)
                    add_row(seen)
                if texts and line:
                    bar.clear()
                    say(line)
                add_frame(frame, seen)
                bar.update()
        except (ImageError, KeyboardInterrupt) as error:
            if not lines.n_frames:
                raise
            return error if isinstance(error, ImageError) else None
    if not lines.n_frames:
        raise KeyboardInterrupt
    return None


class Classifier:
    """Classifier of frames, batch by batch, as `lenet-predict` classifies pictures.

    Parameters
    ----------
    arguments : argparse.Namespace
    model : SavedModel or Ensemble
    sight : Sight

    Attributes
    ----------
    n_seen : int
        Frames so far that show something to be classified.

    Raises
    ------
    ImageError
        If the network takes other pictures than those of films.
    """

    def __init__(
        self, arguments: argparse.Namespace, model: "TrainedModel", sight: "Sight"
    ) -> None:
        if model.channels not in (1, 3):
            raise ImageError(
                f"the network takes {model.channels} channels, and films have 3, red, green and blue; give it pictures"
            )
        self.arguments, self.model, self.sight = arguments, model, sight
        self.is_due = taken(arguments.every)
        self.smoothed = smoothing(arguments.smooth)
        self.changes: Counter[str] = Counter()
        self.n_seen = 0
        self.seen: Seen | None = None

    def frames(self, frames: Iterable[Frame], most: int) -> Iterator[tuple[Frame, Seen, bool]]:
        """Yield frames, what is seen in each, and whether that is new.

        It is not if the frame was passed over: then it is that of the one before.

        Parameters
        ----------
        frames : iterable of Frame
        most : int
            Frames in a batch.

        Raises
        ------
        ImageError
            As soon as frames cannot be read.
        """
        for batch in batches(frames, most):
            found = {frame.number: self._pictures(frame) for frame in batch if self.is_due(frame)}
            images = [picture.image for pictures in found.values() for picture in pictures]
            shares = np.empty((0, len(self.model.class_names)))
            if images:
                shares = self.model.probabilities(
                    np.stack(images), self.arguments.batch_size, self.arguments.tta
                )
            start = 0
            for frame in batch:
                is_new = frame.number in found
                if is_new:
                    pictures = found[frame.number]
                    own = self.smoothed(frame.time, shares[start : start + len(pictures)])
                    start += len(pictures)
                    self._count(pictures)
                    self.seen = Seen(frame.number, frame.time, pictures, own)
                assert self.seen is not None  # the first frame is always due
                yield frame, self.seen, is_new

    def _pictures(self, frame: Frame) -> list[Picture]:
        """Return a frame as the network takes it, or each digit in it."""
        name = f"frame {frame.number}"
        image = self.sight.bytes_of(pixels_of(frame.image, self.model.channels))
        source = (Path(), frame.number)
        try:
            return list(prepared(image, name, source, self.arguments, self.model))
        except ImageError:
            return []

    def _count(self, pictures: list[Picture]) -> None:
        """Count what was done to a frame."""
        self.n_seen += bool(pictures)
        self.changes["inverted"] += any(picture.inverted for picture in pictures)
        self.changes["centred"] += any(picture.centred for picture in pictures)
        for doubt in {picture.doubt for picture in pictures if picture.doubt}:
            self.changes[doubt] += 1

    def tell_changes(self) -> None:
        """Say on standard error what was done to frames beside scaling them."""
        texts = {
            "inverted": ("inverted to light on dark", " (see --invert)"),
            "centred": (
                f"digits cut out, scaled and centred, as the images of {self.model.dataset} are",
                " (see --no_centre)",
            ),
        }
        for name, count in self.changes.items():
            text, see = texts.get(name, (f"doubtful, {name}", ""))
            if count:
                complain(PROGRAM, f"{text}: in {counted(count, 'frame')}{see}")


def batches(frames: Iterable[Frame], most: int) -> Iterator[list[Frame]]:
    """Yield frames in lists of at most so many, and of not too many bytes.

    Raises
    ------
    ImageError
        If frames cannot be read, once those before have been yielded.
    """
    batch: list[Frame] = []
    n_bytes, failure = 0, None
    try:
        for frame in frames:
            batch.append(frame)
            n_bytes += 3 * frame.image.width * frame.image.height
            if len(batch) >= most or n_bytes >= MOST_BYTES:
                yield batch
                batch, n_bytes = [], 0
    except ImageError as error:
        failure = error
    if batch:
        yield batch
    if failure is not None:
        raise failure


def smoothing(seconds: float | None) -> Callable[[Fraction, np.ndarray], np.ndarray]:
    """Return a function from times and probabilities of frames to running means.

    Parameters
    ----------
    seconds : float, optional
        Whose frames count, up to that one; without, nothing is changed. Nor is it where a frame shows several digits, or
        none; what was before does not count after it.
    """
    past: deque[tuple[Fraction, np.ndarray]] = deque()

    def smoothed(time: Fraction, found: np.ndarray) -> np.ndarray:
        if seconds is None:
            return found
        if len(found) != 1:
            past.clear()
            return found
        past.append((time, found))
        while time - past[0][0] >= seconds:
            past.popleft()
        return np.mean([each for _, each in past], axis=0)

    return smoothed
