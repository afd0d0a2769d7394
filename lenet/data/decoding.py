"""Picture files made into images of one form, side by side."""

import math
import signal
from collections import deque
from collections.abc import Generator, Iterator, Sequence
from concurrent.futures import BrokenExecutor, Future
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np

from lenet.data.image_files import fit_to, read_pages
from lenet.errors import DataError, ImageError
from lenet.text import shown

# Processes take as long to start as one of them to decode small pictures of so many bytes.
BYTES_WORTH_PROCESSES = 4_000_000
MOST_FILES_AT_A_TIME = 32

# What a file has become: its pages, or why one of them or all of it could not be read.
Pages = list[np.ndarray | ImageError]


@dataclass(frozen=True)
class Form:
    """What pictures are made into.

    Attributes
    ----------
    size : int
        Side in pixels.
    channels : {1, 3}
    keep_aspect : bool
        See `fit_to`.
    """

    size: int
    channels: int
    keep_aspect: bool

    @property
    def shape(self) -> tuple[int, int, int]:
        """Shape of an image."""
        return (self.channels, self.size, self.size)


def decoded(paths: Sequence[Path], form: Form, threads: int) -> Generator[Pages, None, None]:
    """Yield what `decode_file` makes of each file, in their order.

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
    from loky import ProcessPoolExecutor  # multiprocessing's own would run the user's script again

    # Few large pictures are shared out, too.
    size = min(MOST_FILES_AT_A_TIME, math.ceil(len(paths) / (4 * threads)))
    chunks = (paths[k : k + size] for k in range(0, len(paths), size))
    pool = ProcessPoolExecutor(threads)
    try:
        waiting: deque[Future[list[Pages]]] = deque()
        for chunk in chunks:
            with without_interrupts():
                waiting.append(pool.submit(decode_chunk, chunk, form))
            if len(waiting) > 2 * threads:  # few results are in memory at a time
                yield from waiting.popleft().result()
        while waiting:
            yield from waiting.popleft().result()
    except BrokenExecutor as error:
        raise DataError(
            "a process that decodes pictures has been ended, most likely for want of memory; close other "
            "programs, or choose --threads 1"
        ) from error
    finally:
        pool.shutdown(kill_workers=True)


@contextmanager
def without_interrupts() -> Iterator[None]:
    """Keep Ctrl-C from the processes that are started meanwhile: whoever has started them ends them."""
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
    """Return the bytes of a file; 0 if there is none that may be looked at."""
    try:
        return path.stat().st_size
    except OSError:
        return 0


def decode_chunk(paths: Sequence[Path], form: Form) -> list[Pages]:
    """Return what `decode_file` makes of each of some files."""
    return [decode_file(path, form) for path in paths]


def decode_file(path: Path, form: Form) -> Pages:
    """Return the images of a file as they are wanted, or what is wrong with it."""
    fit = partial(fit_to, size=form.size, keep_aspect=form.keep_aspect)
    try:
        return read_pages(path, form.channels, fit)
    except ImageError as error:
        return [error]
    except MemoryError:
        return [ImageError(f"{shown(path)}: more pixels than memory is left for; scale it down")]
