"""scikit-learn's houses of Boston."""

import numpy as np
import pytest

from lenet.theano_compat.old_names.boston import load_boston


@pytest.fixture
def openml(monkeypatch):
    """OpenML's answer, with objects where it has categories."""
    datasets = pytest.importorskip("sklearn.datasets")
    bunch = pytest.importorskip("sklearn.utils").Bunch(
        data=np.array([[0.5, "1"], [2.0, "0"]], dtype=object),
        target=np.array([24.0, 21.6]),
        feature_names=["CRIM", "CHAS"],
        DESCR="houses",
    )
    monkeypatch.setattr(datasets, "fetch_openml", lambda name, **options: bunch)


def test_numbers_are_floats(openml):
    boston = load_boston()
    np.testing.assert_array_equal(boston.data, [[0.5, 1], [2, 0]])
    assert boston.data.dtype == boston.target.dtype == np.float64
    assert list(boston.feature_names) == ["CRIM", "CHAS"]
    data, target = load_boston(return_X_y=True)
    np.testing.assert_array_equal(data, boston.data)
    np.testing.assert_array_equal(target, [24.0, 21.6])
