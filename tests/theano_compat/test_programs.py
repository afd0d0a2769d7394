"""Whole programs in the style of Theano's years, from `programs`, run as they stand.

Each prints lines such as ``epoch 3, cost 0.25``; the bounds on what it prints last are met by the
same program on Theano 1.0.5.
"""

from pathlib import Path

import pytest

PROGRAMS = Path(__file__).parent / "programs"
C_CODE, PYTHON = "mode=FAST_RUN,floatX=float64", "mode=FAST_COMPILE,floatX=float64"
# Per program: the mode, and what the numbers that it prints last may be at most.
CASES = {
    "logistic_regression": (PYTHON, {"cost": 0.3, "error": 0.1, "pickled error": 0.1}),
    "convolutional_net": (C_CODE, {"cost": 0.1, "error": 0.02}),
    "denoising_autoencoder": (PYTHON, {"cost": 15}),
    "lstm_last_word": (PYTHON, {"cost": 0.6, "error": 0.1}),
    "dropout_rmsprop": (PYTHON, {"cost": 0.4, "error": 0.05}),
    "adversarial_pair": (PYTHON, {"distance": 0.5}),
    "layer_library": (C_CODE, {"cost": 0.1, "error": 0.02}),
    "own_operation": (PYTHON, {"cost": 0.005}),
    "hamiltonian_sampler": (PYTHON, {"mean distance": 0.25, "covariance distance": 0.2}),
    "character_rnn": (PYTHON, {"cost": 0.2, "error": 0.05}),
    "gaussian_process": (PYTHON, {"gradient": 1e-4, "cost": -10, "error": 0.35}),
    "word_vectors": (PYTHON, {"cost": 5.5, "other half": 0.2}),
    "restricted_boltzmann_machine": (C_CODE, {"cost": 14}),
}


def last_words(text: str) -> dict[str, str]:
    """Return what a program has printed last under each name: ``{"cost": "0.25"}``."""
    words = {}
    for line in text.splitlines():
        for part in line.split(", "):
            name, _, word = part.rpartition(" ")
            words[name] = word
    return words


@pytest.fixture
def run_program(run_script):
    def run(name: str, flags: str) -> dict[str, str]:
        done = run_script(None, name=str(PROGRAMS / f"{name}.py"), THEANO_FLAGS=flags)
        assert done.returncode == 0, done.stderr
        return last_words(done.stdout)

    return run


# One for each mode; the others are for the night.
QUICK = ("logistic_regression", "convolutional_net")


@pytest.mark.parametrize(
    "name",
    [pytest.param(name, marks=[pytest.mark.slow] * (name not in QUICK)) for name in CASES],
)
def test_program_learns(run_program, name):
    flags, bounds = CASES[name]
    printed = run_program(name, flags)
    assert {label: float(printed[label]) <= bound for label, bound in bounds.items()} == (
        dict.fromkeys(bounds, True)
    ), printed
    assert "False" not in printed.values()
