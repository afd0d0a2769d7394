"""Arguments of joblib's caches, and names, as before version 0.12."""

import joblib
import pytest

from lenet.theano_compat.old_names import joblib_functions
from lenet.theano_compat.old_names.table import NAMES


@pytest.fixture
def memory(monkeypatch):
    monkeypatch.setattr(joblib.Memory, "__init__", joblib.Memory.__init__)
    joblib_functions.behave_as_before()
    return joblib.Memory


@pytest.mark.parametrize("by_name", [True, False])
def test_a_cache_is_told_its_folder(memory, tmp_path, by_name):
    folder, asked = str(tmp_path), []
    options = {"bytes_limit": 1 << 20, "verbose": 0}
    cache = memory(cachedir=folder, **options) if by_name else memory(folder, **options)

    @cache.cache
    def square(x):
        asked.append(x)
        return x * x

    assert [square(3), square(3), asked] == [9, 9, [3]]
    assert cache.cachedir == folder


def test_no_cache(memory):
    cache = memory(cachedir=None, verbose=0)
    assert cache.cache(abs)(-2) == 2
    assert cache.cachedir is None


def test_names_are_there():
    for module in ("joblib.parallel", "joblib.pool"):
        for place in NAMES[module].values():
            package, _, name = place.partition(":")
            assert hasattr(__import__(package, fromlist=[name]), name)
