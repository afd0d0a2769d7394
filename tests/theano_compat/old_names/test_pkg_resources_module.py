"""Versions and files of packages."""

import sys
from importlib import import_module
from importlib.metadata import entry_points, version
from pathlib import Path

import numpy as np
import pytest

from lenet.theano_compat.old_names import pkg_resources_module as pkg_resources


def test_versions():
    assert pkg_resources.get_distribution("numpy").version == version("numpy")
    numpy = pkg_resources.get_distribution("NumPy")
    assert numpy.location == str(Path(np.__file__).parents[1])
    assert (numpy.project_name, numpy.key) == ("numpy", "numpy")
    assert numpy.parsed_version > pkg_resources.parse_version("1.9")
    assert str(numpy) == f"numpy {version('numpy')}"
    assert [each.key for each in pkg_resources.require("numpy>=1.6", "scipy")] == ["numpy", "scipy"]
    assert pkg_resources.parse_version("1.10") > pkg_resources.parse_version("1.9")
    with pytest.raises(pkg_resources.DistributionNotFound):
        pkg_resources.get_distribution("no-such-package")


def test_what_packages_offer():
    found = [each.name for each in pkg_resources.iter_entry_points("console_scripts")]
    assert sorted(found) == sorted(each.name for each in entry_points(group="console_scripts"))
    assert [each.name for each in pkg_resources.iter_entry_points("console_scripts", "lenet")] == [
        "lenet"
    ]


def test_files():
    assert pkg_resources.resource_exists("lenet", "py.typed")
    assert not pkg_resources.resource_exists("lenet", "no_such_file")
    assert pkg_resources.resource_filename("lenet", "py.typed").endswith("py.typed")
    assert b"Theano" in pkg_resources.resource_string("lenet.theano_compat", "__init__.py")


def test_packages_in_several_folders(tmp_path, monkeypatch):
    for folder, module in (("a", "left"), ("b", "right")):
        package = tmp_path / folder / "shared_by_two"
        package.mkdir(parents=True)
        (package / "__init__.py").touch()
        (package / f"{module}.py").write_text("value = 1", "utf-8")
        monkeypatch.syspath_prepend(tmp_path / folder)
    import_module("shared_by_two")
    pkg_resources.declare_namespace("shared_by_two")
    assert import_module("shared_by_two.left").value == 1
    assert import_module("shared_by_two.right").value == 1
    for name in [each for each in sys.modules if each.startswith("shared_by_two")]:
        del sys.modules[name]
