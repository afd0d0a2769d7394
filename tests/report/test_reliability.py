"""Judgements, their figures, and the page of an evaluation."""

import io
import json

import matplotlib.image
import numpy as np
import pytest

from lenet.evaluation.calibration import reliability, tempered
from lenet.report.confused import confused_pairs
from lenet.report.evaluation_page import write_evaluation
from lenet.report.judgement import Judgement
from lenet.report.reliability import reliability_diagram, risk_coverage_figure
from lenet.runs.validation_fit import ValidationFit
from tests.report.test_html import Page

NAMES = ("cat", "<script>alert(1)</script>", "owl\n\x1b[31m")


def judged(n=300, temperature=0.4, seed=0, with_fit=True):
    """Return the judgement of probabilities that are too sure, and the fit to others like them."""
    rng = np.random.default_rng(seed)

    def answers():
        true = rng.dirichlet(np.ones(3), n)
        labels = np.array([rng.choice(3, p=shares) for shares in true])
        return labels, tempered(true, temperature)

    labels, found = answers()
    fit = ValidationFit.of(labels, found, found.max(axis=1)) if with_fit else None
    labels, found = answers()
    return Judgement(labels, found, found.max(axis=1), fit)


def test_numbers_are_those_of_plain_loops():
    judgement = judged()
    is_right = judgement.probabilities.argmax(axis=1) == judgement.labels
    found = judgement.content
    assert (found["images"], found["wrong"]) == (300, int((~is_right).sum()))
    after = tempered(judgement.probabilities, judgement.fit.temperature)
    assert found["calibration"]["ece_at_temperature"] == reliability(judgement.labels, after).error
    assert found["calibration"]["ece_at_temperature"] < found["calibration"]["ece"]
    left = judgement.accepted(0.2)
    kept = judgement.confidences >= judgement.fit.threshold_for(0.2)
    assert (left.accepted, left.wrong) == (int(kept.sum()), int((kept & ~is_right).sum()))
    assert left.content["rejection"]["coverage"] == kept.mean()
    json.dumps([found, left.content], allow_nan=False)
    for words in (f"{left.accepted:,} of 300 images", "95 % interval", "at most 20 % of the"):
        assert words in left.text


def test_without_a_fit_there_is_neither_temperature_nor_threshold():
    judgement = judged(with_fit=False)
    assert judgement.accepted(0.1) is None
    assert judgement.usual is None
    assert judgement.calibrated is None
    assert "temperature" not in judgement.calibration_text


def test_where_no_validation_image_is_wrong_that_is_said():
    sure = np.eye(3) * 0.7 + 0.1
    fit = ValidationFit.of(np.arange(3), sure, sure.max(axis=1))
    judgement = Judgement(np.array([0, 1, 1]), sure, sure.max(axis=1), fit)
    assert judgement.calibration_text.endswith(
        "no temperature fits, as no validation image is wrong"
    )


@pytest.mark.parametrize("with_fit", [True, False])
def test_figures_are_drawn(with_fit):
    judgement = judged(with_fit=with_fit)
    widths = []
    for png in (
        reliability_diagram(judgement),
        risk_coverage_figure(judgement, judgement.accepted(0.2)),
    ):
        pixels = matplotlib.image.imread(io.BytesIO(png))
        assert pixels[..., :3].std() > 0.01
        widths.append(pixels.shape[1])
    assert widths[0] > 800 if with_fit else widths[0] < 600


def test_figures_of_one_image_are_drawn():
    judgement = Judgement(np.array([0]), np.array([[1.0, 0.0]]), np.array([1.0]))
    assert reliability_diagram(judgement).startswith(b"\x89PNG")
    assert risk_coverage_figure(judgement, None).startswith(b"\x89PNG")


def test_the_page_has_all_of_it_and_no_name_breaks_it(tmp_path):
    judgement = judged()
    images = np.zeros((300, 1, 8, 8), np.uint8)
    pairs = confused_pairs(images, judgement.labels, judgement.probabilities, NAMES, "test")
    assert all(1 <= len(pair.names) <= 10 for pair in pairs)
    assert pairs[0].names[0].startswith("test image ")
    path = tmp_path / "page.html"
    classes = [("class", "images"), *((name, "3") for name in NAMES)]
    left = judgement.accepted(0.2)
    write_evaluation(path, "On <b>", "about", judgement, b"\x89PNG", pairs, classes, left)
    text = path.read_text()
    Page(text)
    for heading in ("Confusion matrix", "Calibration", "Rejection", "Classes", "Mistakes"):
        assert f"<h2>{heading}" in text
    assert "<script" not in text
    assert "\x1b" not in text
    assert "which ones, and how sure" in text
    assert "--reject 0.2" in text
