"""``import theano`` for the tests of this folder, and for no others."""

import builtins
import bz2
import contextlib
import csv
import gzip
import hashlib
import heapq
import importlib
import itertools
import json
import operator
import os
import pickle
import queue
import random
import socket
import string
import subprocess
import sys
import tarfile
import tempfile
import types
import urllib
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from lenet.theano_compat import install, uninstall
from lenet.theano_compat.python2.old_modules import MADE, RENAMED


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


@pytest.fixture
def python2_process(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Undo, after a test, what `install_python2` has changed in this process."""
    changed = (
        builtins,
        bz2,
        contextlib,
        csv,
        gzip,
        hashlib,
        itertools,
        json,
        np,
        operator,
        os,
        os.path,
        pickle,
        random,
        random.Random,
        string,
        sys,
        types,
        urllib,
        heapq,
        queue,
        socket.socket,
        tarfile.ExFileObject,
        tarfile.TarFile,
        tempfile,
        zipfile.ZipExtFile,
        zipfile.ZipFile,
    )
    before = [(module, dict(vars(module))) for module in changed]
    monkeypatch.setattr(sys, "meta_path", [*sys.meta_path])
    present = set(sys.modules)
    with np.printoptions():
        yield
    for module, names in before:
        for name in set(vars(module)) - set(names):
            delattr(module, name)
        for name, value in names.items():
            if vars(module).get(name) is not value and name != "meta_path":
                setattr(module, name, value)
    for name in {*MADE, *RENAMED} - present:
        sys.modules.pop(name, None)
