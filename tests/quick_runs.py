"""Training in this process, on a few images and without a compiler: for what is about files, not numbers."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytensor
import pytest
from pytensor.compile.mode import Mode

from lenet import train
from lenet.compile.backends import Backend
from tests.dataset_makers import write_mnist

# Compiled at once, as it is neither rewritten nor C.
PLAIN = Mode(linker="py", optimizer=None)


@contextmanager
def plain_backend() -> Iterator[pytest.MonkeyPatch]:
    """Have commands compute in plain Python, in single precision; lend the patch that sees to it."""
    # PyTensor's own mode is that of the graphs within Ops, which Numba would compile, each time anew.
    with (
        pytest.MonkeyPatch.context() as patch,
        pytensor.config.change_flags(floatX="float32", mode="FAST_COMPILE"),
    ):
        patch.setattr("lenet.compile.backends.select_backend", lambda *_: Backend(PLAIN, "Python"))
        yield patch


@contextmanager
def quick_train(folder: Path) -> Iterator[Callable[..., int]]:
    """Lend a function that runs `lenet-train` with the words of some texts, without the pictures of a run.

    Parameters
    ----------
    folder : Path
        For 60 training and 10 test images as those of MNIST.
    """
    write_mnist(folder, train=60, test=10)
    with plain_backend() as patch:
        patch.setenv("LENET_DATA_DIR", str(folder))
        patch.setattr("lenet.report.run_page.write_pictures", lambda *_: None)
        yield lambda *parts: train.main([word for part in parts for word in str(part).split()])
