"""What the README shows, works."""

import csv
import re
from pathlib import Path

import numpy as np
import pytensor

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text()
SAVED, GRAPH = re.findall(r"^```python\n(.*?)^```$", README, flags=re.MULTILINE | re.DOTALL)
RUN = re.search(r"runs/[\w-]+-digits", README)[0]


def test_the_graph_that_it_builds_trains(capsys):
    with pytensor.config.change_flags(floatX="float64"):
        names: dict = {}
        exec(compile(GRAPH, "README.md", "exec"), names)
        graph = capsys.readouterr().out
        images = np.random.default_rng(1).random((4, 1, 28, 28))
        labels = np.array([3, 1, 4, 1], dtype="int32")
        costs = [names["train"](images, labels)[0] for _ in range(30)]
    assert "conv_W" in graph
    assert costs[-1] < costs[0]


def test_the_saved_network_that_it_loads_is_as_wrong_as_its_run_says(digits_run, capsys):
    assert RUN in SAVED
    exec(compile(SAVED.replace(RUN, str(digits_run)), "README.md", "exec"), {})
    printed = capsys.readouterr().out
    with (digits_run / "metrics.csv").open() as file:
        best = min(csv.DictReader(file), key=lambda epoch: float(epoch["validation_error"]))
    assert printed.endswith(f" of 296 wrong: {float(best['test_error']):.2%}\n")


def test_every_linked_file_exists():
    links = re.findall(r"\]\(([^)#]+)\)", README) + re.findall(r'src="([^"]+)"', README)
    local = [link for link in links if "://" not in link]
    assert local
    assert not [link for link in local if not (ROOT / link).exists()]


def test_it_is_short():
    assert len(README.splitlines()) <= 130
