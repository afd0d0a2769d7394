"""The programs in `examples/` run, and reach what they promise."""

import re
import runpy
from pathlib import Path

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
