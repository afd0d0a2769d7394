"""The arithmetic of the benchmarks, and that all sides of a comparison compute the same."""

import importlib
import os
import subprocess
import sys
from contextlib import nullcontext
from pathlib import Path

import numpy as np
import pytensor
import pytest

from benchmarks import better, busy, depths, inference, kernels, train_step
from benchmarks.comparison import Result, parse_arguments
from benchmarks.layers import Layer, general_layers, network_layers
from benchmarks.network import L2_PEN, Problem
from benchmarks.timing import Timing, check_equal, fastest, show_progress, table
from benchmarks.workers import Side, environment, fingerprint, is_installed
from lenet.compile.backends import c_mode
from lenet.errors import CommandError
from lenet.training.build import build_network
from lenet.training.functions import compile_functions, symbolic_step
from tests.toy_dataset import toy_dataset
from tests.toy_settings import toy_settings

LAYERS = network_layers(2) + general_layers(2)


def test_the_time_of_a_side_is_the_median_of_its_turns():
    assert Timing("torch", "eager", (3.0, 1.0, 100.0)).seconds == 3.0


def test_a_ratio_is_the_median_of_those_of_each_turn():
    ours = Timing("lenet", "c", (1.0, 10.0, 2.0))
    theirs = Timing("torch", "eager", (2.0, 30.0, 8.0))
    assert theirs.ratio_to(ours) == 3.0  # of 2, 3 and 4; the medians' own ratio would be 4
    assert ours.ratio_to(ours) == 1.0


def test_turns_that_were_not_common_have_no_ratio():
    with pytest.raises(ValueError, match="longer"):
        Timing("torch", "eager", (1.0,)).ratio_to(Timing("lenet", "c", (1.0, 2.0)))


def test_the_fastest_mode_counts():
    slow, fast = Timing("torch", "eager", (2.0, 2.0)), Timing("torch", "compiled", (1.0, 2.0))
    result = Result((), 1, 1.0, [Timing("lenet", "c", (1.0, 1.0)), slow, fast])
    assert fastest([slow, fast]) is fast
    assert result.best("torch") is fast
    assert result.peers() == ["torch"]


def test_a_refinement_gains_what_the_mean_error_falls_by(tmp_path):
    jobs = [
        (name, variant, seed) for name in "ab" for variant in ("plain", "ema") for seed in (1, 2)
    ]
    errors = dict(zip(jobs, (3.0, 5.0, 2.0, 3.0, 1.0, 1.0, 1.5, 2.5), strict=True))
    better.write(tmp_path / "better.csv", {job: (error, "-x") for job, error in errors.items()})
    known = better.read(tmp_path / "better.csv")
    assert {job: error for job, (error, _) in known.items()} == errors
    cells = [row[:5] for row in better.rows(known, jobs)]
    assert cells == [
        ["a", "plain", "4.00", "3.00 to 5.00", ""],
        ["a", "ema", "2.50", "2.00 to 3.00", "+1.50"],
        ["b", "plain", "1.00", "1.00 to 1.00", ""],
        ["b", "ema", "2.00", "1.50 to 2.50", "-1.00"],
    ]


def test_results_of_other_flags_are_refused(tmp_path):
    job = ("mnist", "ema", 1)
    known = {job: (1.0, better.text_of(["--nepochs", "2"]))}
    better.refuse_other_flags(known, {job: ["--nepochs", "2"]}, tmp_path)
    with pytest.raises(
        SystemExit, match="is of lenet-train --nepochs 2, not of lenet-train --nepochs 3"
    ):
        better.refuse_other_flags(known, {job: ["--nepochs", "3"]}, tmp_path)


@pytest.mark.parametrize("images", ["cifar10", "mnist"])
def test_the_operations_of_a_step_are_those_of_plain_loops(images):
    problem = Problem(images, batch=3)
    _, channels, size, _ = problem.image_shape
    forward = []
    for maps, kernel, pool in ((16, 5, 2), (31, 5, 2), (64, 3, 1)):
        places = [(r, c) for r in range(size - kernel + 1) for c in range(size - kernel + 1)]
        forward.append(sum(maps * channels * kernel * kernel for _ in places))
        channels, size = maps, (size - kernel + 1) // pool
    forward += [channels * size * size * 128, 128 * 10]
    multiplications = sum(2 * layer for layer in forward) + sum(forward[1:])
    assert problem.step_flops() == 3 * 2 * multiplications


@pytest.mark.parametrize("layer", LAYERS, ids=lambda layer: layer.name)
def test_the_operations_of_a_layer_are_those_of_plain_loops(layer):
    field = (layer.kernel - 1) * layer.dilation + 1
    first = -(field // 2) if layer.border_mode == "half" else 0
    places = len(range(first, layer.size - first - field + 1, layer.stride))
    connected = sum(
        source * layer.groups // layer.channels == target * layer.groups // layer.maps
        for source in range(layer.channels)
        for target in range(layer.maps)
    )
    forward = 2 * layer.batch * connected * places**2 * layer.kernel**2
    passes = {"forward": 1, "dW": 1, "dX": 1, "forward and backward": 3}
    for operation in layer.operations:
        assert layer.flops(operation) == passes[operation] * forward
    assert layer.arrays()["g"].shape[2] == (places // 2 if layer.pool else places)


def test_a_fingerprint_tells_places_apart_and_gives_a_scalar_back():
    array = np.random.default_rng(0).standard_normal((3, 4))
    assert fingerprint(np.float32(2.5)) == (2.5, 2.5)
    assert fingerprint(array)[0] != pytest.approx(fingerprint(array[::-1])[0], rel=1e-2)
    assert fingerprint(array)[1] == pytest.approx(np.sqrt((array**2).sum()))


def test_equal_results_pass():
    check_equal("torch", [[(2.0001, 2.0)]], [[(2.0, 2.0)]], tolerance=1e-4)


@pytest.mark.parametrize("value", [2.001, float("nan"), float("inf")], ids=str)
def test_other_results_end_the_comparison(value):
    found, expected = [[(1.0, 1.0)], [(value, 1.0)]], [[(1.0, 1.0)], [(2.0, 2.0)]]
    with pytest.raises(SystemExit, match=r"torch eager: output 1 of call 2 is .*, expected 2"):
        check_equal("torch eager", found, expected, tolerance=1e-4)


def test_tables_are_aligned():
    lines = table(["mode", "ms", "share"], [["eager", "10.25", "9%"], ["c", "7.5", "100%"]])
    assert lines.splitlines() == [
        "| mode  |    ms | share |",
        "| ----- | ----: | ----: |",
        "| eager | 10.25 |    9% |",
        "| c     |   7.5 |  100% |",
    ]


@pytest.fixture
def timings():
    """Return ours, 2 ms, and two modes of another's, 3 and 5 ms."""
    modes = {("lenet", "c"): 0.002, ("torch", "eager"): 0.005, ("torch", "compiled"): 0.003}
    return [Timing(side, mode, (seconds,)) for (side, mode), seconds in modes.items()]


def cells(line):
    return [cell.strip() for cell in line.strip("|").split("|")]


def test_the_tables_of_training(timings):
    problem = Problem("mnist", 100)
    peak = 2 * problem.step_flops() / 0.002
    results = [Result((problem,), 2, peak, timings)]
    best = train_step.best_table(results).splitlines()
    assert cells(best[2]) == ["mnist", "100", "2", "2.00", "50000", "50%", "3.00", "1.50"]
    every = train_step.every_mode_table(results).splitlines()
    assert [cells(line)[-1] for line in every[2:]] == ["1.00", "2.50", "1.50"]


def test_the_table_of_kernels(timings):
    layer = LAYERS[0]
    results = [Result((layer, "dW"), 1, 4 * layer.flops("dW") / 0.002, timings)]
    row = cells(kernels.speed_table(results).splitlines()[2])
    assert row[:5] == ["conv1", "2", "1", "dW", "2.000"]
    assert row[6:] == ["25%", "5.000", "3.000", "1.50"]


def test_the_table_of_predictions(timings):
    results = [Result((Problem("cifar10", 1),), 1, 1.0, timings)]
    rows = [cells(line) for line in inference.latency_table(results).splitlines()[2:]]
    assert [row[5:] for row in rows] == [
        ["2.000", "500", "1.00", "yes"],
        ["5.000", "200", "2.50", ""],
        ["3.000", "333", "1.50", "yes"],
    ]


def test_the_table_of_busy_machines():
    seconds = {"default": (0.004, 0.006), "one thread": (0.002, 0.004), "spinning": (0.04, 0.08)}
    timings = {way: Timing(way, "c", turns) for way, turns in seconds.items()}
    lines = busy.busy_table([(Problem("cifar10", 128), 1, timings)]).splitlines()
    assert cells(lines[2]) == ["128", "1", "default", "5.00", "1.750", "0.087"]
    assert cells(lines[3])[2:5] == ["one thread", "3.00", "1.000"]
    assert len(lines) == 5


def test_a_step_is_timed_in_each_way_beside_each_number_of_neighbours(monkeypatch):
    started = []
    monkeypatch.setattr(busy, "neighbours", lambda count: started.append(count) or nullcontext())
    rows = busy.measure(Problem("mnist", batch=3), busy.WAYS, repeats=2, seconds=0.001)
    assert [count for _, count, _ in rows] == started == [0, 1, 2]
    for _, _, timings in rows:
        assert list(timings) == ["default", "one thread", "spinning"]
        assert all(len(each.turns) == 2 and min(each.turns) > 0 for each in timings.values())


def test_neighbours_run_and_end(monkeypatch):
    processes = []
    start = subprocess.Popen

    def record(command):
        processes.append(start(command))
        return processes[-1]

    monkeypatch.setattr(subprocess, "Popen", record)
    with busy.neighbours(2):
        assert [process.poll() for process in processes] == [None, None]
    assert None not in [process.returncode for process in processes]


def test_a_neighbour_ends_with_its_parent():
    code = (
        "import os; from benchmarks import busy; busy.neighbours(1).__enter__();"
        "print('started', flush=True); os._exit(0)"
    )
    # The neighbour holds the other end of this pipe: it is read to its end when all have ended.
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=Path(busy.__file__).parents[1],
        stdout=subprocess.PIPE,
        timeout=300,
        check=True,
    )
    assert done.stdout.strip() == b"started"


@pytest.mark.parametrize("value", ["0", "-1", "two"])
def test_a_wrong_argument_is_one_clear_line(capsys, value):
    with pytest.raises(SystemExit):
        parse_arguments([f"--threads={value}"], "", ["torch"], ["mnist"], ["mnist"], (32,))
    assert f"expected a positive integer, got '{value}'" in capsys.readouterr().err


def test_a_library_that_is_missing_is_noticed():
    assert is_installed("numpy")
    assert not is_installed("no_library_of_this_name")


def test_the_environment_is_as_before():
    before = dict(os.environ)
    with environment({"OPENBLAS_CORETYPE": "SkylakeX"}):
        assert os.environ["OPENBLAS_CORETYPE"] == "SkylakeX"
    assert dict(os.environ) == before


def test_progress_is_not_shown_to_a_file(capsys):
    show_progress("a turn")
    assert capsys.readouterr() == ("", "")


def convolution(images, filters, bias):
    """Return the true convolution of a batch by its definition, plus a bias for each map."""
    size = filters.shape[-1]
    windows = np.lib.stride_tricks.sliding_window_view(images, (size, size), (2, 3))
    flipped = filters[:, :, ::-1, ::-1]
    return np.einsum("nchwij,mcij->nmhw", windows, flipped) + bias[:, None, None]


def maxima(images):
    n, maps, rows, columns = images.shape
    return images.reshape(n, maps, rows // 2, 2, columns // 2, 2).max((3, 5))


def reference(problem):
    """Return cost and fraction of errors of the network, before any step, in float64."""
    W1, b1, W2, b2, W3, b3, W4, b4, W5, b5 = (w.astype(float) for w in problem.weights())
    images, labels = problem.data()
    x = np.maximum(maxima(convolution(images / 255, W1, b1)), 0)
    x = np.maximum(maxima(convolution(x, W2, b2)), 0)
    x = np.maximum(convolution(x, W3, b3), 0)
    x = np.maximum(x.reshape(len(x), -1) @ W4 + b4, 0)
    scores = x @ W5 + b5
    probabilities = np.exp(scores) / np.exp(scores).sum(1, keepdims=True)
    likelihood = -np.log(probabilities[np.arange(len(labels)), labels]).mean()
    penalty = sum((W**2).sum() for W in (W1, W2, W3, W4))
    return likelihood + L2_PEN * penalty, (scores.argmax(1) != labels).mean()


def test_our_side_computes_the_cost_of_the_reference_and_learns():
    problem = Problem("mnist", batch=3)
    side = Side("lenet", threads=1)
    try:
        (mode,) = side.prepare("train_steps", problem)
        first, *_, last = side.fingerprints(mode, 5)
    finally:
        side.close()
    np.testing.assert_allclose([number for number, _ in first], reference(problem), rtol=1e-5)
    assert last[0] < first[0]


@pytest.mark.parametrize("layout", ["channels first", "channels last"])
@pytest.mark.parametrize("images", ["cifar10", "mnist"])
def test_pytorch_computes_the_cost_of_the_reference(images, layout):
    torch = pytest.importorskip("torch", reason="needs PyTorch: pip install -e .[bench]")
    side = importlib.import_module("benchmarks.peers.torch_side")
    problem = Problem(images, batch=3)
    batch, labels = map(torch.from_numpy, problem.data())
    params = side.parameters(problem.weights(), side.LAYOUTS[layout])
    cost, errors = side.optimizer_step(params, batch, labels.long())()
    np.testing.assert_allclose([cost, errors], reference(problem), rtol=1e-5)


@pytest.mark.parametrize("batch_norm", [False, True], ids=["bias", "batch_norm"])
def test_pytorch_trains_by_a_recipe_as_lenet_train_does(batch_norm):
    torch = pytest.importorskip("torch", reason="needs PyTorch: pip install -e .[bench]")
    side = importlib.import_module("benchmarks.peers.torch_training")
    torch.set_num_threads(1)
    dataset = toy_dataset()
    settings = toy_settings(batch_norm=batch_norm, lr=0.05)
    with pytensor.config.change_flags(floatX="float32"):
        network = build_network(dataset, settings, np.random.default_rng(1))
        theirs = side.make_functions(network.model, settings)
        ours = compile_functions(network, symbolic_step(network, settings), c_mode())
    costs = []
    for functions in (ours, theirs):
        functions.learning_rate.set_value(np.float32(settings.lr))
        functions.momentum.set_value(np.float32(settings.mom))
        steps = [functions.train_model(*dataset.train) for _ in range(5)]
        costs.append([*steps, functions.test_model(*dataset.test)[:2]])
    np.testing.assert_allclose(costs[1], costs[0], rtol=1e-4)
    assert costs[0][4][0] < costs[0][0][0]


def test_pytorch_refuses_what_it_would_not_do():
    pytest.importorskip("torch", reason="needs PyTorch: pip install -e .[bench]")
    side = importlib.import_module("benchmarks.peers.torch_training")
    settings = toy_settings(activation="tanh")
    network = build_network(toy_dataset(), settings, np.random.default_rng(1))
    with pytest.raises(CommandError, match="--activation: "):
        side.make_functions(network.model, settings)


@pytest.mark.parametrize("images", ["cifar10", "mnist"])
def test_jax_computes_the_cost_of_the_reference(images):
    pytest.importorskip("jax", reason="needs JAX: pip install -e .[jax]")
    side = importlib.import_module("benchmarks.peers.jax_side")
    problem = Problem(images, batch=3)
    modes = side.train_steps(1, problem)
    for step, _ in modes.values():
        np.testing.assert_allclose(step(), reference(problem), rtol=1e-5)
    assert len(modes) == 2


def test_a_layer_names_its_operations():
    assert Layer("a", 1, 1, 8, 1, 3).operations == ("forward", "dW", "dX")
    assert Layer("a", 1, 1, 8, 1, 3, pool=True).operations == ("forward", "forward and backward")


def test_files_of_six_depths_hold_the_same_light():
    light = depths.bacterium(np.random.default_rng(1), "rod")
    scales = {"8 bits": 255, "16 bits": 65535, "12 bits in 16": 4095, "int16": 4095}
    for name, values in depths.forms(light).items():
        if name in scales:
            np.testing.assert_allclose(values / scales[name], light, atol=0.51 / scales[name])
        else:
            np.testing.assert_allclose(0.12 + (values - 100) / 500 * 0.62, light, atol=0.001)


@pytest.mark.parametrize(
    ("test", "other", "is_missed"),
    [(5.0, 3.0, False), (8.0, 3.0, True), (5.0, 4.6, False), (5.0, 4.8, True)],
)
def test_depths_miss_their_aims_by_the_test_error_or_beyond_the_noise(test, other, is_missed):
    """Of 400 pictures, 3 % have a deviation of 0.85 %."""
    assert depths.is_missed([test], {"8 bits": [3.0], "16 bits": [other]}, "8 bits") == is_missed
