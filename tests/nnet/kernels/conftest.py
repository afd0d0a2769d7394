"""What tests of kernels share."""

import pytest

from lenet.nnet.kernels import library
from lenet.nnet.kernels.library import Compilers


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Compile into a folder of the test's own."""
    monkeypatch.setattr(library, "COMPILERS", Compilers())
    monkeypatch.setattr(library, "LOADED", {})
    monkeypatch.setattr(library, "kernels_folder", lambda: tmp_path / library.FOLDER)
    return tmp_path / library.FOLDER
