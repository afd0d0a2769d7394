"""Page of a network and of its run, for `lenet-show` and `lenet-train --show`."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from lenet.compile.backends import Backend
from lenet.errors import CommandError, LenetError
from lenet.files import write_atomically
from lenet.report.show_link import add_link
from lenet.runs.names import LAST, MODEL, PAGE
from lenet.runs.saved_model import SavedModel
from lenet.show.confusion import confusion_of
from lenet.show.learnt import Learnt
from lenet.show.page_writer import page_of
from lenet.show.pictures import ShownPictures, chosen_pictures
from lenet.show.primitives import Numbers, layer_descriptions
from lenet.terminal import INTERRUPTED, complain, say
from lenet.text import shown
from lenet.training.options import RunOptions

if TYPE_CHECKING:
    from lenet.data.dataset import Dataset

BATCH_SIZE = 500
HINT = "it has no slider through the epochs: lenet train --show keeps them"
Found = TypeVar("Found")


def load_shown(path: Path, backend: Backend) -> SavedModel:
    """Return a network from its file, if a page can show it.

    Raises
    ------
    CheckpointError
        If it cannot be read.
    CommandError
        If it has a layer that no page has, which is named.
    """
    model = SavedModel.load(path, backend.mode)
    try:
        layer_descriptions(model.network.model.layers, Numbers())
    except ValueError as error:
        raise CommandError(f"{shown(model.path)}: {error}") from error
    return model


def write_page(
    program: str,
    model: SavedModel,
    output: Path,
    pictures: ShownPictures,
    dataset: "Dataset | None",
    folder: Path | None = None,
) -> None:
    """Write the page of a network, link the report of its run to it, and say so.

    Files of the run that are damaged are left out, each with a line.

    Parameters
    ----------
    program : str
        That says it.
    model : SavedModel
    output : Path
        Replaced, if it is there.
    pictures : ShownPictures
    dataset : Dataset or None
        For the pictures of its confusion matrix, if they are wanted and at hand.
    folder : Path, optional
        Of the run, if the network's file is not in it.

    Raises
    ------
    OSError
        If the file, or the link, cannot be written.
    """
    learnt = unless_damaged(program, "curves and epochs", lambda: Learnt.of_run(model, folder))
    confusion = unless_damaged(
        program, "confusion matrix", lambda: confusion_of(model, dataset, folder)
    )
    page = page_of(model, pictures, learnt, confusion)
    was_there = output.exists()
    write_atomically(output, page)
    if output == (folder or model.path.parent) / PAGE:
        add_link(output.parent)
    replaced = ", in place of the file that was there" if was_there else ""
    say(
        f"{shown(output)}: {shown(model.dataset)}, {len(page):,} bytes{replaced}; open it in a browser"
    )
    if learnt is not None and learnt.kept is None:
        say(HINT)


def unless_damaged(program: str, what: str, read: Callable[[], Found | None]) -> Found | None:
    """Return what a function reads; None, and a line, if it is damaged."""
    try:
        return read()
    except LenetError as error:
        complain(program, f"no {what} on the page: {error}")
        return None


def write_run_page(
    program: str, options: RunOptions, dataset: "Dataset", backend: Backend, status: int
) -> int:
    """Write the page of a run that has ended, and return its exit status.

    Of a network that no page can show this is said, and nothing is written; nor is anything of a run without an epoch.

    Parameters
    ----------
    program : str
        That says it.
    options : RunOptions
    dataset : Dataset
        The images that it was trained on, and tested.
    backend : Backend
    status : int
        Of the training.
    """
    path = options.model_save_path or options.folder / MODEL
    # Without an epoch, a file at that path is of an earlier run.
    if not ((options.folder / LAST).exists() and path.exists()):
        return status
    try:
        model = load_shown(path, backend)
        pictures = chosen_pictures(model, dataset, BATCH_SIZE)
        write_page(program, model, options.folder / PAGE, pictures, dataset, options.folder)
    except LenetError as error:
        complain(program, f"no page: {error}")
    except KeyboardInterrupt:
        complain(program, f"interrupted; lenet show {shown(options.folder)} writes its page")
        return INTERRUPTED
    return status
