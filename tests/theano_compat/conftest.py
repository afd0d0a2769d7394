"""``import theano`` for the tests of this folder, and for no others."""

import importlib
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType

import pytest

from lenet.theano_compat import install, uninstall


@pytest.fixture
def theano() -> Iterator[ModuleType]:
    install()
    module = importlib.import_module("theano")
    with module.config.change_flags(floatX="float64"):
        yield module
    uninstall()


@pytest.fixture
def run_script(tmp_path: Path) -> Callable[..., subprocess.CompletedProcess]:
    """Return a function that runs a program's text by the runner, in a process of its own."""

    def run(
        text: str | None, *arguments: str, name: str = "program.py", **environment: str
    ) -> subprocess.CompletedProcess:
        path = tmp_path / name
        if text is not None:
            path.write_text(text)
        return subprocess.run(
            [sys.executable, "-m", "lenet.theano_compat", str(path), *arguments],
            capture_output=True,
            text=True,
            env={"HOME": str(tmp_path), **os.environ, **environment},
            check=False,
        )

    return run
