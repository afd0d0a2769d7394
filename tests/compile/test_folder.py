"""The folder of compiled code."""

import pytensor
import pytest

from lenet.compile.folder import require_compile_folder
from lenet.errors import BackendError


def test_a_compile_folder_that_is_read_only_is_named(monkeypatch):
    def refuse(config):
        raise ValueError(
            "compiledir 'x' exists but you don't have read, write or listing permissions."
        )

    monkeypatch.setattr(type(pytensor.config), "compiledir", property(refuse))
    with pytest.raises(BackendError, match=r"cannot be kept in .* permissions\.\); choose another"):
        require_compile_folder()
