"""Answers of `lenet-predict` in words, in tables, and drawn into the pictures."""

import io
from collections.abc import Sequence
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from lenet.evaluation.rejection import none_name
from lenet.files import write_atomically

if TYPE_CHECKING:
    import numpy as np

UNSURE = 0.8  # below this probability an answer is marked
TORN = 0.5  # and the next class is named if it has so much of it


class Picture(NamedTuple):
    """A picture as the network takes it, and what was done to make it so.

    Attributes
    ----------
    name : str
    image : ndarray of uint8, shape (channels, size, size)
    inverted, centred : bool
    box : tuple of int, or None
        What was cut out: left, top, right and bottom in pixels of the picture.
    doubt : str
        Why it may show no digit; empty most often.
    source : (Path, int)
        Its file and page.
    """

    name: str
    image: "np.ndarray"
    inverted: bool = False
    centred: bool = False
    box: tuple[int, int, int, int] | None = None
    doubt: str = ""
    source: tuple[Path, int] = (Path(), 0)


def answer(
    probabilities: "np.ndarray", class_names: Sequence[str], top: int, none: str = ""
) -> str:
    """Return the most probable classes of a picture in words.

    They are marked if none is probable, and come after `none` if the picture is rejected, which is what it is
    called then.
    """
    from lenet.data.dataset import DIGIT_NAMES

    if tuple(class_names) != DIGIT_NAMES:
        return _shares(probabilities, class_names, top, "{} {}", none)
    return f"Predicted Number: {_shares(probabilities, class_names, top, '{} ({})', none)}"


def answers_of_pictures(
    pictures: Sequence[Picture],
    probabilities: "np.ndarray",
    class_names: Sequence[str],
    top: int,
    is_rejected: "np.ndarray | None" = None,
) -> list[tuple[str, list[str]]]:
    """Return the name of each picture, and its answer in one line or several.

    With several digits the first line has all of them, and each has one of its own. Pictures that are
    rejected are said to be of no class.
    """
    told = []
    rejected = [False] * len(pictures) if is_rejected is None else is_rejected.tolist()
    none = none_name(class_names)
    triples = zip(pictures, probabilities, rejected, strict=True)
    for source, group in groupby(triples, key=lambda triple: (triple[0].name, triple[0].source)):
        found = [(shares, none if is_none else "") for _, shares, is_none in group]
        if len(found) == 1:
            lines = [answer(found[0][0], class_names, top, found[0][1])]
        else:
            numbers = " ".join(
                "?" if said else class_names[int(shares.argmax())] for shares, said in found
            )
            each = [_shares(shares, class_names, top, "{} ({})", said) for shares, said in found]
            lines = [f"Predicted Numbers: {numbers}", *(f"  {line}" for line in each)]
        told.append((source[0], lines))
    return told


def _shares(
    probabilities: "np.ndarray", class_names: Sequence[str], top: int, form: str, none: str = ""
) -> str:
    """Return the most probable classes by a form, with a mark if none is probable."""
    order = (-probabilities).argsort(kind="stable")
    named = [form.format(class_names[k], f"{100 * probabilities[k]:.1f} %") for k in order]
    if none:
        return f"{none}, most like {', '.join(named[:top])}"
    first, second = (float(probabilities[k]) for k in order[:2])
    mark = ""
    if first < UNSURE:
        is_torn = second >= TORN * first and top == 1
        mark = f", unsure: or {named[1]}" if is_torn else ", unsure"
    return ", ".join(named[:top]) + mark


def table_rows(
    pictures: Sequence[Picture],
    probabilities: "np.ndarray",
    class_names: Sequence[str],
    with_boxes: bool | None = None,
    is_rejected: "np.ndarray | None" = None,
) -> list[list[object]]:
    """Return a row of names, and a row of class probabilities for each picture.

    The boxes of digits follow, as asked for, or if there are any.
    """
    if with_boxes is None:
        with_boxes = any(picture.box for picture in pictures)
    edges = ["left", "top", "right", "bottom"] if with_boxes else []
    names = predicted_names(probabilities, class_names, is_rejected)
    rows: list[list[object]] = [["file", "prediction", "probability", *class_names, *edges]]
    for picture, found, name in zip(pictures, probabilities, names, strict=True):
        shares = [round(float(share), 6) for share in found]
        box = picture.box or (None,) * 4
        rows.append(
            [
                picture.name,
                name,
                max(shares),
                *shares,
                *box[: len(edges)],
            ]
        )
    return rows


def predicted_names(
    probabilities: "np.ndarray", class_names: Sequence[str], is_rejected: "np.ndarray | None"
) -> list[str]:
    """Return the predicted class of each picture; another name if it is rejected."""
    names = [class_names[k] for k in probabilities.argmax(axis=1)]
    if is_rejected is None:
        return names
    none = none_name(class_names)
    return [none if one else name for name, one in zip(names, is_rejected, strict=True)]


def entries(
    pictures: Sequence[Picture],
    probabilities: "np.ndarray",
    class_names: Sequence[str],
    is_rejected: "np.ndarray | None" = None,
) -> list[dict[str, object]]:
    """Return what JSON has of each picture, or of each digit of one."""
    content: list[dict[str, object]] = []
    names = predicted_names(probabilities, class_names, is_rejected)
    for k, (picture, found) in enumerate(zip(pictures, probabilities, strict=True)):
        shares = [round(float(share), 6) for share in found]
        content.append(
            {
                "file": picture.name,
                "prediction": names[k],
                **({} if is_rejected is None else {"rejected": bool(is_rejected[k])}),
                "probability": max(shares),
                "inverted": picture.inverted,
                "centred": picture.centred,
                "box": picture.box,
                "unsure": max(shares) < UNSURE,
                "doubt": picture.doubt or None,
                "probabilities": dict(zip(class_names, shares, strict=True)),
            }
        )
    return content


def write_boxes(folder: Path, pictures: Sequence[Picture], texts: Sequence[str]) -> None:
    """Write the pictures into a folder, with a box and a text at each digit.

    Parameters
    ----------
    folder : Path
        Made if it is missing. A file has the name of its picture, then "-boxes.png".
    pictures : sequence of Picture
    texts : sequence of str
        One for each.

    Raises
    ------
    OSError
        Naming what cannot be written.
    """
    from lenet.data.image_files import read_image

    folder.mkdir(parents=True, exist_ok=True)
    taken: set[str] = set()
    pairs = zip(pictures, texts, strict=True)
    for (path, page), group in groupby(pairs, key=lambda pair: pair[0].source):
        stem = path.stem + (f"-page{page + 1}" if page else "")
        name, count = stem, 1
        while name.casefold() in taken:
            count += 1
            name = f"{stem}-{count}"
        taken.add(name.casefold())
        boxes = [(picture.box, text) for picture, text in group if picture.box]
        write_atomically(folder / f"{name}-boxes.png", _drawn(read_image(path, 3, page), boxes))


def _drawn(pixels: "np.ndarray", boxes: Sequence[tuple[tuple[int, int, int, int], str]]) -> bytes:
    """Return a picture with boxes, as the bytes of a PNG file."""
    from PIL import Image, ImageDraw

    from lenet.report.captions import draw_box, enlarged, enlargement

    image = Image.fromarray(pixels.transpose(1, 2, 0))
    factor = enlargement(image.size)
    image = enlarged(image, factor)
    drawing = ImageDraw.Draw(image)
    for (left, top, right, bottom), text in boxes:
        draw_box(drawing, (factor * left, factor * top, factor * right, factor * bottom), text)
    file = io.BytesIO()
    image.save(file, "PNG")
    return file.getvalue()
