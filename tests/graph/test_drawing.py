import importlib.util
import re
import shutil
import xml.etree.ElementTree as ET

import matplotlib.image
import numpy as np
import pytest

from lenet.graph import drawing, layer_picture
from lenet.graph.pictures import save_figure
from tests.graph.conftest import make_subject

needs_graphviz = pytest.mark.skipif(
    importlib.util.find_spec("pydot") is None or shutil.which("dot") is None,
    reason="pydot or Graphviz is not installed",
)


def test_layers_are_drawn_by_default(run, capsys, tmp_path):
    assert run("draw") == 0
    assert capsys.readouterr().out == "lenet-layers.svg\n"
    text = (tmp_path / "lenet-layers.svg").read_text()
    assert ET.fromstring(text).tag.endswith("svg")
    # matplotlib notes each text beside the outlines of its letters.
    for drawn in ("conv1", "2 x 12 x 12", "52", "5x5 conv", "2x2 max-pool", "+ b, softmax"):
        assert f"<!-- {drawn}" in text or drawn in text
    first = (tmp_path / "lenet-layers.svg").read_bytes()
    run("draw")
    assert (tmp_path / "lenet-layers.svg").read_bytes() == first


def test_layers_as_png(run, tmp_path):
    assert run("draw", "--out", "layers.png") == 0
    picture = matplotlib.image.imread(tmp_path / "layers.png")[..., :3]
    for colour in layer_picture.COLOURS.values():
        rgb = np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)]) / 255
        assert (np.abs(picture - rgb).max(axis=-1) < 0.01).sum() > 100


def test_what_a_stage_is_made_of(subject):
    images, conv1, _, conv3, fc, output = layer_picture.stages(subject)
    assert (images.shape, images.parameters) == ((1, 28, 28), 0)
    assert conv1.steps == ["5x5 conv", "2x2 max-pool", "+ b, ReLU"]
    assert conv3.steps == ["3x3 conv", "+ b, ReLU"]
    assert (conv1.shape, conv1.parameters) == ((2, 12, 12), 2 * 25 + 2)
    assert (fc.shape, fc.kind, output.kind) == ((5,), "dense", "output")


def test_batch_normalisation_is_counted_where_it_stands():
    subject = make_subject("--lwidth", "2", "3", "4", "5", "--batch_norm", "--dropout", "0.5")
    table = {layer.name: layer.n_parameters for layer in subject.network.model.layers}
    _, conv1, conv2, conv3, fc, output = layer_picture.stages(subject)
    for stage in (conv1, conv2, conv3, fc):
        of_norm = next(n for name, n in table.items() if "norm" in name and stage.name in name)
        assert of_norm == 2 * stage.shape[0]
        assert stage.parameters == table[stage.name] + of_norm
        assert stage.steps[1 - len(stage.steps) :].count("batch norm") == 1
    assert output.parameters == table[output.name]
    assert "batch norm" not in output.steps


@pytest.mark.parametrize("widths", [("1", "1", "1", "1"), ("90", "5", "200", "3")], ids=" ".join)
def test_networks_of_any_width_fit_the_picture(tmp_path, widths):
    figure = layer_picture.layer_figure(make_subject("--lwidth", *widths))
    save_figure(figure, tmp_path / "layers.png")
    picture = matplotlib.image.imread(tmp_path / "layers.png")[..., :3]
    ink = picture.min(axis=-1) < 0.9
    assert not ink[:, :2].any()
    assert not ink[:, -2:].any()


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        (["--format", "html"], "--graph layers is drawn as svg or png, not as html"),
        (["--out", "a.gif"], "--out a.gif: expected a name that ends with one of svg, png, html"),
        (["--out", "a"], "--out a: expected a name that ends with one of svg, png, html"),
        (["--out", "a.svg", "--format", "png"], "--out a.svg: expected a name that ends with png"),
        (["--out", "none/a.svg"], "none/a.svg: No such file or directory"),
    ],
    ids=["html", "gif", "no-suffix", "contradiction", "no-folder"],
)
def test_a_wrong_file_is_one_line(run, capsys, flags, message):
    assert run("draw", *flags) == 1
    assert capsys.readouterr().err == f"lenet-graph draw: {message}\n"


@pytest.mark.parametrize(
    ("pydot", "dot", "named"),
    [(False, True, ["pydot"]), (True, False, ["apt install graphviz"]),
     (False, False, ["pip install pydot", "apt install graphviz"])],
    ids=["pydot", "dot", "both"],
)  # fmt: skip
def test_what_is_missing_to_draw_graphs_is_one_line(run, capsys, monkeypatch, pydot, dot, named):
    found = importlib.util.find_spec
    monkeypatch.setattr(
        drawing.importlib.util,
        "find_spec",
        lambda name: (pydot or None) if name == "pydot" else found(name),
    )
    monkeypatch.setattr(drawing.shutil, "which", lambda name: "/usr/bin/dot" if dot else None)
    assert run("draw", "--graph", "compiled") == 1
    errors = capsys.readouterr().err
    assert errors.count("\n") == 1
    assert "--graph layers needs neither" in errors
    assert all(text in errors for text in named)


@needs_graphviz
@pytest.mark.parametrize("graph", ["symbolic", "compiled"])
def test_graphs_as_svg(run, tmp_path, graph):
    assert run("draw", "--graph", graph) == 0
    text = (tmp_path / f"lenet-{graph}.svg").read_text()
    labels = re.findall(r"<text [^>]*>([^<]*)</text>", text)
    assert {"images", "conv1_W", "conv1_output", "p_y_given_x"} <= set(labels)
    assert any(label.startswith("FusedConv") for label in labels) == (graph == "compiled")
    assert 'fill="blue"' not in text


@needs_graphviz
def test_a_training_step_as_a_page_that_needs_nothing_else(run, tmp_path):
    assert run("draw", "--graph", "compiled", "--function", "train", "--format", "html") == 0
    assert [path.name for path in tmp_path.iterdir()] == ["lenet-compiled.html"]
    page = (tmp_path / "lenet-compiled.html").read_text()
    assert "FusedConvGradWeights" in page
    assert not re.findall(r"<script[^>]* src=|<link [^>]*href=", page.split("<body>")[0])
    # Nodes without a label of their own, which PyTensor's page makes of names within a graph.
    assert '[label="\\\\N"]' not in page.split("graphlibDot.read(")[1].replace(" ", "")


@needs_graphviz
@pytest.mark.parametrize(
    ("works_for", "message"),
    [
        ("-Tps", "dot failed with status 3: no plugin for png"),
        ("nothing", "pydot or Graphviz does not work: "),
    ],
    ids=["png", "all"],
)
def test_a_dot_that_fails_is_one_line(run, capsys, tmp_path, monkeypatch, works_for, message):
    fake = tmp_path / "dot"
    said = "echo 'no plugin' >&2; echo 'for png' >&2; exit 3"
    fake.write_text(f"#!/bin/sh\n[ $1 = {works_for} ] && exit 0\n{said}\n")
    fake.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    assert run("draw", "--graph", "symbolic", "--format", "png") == 1
    errors = capsys.readouterr().err
    assert errors.count("\n") == 1
    assert errors.startswith(f"lenet-graph draw: {message}")
