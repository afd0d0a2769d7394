"""The programs in `examples/` run, and reach what they promise."""

import re
import runpy
from pathlib import Path

import numpy as np
from PIL import Image

from lenet.input_pipeline import load_digits

EXAMPLES = Path(__file__).parent.parent / "examples"


def test_the_example_of_mnist_learns_digits(capsys):
    main = runpy.run_path(str(EXAMPLES / "mnist.py"))["main"]
    error = main("digits", epochs=4, batch_size=50)
    *epochs, last = capsys.readouterr().out.splitlines()
    costs = [
        float(re.match(rf"epoch {n}: cost (\S+),", line)[1]) for n, line in enumerate(epochs, 1)
    ]
    assert len(costs) == 4
    assert costs == sorted(costs, reverse=True)
    assert last == f"test error {error:.2f} %"
    assert error < 10  # chance is about 90


def test_the_example_of_a_trained_network_draws_its_predictions(digits_run, tmp_path, capsys):
    main = runpy.run_path(str(EXAMPLES / "predict.py"))["main"]
    predicted = main(digits_run, tmp_path / "digits.png", rows=1, columns=8)
    with Image.open(tmp_path / "digits.png") as picture:
        assert picture.size == (800, 125)
    right = np.mean(predicted == load_digits().test.labels[:8])
    assert right > 0.7
    assert capsys.readouterr().out == f"{right:.0%} of 8 right: {tmp_path / 'digits.png'}\n"
