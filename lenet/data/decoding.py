"""Decode image files in parallel, to arrays of one shape."""

import signal
from collections.abc import Generator, Iterator, Sequence
from concurrent.futures import BrokenExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import numpy as np

from lenet.data.decoder_noise import no_warnings
from lenet.data.deep_values import DeepPicture, number_name
from lenet.data.image_files import Decoded, fit_to
from lenet.data.opening import BY_TYPE
from lenet.data.page_choice import ALL
from lenet.data.picture_pages import Reading, read_pages
from lenet.errors import DataError, ImageError
from lenet.text import shown

# Processes take as long to start as one of them to decode small pictures of so many bytes.
BYTES_WORTH_PROCESSES = 4_000_000
# Files that a process is given at once, and how often before the next are begun with.
BATCH, BATCHES = 32, 4

# What a file has become: its pages, None for thumbnails, or why one of them or all of it could not be read.
Pages = list[Decoded | ImageError | None]


@dataclass(frozen=True)
class Form:
    """Form of decoded pictures: size, channels and scaling.

    Attributes
    ----------
    size : int
        Side in pixels.
    channels : int
        1 for gray, 3 for colours, or those that all files have.
    keep_aspect : bool
        See `fit_to`.
    rules : {BY_TYPE, AS_STORED}
        How values become bytes; see `read_pages`.
    is_deep : bool
        Whether some pictures have values other than bytes, which are kept as float32.
    """

    size: int
    channels: int
    keep_aspect: bool
    # Not in the text that the key of a cache is made of: earlier versions had none of these.
    rules: int = field(default=BY_TYPE, repr=False)
    is_deep: bool = field(default=False, repr=False)
    # See `Reading`.
    keep: bool = field(default=False, repr=False)
    pages: str = field(default=ALL, repr=False)

    @property
    def reading(self) -> Reading:
        """Choice of the pages and channels of a file that make a picture."""
        return Reading(self.channels, self.keep, self.pages)

    @property
    def shape(self) -> tuple[int, int, int]:
        """Shape of an image."""
        return (self.channels, self.size, self.size)

    @property
    def dtype(self) -> np.dtype:
        """Type of the values of an image."""
        return np.dtype(np.float32 if self.is_deep else np.uint8)


def decoded(paths: Sequence[Path], form: Form, threads: int) -> Generator[Pages, None, None]:
    """Decode files in parallel and yield the results of `decode_file` in order.

    If there is much to do, it is done by processes, as many as `threads`: most of what small pictures take
    is done by Python, in which threads take turns.

    Raises
    ------
    DataError
        If one of the processes is ended.
    """
    if threads == 1 or sum(map(size_of, paths)) < BYTES_WORTH_PROCESSES:
        yield from (decode_file(path, form) for path in paths)
        return
    from joblib import Parallel, delayed  # multiprocessing's pool would run the user's script again
    from joblib.externals.loky import get_reusable_executor

    at_a_time = BATCH * BATCHES * threads
    batch = max(
        1, min(BATCH, len(paths) // (4 * threads))
    )  # few large pictures are shared out, too
    pool = Parallel(threads, "loky", "generator", pre_dispatch="all", batch_size=batch)
    try:
        with pool:
            # One call for all files would keep whatever is decoded faster than it is taken.
            for start in range(0, len(paths), at_a_time):
                some = paths[start : start + at_a_time]
                with without_interrupts():
                    results = pool(delayed(decode_file)(path, form) for path in some)
                try:
                    for pages in results:  # noqa: UP028 - `yield from` would close it, which warns
                        yield pages
                finally:
                    with no_warnings:  # about results that nobody has asked for
                        results.close()
    except BrokenExecutor as error:
        raise DataError(
            "a process that decodes pictures has been ended, most likely for want of memory; close other "
            "programs, or choose --threads 1"
        ) from error
    finally:
        get_reusable_executor(reuse=True).shutdown(kill_workers=True)


@contextmanager
def without_interrupts() -> Iterator[None]:
    """Block Ctrl-C in the processes that are started in this context.

    The process that has started them ends them.
    """
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    from multiprocessing import resource_tracker

    resource_tracker.ensure_running()  # which lets Ctrl-C through again as it starts
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def size_of(path: Path) -> int:
    """Return the size of a file in bytes; 0 if there is no accessible one."""
    try:
        return path.stat().st_size
    except OSError:
        return 0


def decode_file(path: Path, form: Form) -> Pages:
    """Decode a file to images of the wanted form, or return what is wrong with it."""
    fit = partial(fit_to, size=form.size, keep_aspect=form.keep_aspect)
    try:
        pages = read_pages(path, form.reading, fit, form.rules)
    except ImageError as error:
        return [error]
    except MemoryError:
        return [ImageError(f"{shown(path)}: more pixels than memory is left for; scale it down")]
    if form.is_deep:
        return pages
    return [of_bytes(page, path) if isinstance(page, DeepPicture) else page for page in pages]


def of_bytes(page: DeepPicture, path: Path) -> ImageError:
    """Return why a picture is not read whose depth its header does not say."""
    return ImageError(
        f"{shown(path)}: damaged, it holds {number_name(page.number)} where its header says bytes; use or "
        "export another copy"
    )
