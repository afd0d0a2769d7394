"""``lenet-graph trace``: the outputs of all layers for one image."""

import argparse
import io
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytensor

from lenet import limits
from lenet.commands.flags import add_part
from lenet.data.dataset import FOLDER
from lenet.data.image_files import fit_to
from lenet.data.sight import sight_of
from lenet.errors import CommandError
from lenet.files import open_regular, write_atomically
from lenet.graph.feature_maps import feature_map_figure
from lenet.graph.pictures import save_figure
from lenet.graph.subject import Subject, add_model_flags, build_subject
from lenet.terminal import say
from lenet.text import shape_text, shown, table
from lenet.training.flag_fields import natural

if TYPE_CHECKING:
    from PIL.Image import Image

DESCRIPTION = """\
Run one image through a network and show what every layer makes of it: a table of the values of each
output, trace.h5 with the values themselves, and feature_maps.png with a picture of them."""
EPILOG = """\
examples:
  lenet-graph trace runs/small --index 7
  lenet-graph trace runs/small three.png --out_dir three"""
SPLITS = ("train", "valid", "test")
VALUES, PICTURE = "trace.h5", "feature_maps.png"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the flags of this command."""
    add_model_flags(parser, "--data_dir", "--backend")
    parser.add_argument(
        "picture",
        nargs="?",
        type=Path,
        metavar="IMAGE",
        help="a picture of any size; brought to that of the network's images, gray if those are",
    )
    parser.add_argument("--image", type=Path, metavar="IMAGE", help="IMAGE, as it was first spelt")
    parser.add_argument(
        "--index",
        type=natural,
        default=0,
        metavar="N",
        help="without IMAGE: the image's number in its --part, from 0 (default: %(default)s)",
    )
    add_part(
        parser, "part of the data set that --index counts in (default: %(default)s)", default="test"
    )
    parser.add_argument(
        "--out_dir",
        type=Path,
        default=Path("lenet-trace"),
        metavar="DIR",
        help=f"folder for {VALUES} and {PICTURE} (default: %(default)s)",
    )


def run(arguments: argparse.Namespace) -> int:
    """Trace an image, write the results and return the exit status."""
    if None not in (arguments.picture, arguments.image):
        raise CommandError(f"--image {arguments.image}: beside {arguments.picture}; expected one")
    path = arguments.picture or arguments.image
    subject = build_subject(arguments)
    if path is None:
        image, label, origin = image_of_split(subject, arguments)
    else:
        image, label, origin = image_of_file(path, subject), None, shown(path)
    values = trace(subject, image)

    probabilities = values["p_y_given_x"][0]
    classes = [subject.class_names[k] for k in np.argsort(-probabilities, kind="stable")]
    ranked = np.sort(probabilities)[::-1]
    guesses = ", ".join(f"{n} {100 * p:.1f} %" for n, p in zip(classes[:3], ranked, strict=False))
    truth = "" if label is None else f", is {subject.class_names[label]}"
    say(f"{origin} through LeNet for {subject.dataset} ({subject.origin})\n")
    say(f"{values_table(values)}\n\n{guesses}{truth}")

    arguments.out_dir.mkdir(parents=True, exist_ok=True)
    save_values(arguments.out_dir / VALUES, values, origin, label)
    figure = feature_map_figure(
        values, subject.class_names, f"{origin}: taken for {classes[0]}{truth}"
    )
    save_figure(figure, arguments.out_dir / PICTURE)
    say(f"{shown(arguments.out_dir / VALUES)}\n{shown(arguments.out_dir / PICTURE)}")
    return 0


def image_of_split(
    subject: Subject, arguments: argparse.Namespace
) -> tuple[np.ndarray, int | None, str]:
    """Return an image of a data set, its label and its description.

    The image has shape (1, channels, size, size).

    Raises
    ------
    CommandError
        If there is no such image.
    DataError
        If the data set cannot be loaded.
    """
    dataset = subject.load_images(arguments.data_dir)
    split = dict(zip(SPLITS, (dataset.train, dataset.valid, dataset.test), strict=True))
    images, labels = split[arguments.split]
    if not len(labels):
        raise CommandError(f"no {arguments.split} images in {dataset.name}: choose another --split")
    if arguments.index >= len(labels):
        raise CommandError(
            f"--index {arguments.index}: the {arguments.split} images of {dataset.name} have the "
            f"numbers 0 to {len(labels) - 1}"
        )
    origin = f"{arguments.split} image {arguments.index}"
    chosen = images[arguments.index][np.newaxis]
    expected = (1, subject.channels, subject.size, subject.size)
    if chosen.shape != expected:
        raise CommandError(
            f"the images of {dataset.name} have the shape {chosen.shape[1:]}, but the network takes "
            f"{expected[1:]}"
        )
    return chosen, int(labels[arguments.index]), origin


def image_of_file(path: Path, subject: Subject) -> np.ndarray:
    """Read an image file as a network's input.

    One that has learnt one's own images sees it as when it predicts, any other the centre of it.

    Returns
    -------
    ndarray of uint8, shape (1, channels, size, size)

    Raises
    ------
    CommandError, ImageError
        If the file is missing, is not an image, or would decode to gigabytes.
    """
    if subject.dataset == FOLDER:
        return image_of_ones_own(path, subject)
    from PIL import Image, UnidentifiedImageError

    try:
        with open_regular(path, limits.PICTURE_BYTES) as file, Image.open(file) as picture:
            pixels = prepared(picture, subject.channels, subject.size)
    except UnidentifiedImageError as error:
        raise CommandError(f"{path}: not a picture that can be read") from error
    except OSError as error:
        raise CommandError(f"{path}: {error.strerror or error}") from error
    except (Image.DecompressionBombError, ValueError, SyntaxError) as error:
        raise CommandError(f"{path}: {error}") from error
    return pixels[np.newaxis]


def image_of_ones_own(path: Path, subject: Subject) -> np.ndarray:
    """Read the first picture in a file as a network's own images were read."""
    attributes = subject.attributes
    sight = sight_of(attributes)
    form = subject.size, bool(attributes.get("keep_aspect", True))
    sight.adapt([path], subject.channels, *form)
    page = sight.pages_of(path, subject.channels)[0]
    return fit_to(sight.read(path, subject.channels, page, *form), *form)[np.newaxis]


def prepared(picture: "Image", channels: int, size: int) -> np.ndarray:
    """Return the centre of a picture, resized, as uint8 (channels, size, size)."""
    from PIL import ImageOps

    if picture.mode.startswith("I") or picture.mode == "F":
        raise ValueError(f"pixels of mode {picture.mode}, expected 8 bits for each colour")
    coloured = picture.convert("L" if channels == 1 else "RGB")
    pixels = np.asarray(ImageOps.fit(coloured, (size, size)), np.uint8)
    return pixels.reshape(size, size, channels).transpose(2, 0, 1)


def trace(subject: Subject, images: np.ndarray) -> dict[str, np.ndarray]:
    """Return the values of the input and of each layer's output, by name.

    Parameters
    ----------
    subject : Subject
    images : ndarray of uint8, shape (n, channels, size, size)

    Returns
    -------
    dict of str to ndarray
        "images" (scaled to 0..1), "conv1", ..., "logits" and "p_y_given_x".
    """
    network, model = subject.network, subject.network.model
    outputs = {"images": network.scaled, **subject.hidden_outputs}
    outputs |= {"logits": model.scores, "p_y_given_x": model.p_y_given_x}
    function = pytensor.function(
        [subject.network.images], list(outputs.values()), mode=subject.backend.mode, name="trace"
    )
    return dict(zip(outputs, map(np.asarray, function(images)), strict=True))


def values_table(values: dict[str, np.ndarray]) -> str:
    """Return a table of the layers' outputs: shape, mean, deviation, extremes, zeros."""
    rows: list[Sequence[str]] = [("layer", "shape", "mean", "sd", "min", "max", "zeros in %")]
    for name, value in values.items():
        numbers = [value.mean(), value.std(), value.min(), value.max()]
        rows.append(
            (
                name,
                shape_text(value.shape[1:]),
                *(f"{number:.4g}" for number in numbers),
                f"{100 * (value == 0).mean():.1f}",
            )
        )
    return table(rows)


def save_values(path: Path, values: dict[str, np.ndarray], origin: str, label: int | None) -> None:
    """Write the values as HDF5: a data set for each layer, attributes for the image.

    Raises
    ------
    OSError
        Naming the file, if it cannot be written.
    """
    import h5py

    buffer = io.BytesIO()
    with h5py.File(buffer, "w") as file:
        file.attrs["image"] = origin
        if label is not None:
            file.attrs["label"] = label
        for name, value in values.items():
            file[name] = value
    write_atomically(path, buffer.getvalue())
