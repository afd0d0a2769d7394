"""Label errors by networks that have not learnt the labels, against the paper's definition in plain loops."""

import numpy as np
import pytest

from lenet.explore.index import DatasetIndex
from lenet.explore.label_errors import confident_disagreements
from tests.explore.planted import dataset_of


def album_of(labels, classes=3):
    images = np.zeros((len(labels), 3, 8, 8), np.uint8)
    names = [f"class {k}" for k in range(classes)]
    return DatasetIndex(
        dataset_of(images, np.asarray(labels, np.int32), (0, 0, len(labels)), names)
    )


@pytest.mark.parametrize("seed", range(3))
def test_suspects_are_those_of_the_definition(seed):
    rng = np.random.default_rng(seed)
    shares, labels = rng.dirichlet(np.ones(3), 80), rng.integers(0, 3, 80)
    usual = [
        np.mean([p[j] for p, y in zip(shares, labels, strict=True) if y == j]) for j in range(3)
    ]
    expected = {}
    for k, (p, y) in enumerate(zip(shares, labels, strict=True)):
        confident = [j for j in range(3) if p[j] >= usual[j]]
        if confident:
            best = max(confident, key=lambda j: p[j])
            if best != y and p[best] > p[y]:
                expected[k] = best
    found = confident_disagreements(album_of(labels), shares)
    assert {one.image: one.suggested for one in found} == expected
    margins = [shares[one.image, labels[one.image]] - one.certainty for one in found]
    assert margins == sorted(margins)
    assert len(found) > 3


def test_a_class_without_images_is_never_suggested():
    shares = np.array([[0.1, 0.1, 0.8], [0.8, 0.1, 0.1], [0.1, 0.8, 0.1]])
    assert confident_disagreements(album_of([0, 0, 1]), shares) == []
