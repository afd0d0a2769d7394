"""Random samples of what Python 2 sampled."""

import random

import numpy as np
import pytest

from lenet.theano_compat import python2_random


@pytest.fixture
def sampling(monkeypatch):
    for owner in (random, random.Random):
        monkeypatch.setattr(owner, "sample", owner.sample)
    python2_random.sample_arrays()


@pytest.mark.usefixtures("sampling")
def test_arrays_and_sets_are_sampled_as_lists():
    drawn = random.Random(1).sample(population=np.arange(5), k=3)
    assert drawn == random.Random(1).sample([0, 1, 2, 3, 4], 3)
    assert sorted(random.sample({1, 2}, 2)) == [1, 2]


@pytest.mark.usefixtures("sampling")
def test_all_else_is_as_in_python():
    assert sorted(random.sample(range(3), 3)) == [0, 1, 2]
    with pytest.raises(TypeError):
        random.sample({"a": 1}, 1)
    with pytest.raises(ValueError, match="larger than population"):
        random.sample(np.arange(2), 3)
