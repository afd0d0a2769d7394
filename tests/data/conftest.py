"""Fixtures that tests of data sets share."""

import pytest

from lenet.data.image_folder import load_image_folder


@pytest.fixture
def load(tmp_path):
    """Load folders, small and with a cache of their own."""

    def load(*folders, **options):
        options = {"size": 8, "cache_dir": tmp_path / "cache", **options}
        return load_image_folder(folders, **options)

    return load
