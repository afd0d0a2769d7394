"""Numbers of chance, and samples, as Python 2 drew them."""

import random

import numpy as np
import pytest

from lenet.theano_compat.python2 import random as python2_random


@pytest.fixture
def sampling(monkeypatch):
    for owner in (random, random.Random):
        monkeypatch.setattr(owner, "sample", owner.sample)
        monkeypatch.setattr(owner, "shuffle", owner.shuffle)
        monkeypatch.setattr(owner, "seed", owner.seed)
    monkeypatch.setattr(random.Random, "_randbelow", random.Random._randbelow)
    python2_random.draw_as_before()


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


@pytest.mark.usefixtures("sampling")
def test_a_seed_draws_what_it_drew_in_python_2():
    drawn = random.Random(42)
    numbers = list(range(10))
    drawn.shuffle(numbers)
    # What Python 2.7.18 prints.
    assert numbers == [9, 7, 8, 5, 3, 4, 1, 2, 0, 6]
    assert (drawn.randint(0, 100), drawn.choice("abc")) == (3, "a")
    assert drawn.sample(range(20), 4) == [10, 0, 3, 11]
    assert 0 <= drawn.randrange(1 << 70) < 1 << 70


@pytest.mark.usefixtures("sampling")
def test_seeds_of_any_type_with_a_hash():
    random.seed(np.int64(7))
    drawn = [random.random(), random.Random(np.int64(7)).random()]
    random.seed(7)
    assert drawn == [random.random()] * 2
    with pytest.raises(TypeError, match="unhashable"):
        random.seed([7])


@pytest.mark.usefixtures("sampling")
@pytest.mark.parametrize(
    ("seed", "number"),
    # What Python 2.7.18 prints.
    [
        ("", 0.844421851525),
        ("abc", 0.0963937497877),
        ("a" * 100, 0.295442754207),
        (2.5, 0.15064608337),
        (-2.75, 0.805520776037),
        (0.1, 0.151849364365),
        (3.0, 0.237964627092),
        (-3, 0.237964627092),
        (-3.0, 0.47104960358),
        (-(2.0**40), 0.0107421587724),
    ],
)
def test_seeds_of_text_and_floats_are_their_hashes(seed, number):
    assert random.Random(seed).random() == pytest.approx(number, rel=1e-11)
    random.seed(seed)
    assert random.random() == pytest.approx(number, rel=1e-11)
