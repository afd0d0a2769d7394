"""Versions and files of packages."""

from importlib.metadata import version

import pytest

from lenet.theano_compat.old_names import pkg_resources_module as pkg_resources


def test_versions():
    assert pkg_resources.get_distribution("numpy").version == version("numpy")
    assert pkg_resources.parse_version("1.10") > pkg_resources.parse_version("1.9")
    with pytest.raises(pkg_resources.DistributionNotFound):
        pkg_resources.get_distribution("no-such-package")


def test_files():
    assert pkg_resources.resource_exists("lenet", "py.typed")
    assert not pkg_resources.resource_exists("lenet", "no_such_file")
    assert pkg_resources.resource_filename("lenet", "py.typed").endswith("py.typed")
    assert b"Theano" in pkg_resources.resource_string("lenet.theano_compat", "__init__.py")
