import csv
import html
import io
import json
import re
import shlex
from dataclasses import replace

import matplotlib.image
import numpy as np
import pytensor
import pytest
from scipy.special import softmax

from lenet.commands.train_flags import parse_options
from lenet.data.dataset import Dataset, Split
from lenet.errors import CheckpointError
from lenet.layers import RBF, Conv2d, FullyConnected
from lenet.models.network import network_of_layers
from lenet.report.run_page import (
    command_line,
    duration,
    epoch_rows,
    facts_of,
    first_filters,
    write_pictures,
)
from lenet.runs import checkpoint
from lenet.runs.names import (
    CONFIG,
    CONFUSION,
    CURVE,
    FILTERS,
    MISTAKES,
    MODEL,
    PREDICTIONS,
    REPORT,
)
from lenet.runs.names import RESULTS as RESULTS_FILE
from lenet.runs.reader import metrics_of
from lenet.runs.sessions import Session
from lenet.runs.validation_fit import ValidationFit
from lenet.runs.writer import write_config
from lenet.training.functions import Functions, outputs_of
from lenet.training.loop import EpochResult
from tests.layers.applying import PYTHON

NAMES = ("cat", "dog", "<owl>")
FLAGS = {"model": "lenet", "lr": 0.1, "seed": None, "activation": "", "data_augm": False}


def result(epoch, validation_error, test_error):
    numbers = {"cost": 1.0 / epoch, "training_error": 0.25, "validation_cost": 1.5}
    more = {"learning_rate": 0.1, "momentum": 0.9, "seconds": 1.0, "images_per_second": 9.0}
    return EpochResult(
        epoch, **numbers, validation_error=validation_error, test_error=test_error, **more
    )


RESULTS = [result(1, 0.5, 0.5), result(2, 0.25, 0.375), result(3, 0.5, None)]


def fitted(layers, seed=0):
    """Return a network, its functions and a data set."""
    rng = np.random.default_rng(seed)
    split = Split(
        rng.integers(0, 256, (8, 1, 6, 6), dtype=np.uint8), np.arange(8, dtype=np.int32) % 3
    )
    network = network_of_layers(layers, (1, 6, 6), rng)
    for param in network.model.params:
        param.set_value(rng.normal(size=param.get_value().shape))
    evaluate = pytensor.function(
        [network.images, network.labels],
        [network.model.test_cost, network.model.test_errors, network.model.p_y_given_x],
        mode=PYTHON,
    )
    functions = Functions(None, evaluate, evaluate, None, None, network.model.params, [])
    return network, functions, Dataset("toy", split, split, split, NAMES, mirror=False)


@pytest.fixture(scope="module")
def report(tmp_path_factory):
    """Write the report of a run whose last weights are not its best."""
    folder = tmp_path_factory.mktemp("run")
    network, functions, dataset = fitted([Conv2d(4, 3, activation="relu"), FullyConnected(3)])
    best = [param.get_value() for param in network.model.params]
    checkpoint.save(folder / MODEL, network.model)
    for param in network.model.params:
        param.set_value(0 * param.get_value())
    examples = b"\x89PNG of the training images"
    write_pictures(
        *(folder, folder / MODEL, dataset, network, functions, RESULTS, FLAGS, 5),
        augmentation=examples,
        problem="the cost grows",
    )
    return folder, network, functions, dataset, best


def test_a_run_ends_with_four_pictures_and_a_page(report):
    folder, *_ = report
    names = {CURVE, CONFUSION, MISTAKES, FILTERS}
    written = names | {MODEL, REPORT, PREDICTIONS, RESULTS_FILE}
    assert {path.name for path in folder.iterdir()} == written
    for name in names:
        picture = matplotlib.image.imread(io.BytesIO((folder / name).read_bytes()))
        assert picture[..., :3].std() > 0.01


def test_pictures_are_of_the_best_model(report):
    _, network, _, _, best = report
    for param, value in zip(network.model.params, best, strict=True):
        np.testing.assert_array_equal(param.get_value(), value)


def figures_in(page):
    """Return the number of pictures, but for those of the wrong cells of the confusion matrix."""
    cells = len(re.findall(r'alt="images of \S+ taken for ', page))
    assert cells > 0
    return page.count("data:image/png;base64,") - cells


def test_the_page_says_what_was_done_and_what_came_of_it(report):
    folder, network, *_ = report
    page = (folder / REPORT).read_text(encoding="utf-8")
    for text in (
        "lenet on toy",
        "toy: 8 training, 8 validation and 8 test images",
        "25.00",
        "37.50",
    ):
        assert text in page
    assert "lenet-train --model=lenet --lr=0.1" in page
    assert "Warning: the cost grows" in page
    assert "What was typed is not stored" in page
    assert "<owl>" not in page
    assert "&lt;owl&gt;" in page
    assert "seed" not in page
    assert figures_in(page) == 7
    for layer in network.model.layers:
        assert layer.name in page


def test_the_page_begins_with_what_was_typed_whatever_that_is(tmp_path):
    network, functions, dataset = fitted([FullyConnected(3)])
    photos = replace(dataset, name="folder", origin={"image_dir": ["/a/my <photos>"]})
    checkpoint.save(tmp_path / MODEL, network.model)
    typed = ("lenet-train", "--recipe", "best", "--out_dir=</pre><script>\udcff")
    write_config(tmp_path, FLAGS | {"recipe": "best"}, typed)
    write_config(tmp_path, FLAGS, ("lenet-train", "--resume", "x"))
    write_pictures(tmp_path, tmp_path / MODEL, photos, network, functions, RESULTS, FLAGS, 100)
    page = (tmp_path / REPORT).read_text(encoding="utf-8")
    assert "lenet on my &lt;photos&gt;</h1>" in page
    top = re.sub("<[^>]*>", "", page[page.index("<pre>") : page.index("</pre>")])
    first, second = html.unescape(top).split("\n")
    assert shlex.split(first) == [*typed[:-1], r"--out_dir=</pre><script>\udcff"]
    assert second == "lenet-train --resume x"
    assert page.index("</pre>") < page.index("validation error") < page.index("Learning curves")
    assert "<script" not in page
    assert (tmp_path / CONFIG).exists()


def test_facts_are_those_that_are_known():
    sessions = [
        Session(("a",), "2026-11-28T18:01:47+00:00", "Linux", "best"),
        Session(("a",), "2026-11-29T18:01:47+00:00", "Linux"),
    ]
    facts = facts_of(sessions, {}, metrics_of(RESULTS))
    assert facts.pop("versions").startswith("lenet ")
    assert facts == {
        "began": "2026-11-28 18:01:47 UTC",
        "gone on": "2026-11-29 18:01:47 UTC",
        "training": "3.0 seconds for 3 epochs, 1 seconds each",
        "recipe": "best",
        "machine": "Linux",
    }
    old = facts_of([], {"recipe": "mlp"}, metrics_of(RESULTS[:1]))
    del old["versions"]
    assert old == {"training": "1.0 seconds for 1 epoch, 1 seconds each", "recipe": "mlp"}


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.04, "0.0 seconds"),
        (59.9, "59.9 seconds"),
        (61, "1 min 01 s"),
        (3599.6, "1 h 00 min"),
        (7384, "2 h 03 min"),
    ],
)
def test_a_duration_has_the_units_of_its_length(seconds, text):
    assert duration(seconds) == text


def test_the_epochs_are_a_table_without_what_was_not_measured():
    header = ("epoch", "cost", "train %", "valid %", "test %", "learning rate", "seconds")
    rows = [("1", "1.0000", "25.00", "50.00", "50.00", "0.1", "1.00")]
    rows.append(("2", "0.5000", "25.00", "25.00", "37.50", "0.1", "1.00"))
    rows.append(("3", "0.3333", "25.00", "50.00", "", "0.1", "1.00"))
    metrics = metrics_of(RESULTS)
    assert epoch_rows(metrics) == [header, *rows]
    del metrics["learning_rate"]
    assert epoch_rows(metrics) == [row[:5] + row[6:] for row in (header, *rows)]


def test_a_network_without_filters_has_no_picture_of_them(tmp_path):
    network, functions, dataset = fitted([FullyConnected(3)])
    checkpoint.save(tmp_path / MODEL, network.model)
    write_pictures(tmp_path, tmp_path / MODEL, dataset, network, functions, RESULTS[:1], FLAGS, 100)
    names = {CURVE, CONFUSION, MISTAKES, MODEL, REPORT, PREDICTIONS, RESULTS_FILE}
    assert {path.name for path in tmp_path.iterdir()} == names
    assert figures_in((tmp_path / REPORT).read_text()) == 5


def test_predictions_and_their_numbers_are_kept(report):
    folder, _, functions, dataset, _ = report
    with (folder / PREDICTIONS).open(newline="") as file:
        rows = list(csv.DictReader(file))
    shares = functions.test_model(dataset.test.images, dataset.test.labels)[2]
    assert [row["predicted"] for row in rows] == [NAMES[k] for k in shares.argmax(axis=1)]
    assert [row["class"] for row in rows] == [NAMES[k] for k in dataset.test.labels]
    wrong = sum(row["class"] != row["predicted"] for row in rows)
    found = json.loads((folder / RESULTS_FILE).read_text())
    assert (found["part"], found["images"], found["wrong"]) == ("test", 8, wrong)
    low, high = found["error_interval"]
    assert low < found["error"] == wrong / 8 < high
    assert found["calibration"]["temperature"] is None


def test_what_the_validation_images_told_is_on_the_page(tmp_path):
    network, functions, dataset = fitted([RBF(np.eye(3, 36).tolist())])
    checkpoint.save(tmp_path / MODEL, network.model)
    assert outputs_of(fitted([FullyConnected(3)])[0], PYTHON) is None
    functions = replace(functions, outputs=outputs_of(network, PYTHON))
    shares, outputs = functions.evaluated(dataset.valid, 3)
    np.testing.assert_allclose(softmax(outputs, axis=1), shares)
    fit = ValidationFit.of(dataset.valid.labels, shares, shares.max(axis=1), 20.0)
    write_pictures(
        *(tmp_path, tmp_path / MODEL, dataset, network, functions, RESULTS, FLAGS, 5), fit=fit
    )
    page = (tmp_path / REPORT).read_text()
    for heading in ("Calibration", "Rejection"):
        assert f"<h2>{heading}</h2>" in page


def test_a_best_model_that_is_gone_is_named(tmp_path):
    network, functions, dataset = fitted([FullyConnected(3)])
    with pytest.raises(CheckpointError, match=r"gone\.h5: No such file"):
        write_pictures(
            tmp_path, tmp_path / "gone.h5", dataset, network, functions, RESULTS, FLAGS, 5
        )
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("layers", "is_picture"),
    [
        ([Conv2d(2, 3), FullyConnected(3)], True),
        ([FullyConnected(3), FullyConnected(3)], False),
        ([RBF(np.zeros((3, 36)).tolist())], False),
    ],
    ids=["conv", "units", "none"],
)
def test_only_filters_of_the_first_weights_are_drawn(layers, is_picture):
    network = network_of_layers(layers, (1, 6, 6), np.random.default_rng(0))
    picture = first_filters(network)
    assert (picture is not None) == is_picture
    assert not is_picture or picture.startswith(b"\x89PNG")


@pytest.mark.parametrize(
    "flags",
    [
        "--dataset digits --lwidth 1 2 --data_augm --lr 0.25",
        "--dataset digits --model mlp --hidden 3 4 --update adam --update_options beta1=0.5",
        "--recipe best --dataset digits --no_data_augm --num_examples 50 --schedule_options linear=true",
    ],
    ids=["lenet", "mlp", "recipe"],
)
def test_the_command_of_a_report_repeats_the_run(flags):
    wanted = parse_options([*flags.split(), "--threads", "3", "--out_dir", "a b"])
    program, *argv = shlex.split(command_line(wanted.flags()))
    assert program == "lenet-train"
    again = parse_options([*argv, "--out_dir", "a b"])
    # Of the recipe, but without an effect, and so left out.
    assert again == replace(wanted, recipe=None, ncrops=again.ncrops)
