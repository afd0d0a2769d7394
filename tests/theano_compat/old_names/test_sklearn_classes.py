"""Classes of scikit-learn before 0.22, over those of today."""

import importlib

import numpy as np
import pytest
from scipy.sparse import csr_matrix
from sklearn import gaussian_process, metrics
from sklearn.base import clone
from sklearn.neighbors import KNeighborsClassifier
from sklearn.preprocessing import LabelBinarizer
from sklearn.svm import SVC
from sklearn.utils import multiclass

from lenet.theano_compat.old_names.grid_search import GridSearchCV, RandomizedSearchCV
from lenet.theano_compat.old_names.hooks import OldNamesFinder
from lenet.theano_compat.old_names.linear_assignment import linear_assignment
from lenet.theano_compat.old_names.sklearn_decomposition import RandomizedPCA
from lenet.theano_compat.old_names.sklearn_functions import (
    array2d,
    atleast2d_or_csr,
    by_position,
    check_arrays,
    take_labels_of_bytes,
)
from lenet.theano_compat.old_names.sklearn_mixture import GMM
from lenet.theano_compat.old_names.sklearn_preprocessing import Imputer, OneHotEncoder

ROWS = np.r_[np.zeros((20, 1)), np.full((20, 1), 9.0)] + np.random.RandomState(0).randn(40, 1) / 9
LABELS = np.repeat([0, 1], 20)


def test_missing_values():
    data = [[1, np.nan], [3, 4.0]]
    assert Imputer().fit_transform(data).tolist() == [[1, 4], [3, 4]]
    assert Imputer(axis=1).fit_transform(data).tolist() == [[1, 1], [3, 4]]
    assert Imputer(missing_values=3).fit([[3, 4.0], [5, 6.0]]).statistics_.tolist() == [5, 5]


def test_columns_of_0_and_1():
    assert OneHotEncoder(n_values=3, sparse=False).fit_transform([[0], [2]]).tolist() == [
        *([1, 0, 0], [0, 0, 1])
    ]
    encoder = clone(OneHotEncoder()).fit([[0], [1], [2]])
    assert encoder.transform([[1]]).toarray().tolist() == [[0, 1, 0]]
    assert encoder.n_values_.tolist() == [3]
    with pytest.raises(ValueError, match="ColumnTransformer"):
        OneHotEncoder(categorical_features=[0]).fit([[0]])


def test_labels_of_bytes(monkeypatch):
    monkeypatch.setattr(multiclass, "check_array", multiclass.check_array)
    take_labels_of_bytes()
    names = np.array([b"rock", b"folk", b"pop\xe9", b"folk"])
    encoder = LabelBinarizer().fit(names)
    assert encoder.classes_.tolist() == [b"folk", b"pop\xe9", b"rock"]
    ones = encoder.transform(names)
    assert ones.tolist() == [[0, 0, 1], [1, 0, 0], [0, 1, 0], [1, 0, 0]]
    assert encoder.inverse_transform(ones).tolist() == names.tolist()
    assert metrics.accuracy_score(names, names[[0, 1, 2, 0]]) == 0.75
    assert KNeighborsClassifier(1).fit(ones, names).predict(ones).tolist() == names.tolist()


def test_mixtures_and_components():
    mixture = clone(GMM(2, random_state=0)).fit(ROWS)
    assert sorted(mixture.means_.ravel().round().tolist()) == [0, 9]
    assert (mixture.covars_.shape, mixture.score(ROWS).shape) == ((2, 1), (40,))
    rows = np.random.RandomState(0).randn(20, 4)
    components = clone(RandomizedPCA(2, random_state=0)).fit(rows).components_
    expected = np.linalg.svd(rows - rows.mean(0))[2][:2]
    np.testing.assert_allclose(abs(components), abs(expected), atol=1e-6)


def test_searches():
    search = GridSearchCV(SVC(), {"C": [1, 10]}, cv=2, iid=True).fit(ROWS, LABELS)
    assert [each.parameters for each in search.grid_scores_] == [{"C": 1}, {"C": 10}]
    first = search.grid_scores_[0]
    assert (first.mean_validation_score, first.cv_validation_scores.tolist()) == (1.0, [1.0, 1.0])
    assert RandomizedSearchCV(SVC(), {"C": [1]}, scoring="log_loss").scoring == "neg_log_loss"


def test_pairs_of_least_cost():
    # By hand: 2 + 1 + 3 in the square, 1 + 2 in the oblong.
    assert linear_assignment([[2, 9, 9], [9, 9, 1], [9, 3, 9]]).tolist() == [[0, 0], [1, 2], [2, 1]]
    assert linear_assignment(np.array([[5, 4, 1], [2, 7, 8]])).tolist() == [[0, 2], [1, 0]]


def test_labels_by_their_place():
    table = by_position(metrics.confusion_matrix)
    assert table([0, 1], [0, 0], [1, 0]).tolist() == [[0, 1], [0, 1]]
    report = by_position(metrics.classification_report)
    assert "cats" in report([0, 1], [0, 1], [0, 1], ["cats", "dogs"])


def test_all_arguments_by_their_place(run_script):
    done = run_script("""
import numpy as np, scipy
from sklearn import cluster, decomposition, preprocessing, svm
from sklearn.base import clone
from sklearn.utils import shuffle
X = np.array([[1.0, 2], [3, 4], [5, 7]])
print(preprocessing.binarize(X, 2).tolist(), decomposition.PCA(1, True, True).fit(X).whiten)
means = clone(cluster.KMeans(2, "random", 3, n_jobs=1)).fit(X)
print(means.n_init, means.init, svm.SVC(1.0, "linear").kernel)
print(*shuffle([1, 2], [3, 4], random_state=1))
print(scipy.sqrt(-4), scipy.sqrt(4), scipy.log10(100.0))
""")
    expected = (
        "[[0.0, 0.0], [1.0, 1.0], [1.0, 1.0]] True\n3 random linear\n[1, 2] [3, 4]\n2j 2.0 2.0\n"
    )
    assert done.stdout == expected, done.stderr


def test_arrays_are_checked():
    rows, labels, nothing = check_arrays([[1, 2], [3, 4]], (0, 1), None)
    assert (rows.tolist(), labels.tolist(), nothing) == ([[1, 2], [3, 4]], [0, 1], None)
    sparse = csr_matrix(np.eye(2))
    assert check_arrays(sparse, labels)[0] is sparse
    assert check_arrays(labels, copy=True)[0] is not labels
    with pytest.raises(ValueError, match=r"\[1, 2\] rows"):
        check_arrays(rows, [1])
    assert array2d([1, 2], dtype=np.float32).tolist() == [[1, 2]]
    assert atleast2d_or_csr([1, 2]).shape == (1, 2)
    assert atleast2d_or_csr(sparse.tocsc()).format == "csr"


def test_parts_of_packages_are_the_packages():
    found = OldNamesFinder().find_spec
    for name in ("sklearn.cluster.birch", "sklearn.neighbors.kd_tree"):
        spec = found(name, importlib.import_module(name.rpartition(".")[0]).__path__)
        assert spec.loader.original.name == name.rpartition(".")[0]
    # It is no part, but a class that is gone.
    assert found("sklearn.gaussian_process.GaussianProcess", gaussian_process.__path__) is None
