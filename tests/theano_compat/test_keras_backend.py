"""Which backend Keras takes in a program for Theano."""

import os
from importlib.util import find_spec

import pytest

from lenet.theano_compat import keras_backend
from lenet.theano_compat.keras_backend import choose_theano


@pytest.fixture
def settings(tmp_path, monkeypatch):
    """Return the file of Keras' settings of a user without TensorFlow."""
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    monkeypatch.setenv("KERAS_BACKEND", "")  # so that it is as before afterwards
    monkeypatch.delenv("KERAS_BACKEND")
    monkeypatch.setattr(keras_backend, "find_spec", lambda name: None)
    return tmp_path / "keras.json"


@pytest.mark.parametrize(
    "text",
    [None, "{}", '{"backend": "tensorflow"}', "[]", "{", b"\xff", "[" * 100_000],
    ids=["none", "empty", "tensorflow", "list", "part", "no text", "deep"],
)
def test_theano_where_nothing_else_is_chosen(settings, text):
    if text is not None:
        settings.write_bytes(text if isinstance(text, bytes) else text.encode())
    choose_theano()
    assert os.environ["KERAS_BACKEND"] == "theano"


@pytest.mark.parametrize("backend", ["jax", "theano"])
def test_a_chosen_backend_stays(settings, backend):
    settings.write_text(f'{{"backend": "{backend}"}}')
    choose_theano()
    assert "KERAS_BACKEND" not in os.environ


def test_the_variable_stays(settings, monkeypatch):
    monkeypatch.setenv("KERAS_BACKEND", "cntk")
    choose_theano()
    assert os.environ["KERAS_BACKEND"] == "cntk"


def test_tensorflow_stays_where_it_is(settings, monkeypatch):
    monkeypatch.setattr(keras_backend, "find_spec", lambda name: name)
    choose_theano()
    assert "KERAS_BACKEND" not in os.environ


def test_settings_at_home(settings, tmp_path, monkeypatch):
    monkeypatch.delenv("KERAS_HOME")
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / ".keras").mkdir()
    (tmp_path / ".keras" / "keras.json").write_text('{"backend": "jax"}')
    choose_theano()
    assert "KERAS_BACKEND" not in os.environ


def test_programs_get_it(settings, run_script):
    done = run_script("import os; print(os.environ.get('KERAS_BACKEND'))")
    assert done.stdout == ("theano\n" if find_spec("tensorflow") is None else "None\n")
