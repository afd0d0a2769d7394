"""Options of a training that begins with a trained network."""

from pathlib import Path

import pytest

from lenet.training.settings import Settings
from lenet.training.transfer_options import network_option


def test_names_stay_names_and_all_else_is_a_path(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert network_option("mnist") == "mnist"
    assert network_option("runs/mnist") == Path("runs/mnist")
    (tmp_path / "mnist").mkdir()
    assert network_option("mnist") == Path("mnist")


def test_nothing_is_taken_or_frozen_unless_it_is_said():
    settings = Settings()
    assert (settings.init_from, settings.freeze) == (None, ())


def test_a_pretrained_normalisation_needs_a_network():
    Settings(normalize="pretrained", init_from="mnist")
    with pytest.raises(ValueError, match=r"--normalize pretrained .* --init_from; give one"):
        Settings(normalize="pretrained")
