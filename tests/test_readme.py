"""What the README shows, works."""

import re
from pathlib import Path

import numpy as np
import pytensor

README = (Path(__file__).parent.parent / "README.md").read_text()
EXAMPLES = re.findall(r"^```python\n(.*?)^```$", README, flags=re.MULTILINE | re.DOTALL)


def test_the_python_example_trains(capsys):
    (example,) = EXAMPLES
    with pytensor.config.change_flags(floatX="float64"):
        names: dict = {}
        exec(compile(example, "README.md", "exec"), names)
        graph = capsys.readouterr().out
        images = np.random.default_rng(1).random((4, 1, 28, 28))
        labels = np.array([3, 1, 4, 1], dtype="int32")
        costs = [names["train"](images, labels)[0] for _ in range(30)]
    assert "conv_W" in graph
    assert costs[-1] < costs[0]


def test_every_linked_file_exists():
    links = re.findall(r"\]\(([^)#]+)\)", README)
    local = [link for link in links if "://" not in link]
    assert local
    missing = [link for link in local if not (Path(__file__).parent.parent / link).exists()]
    assert not missing
