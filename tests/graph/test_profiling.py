import matplotlib.image
import numpy as np
import pytensor
import pytest

from lenet.graph import profiling
from lenet.graph.attribution import FORWARD, GRADIENT, UPDATE, Part

LAYERS = ["conv1", "conv2", "conv3", "fc", "output"]
needs_compiler = pytest.mark.skipif(not pytensor.config.cxx, reason="no C++ compiler")


@needs_compiler
def test_every_layer_and_op_of_a_step_has_its_time(subject):
    batch = subject.random_batch(4, np.random.default_rng(0))
    profile = profiling.measure(subject, batch, steps=3)
    assert profile.layers == ["input", *LAYERS, "loss", "updates"]
    for layer in LAYERS:
        for phase in (FORWARD, GRADIENT, UPDATE):
            # A few microseconds may be less than the clock tells apart.
            assert Part(layer, phase) in profile.parts
    assert profile.of_ops > 0
    # The same time, added up in three ways.
    assert profile.of_ops == pytest.approx(sum(map(profile.of_layer, profile.layers)))
    assert profile.of_ops == pytest.approx(sum(seconds for seconds, _ in profile.ops.values()))
    assert profile.of_ops < profile.step
    assert profile.ops["FusedConv"][1] == 3


def test_tables_add_up():
    parts = {
        Part("conv1", FORWARD): 0.003,
        Part("conv1", GRADIENT): 0.005,
        Part("loss", FORWARD): 0.002,
    }
    profile = profiling.Profile(
        parts, {"Slow": (0.008, 2), "Fast": (0.002, 1)}, 0.02, ["conv1", "loss"]
    )
    rows = [line.split() for line in profiling.layers_table(profile).splitlines()]
    assert rows[1] == ["conv1", "3.000", "5.000", "8.000", "80.0"]
    assert rows[2] == ["loss", "2.000", "2.000", "20.0"]
    assert rows[3] == ["total", "5.000", "5.000", "0.000", "10.000", "100.0"]
    rows = [line.split() for line in profiling.ops_table(profile).splitlines()]
    assert rows[1:] == [["Slow", "2", "8.000", "80.0"], ["Fast", "1", "2.000", "20.0"]]


@needs_compiler
def test_the_command_shows_tables_and_draws_bars(run, capsys, tmp_path):
    assert run("profile", "--batch_size", "4", "--steps", "2", "--threads", "1") == 0
    output, errors = capsys.readouterr()
    assert errors == ""
    assert output.startswith("LeNet for digits: a training step with 4 images, 1 thread\n")
    assert "images/s" in output
    picture = matplotlib.image.imread(tmp_path / "lenet-profile.png")
    assert picture[:, : picture.shape[1] // 2].std() > 0.01
    assert picture[:, picture.shape[1] // 2 :].std() > 0.01


def test_a_wrong_file_is_refused_before_anything_is_measured(run, capsys):
    assert run("profile", "--out", "times.txt") == 1
    expected = "--out times.txt: expected a name that ends with .png or .svg"
    assert capsys.readouterr().err == f"lenet-graph profile: {expected}\n"


def test_without_a_compiler_there_is_nothing_to_profile(run, capsys):
    with pytensor.config.change_flags(cxx=""):
        assert run("profile") == 1
    errors = capsys.readouterr().err.splitlines()
    assert "Numba does the work" in errors[0]
    assert errors[1].startswith(
        "lenet-graph profile: to profile the C++ kernels needs a C++ compiler"
    )
