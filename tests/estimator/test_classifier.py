"""`LenetClassifier` is a classifier of scikit-learn, and trains as `lenet-train` does."""

import pickle
import warnings

import numpy as np
import pytensor
import pytest
from PIL import Image
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer
from sklearn.utils.estimator_checks import check_estimator, estimator_checks_generator

from lenet import LenetClassifier, load, load_digits
from lenet.errors import CheckpointError
from lenet.runs import checkpoint
from tests.trained_digits import FLAGS

DIGITS = load_digits()
# On each push; at night, all that scikit-learn has.
CHECKS = (
    "check_estimators_unfitted",
    "check_n_features_in",
    "check_classifier_data_not_an_array",
)


@pytest.fixture(autouse=True)
def float32():
    with pytensor.config.change_flags(floatX="float32"):
        yield


def small(**settings):
    return LenetClassifier(model="mlp", hidden=(30,), nepochs=4, batch_size=20, lr=0.05, **settings)


@pytest.fixture(scope="module")
def fitted():
    with pytensor.config.change_flags(floatX="float32"):
        return small().fit(DIGITS.train.images, DIGITS.train.labels)


def test_five_lines_classify_digits(fitted):
    assert fitted.score(DIGITS.test.images, DIGITS.test.labels) > 0.85
    probabilities = fitted.predict_proba(DIGITS.test.images[:7])
    assert probabilities.shape == (7, 10)
    np.testing.assert_allclose(probabilities.sum(axis=1), 1, rtol=1e-5)
    assert fitted.classes_.tolist() == list(range(10))
    assert fitted.n_features_in_ == 784
    assert len(fitted.history_["validation_error"]) == 4
    assert "parameters" in fitted.summary()


def test_the_same_seed_gives_the_weights_of_the_command_line(digits_run):
    words = FLAGS.split()
    assert dict(zip(words[::2], words[1::2], strict=False))["--dataset"] == "digits"
    classifier = LenetClassifier(
        lwidth=(6, 8, 10, 24), nepochs=12, batch_size=20, lr=0.02, initialiser="glorot", threads=1
    )
    classifier.fit(DIGITS.train.images, DIGITS.train.labels, validation_data=DIGITS.valid)
    saved = checkpoint.load(digits_run / "model.h5").parameters
    params = classifier.model_.network.model.params
    assert [param.name for param in params] == list(saved)
    for param in params:
        np.testing.assert_array_equal(param.get_value(), saved[param.name])


FORMS = {
    "fractions": lambda images: images / 255,
    "rows of a table": lambda images: images.reshape(len(images), -1),
    "without channels": lambda images: images[:, 0],
    "channels last": lambda images: images.transpose(0, 2, 3, 1),
    "whole numbers": lambda images: images.astype(int),
    "a list": lambda images: list(images[:, 0]),
}


@pytest.mark.parametrize("form", FORMS)
def test_images_of_any_form_are_the_same(fitted, form):
    images = FORMS[form](DIGITS.test.images[:20])
    classifier = small().fit(FORMS[form](DIGITS.train.images), DIGITS.train.labels)
    np.testing.assert_array_equal(
        classifier.predict_proba(images), fitted.predict_proba(DIGITS.test.images[:20])
    )


def test_other_numbers_labels_and_shapes():
    rng = np.random.default_rng(0)
    images = rng.normal(size=(60, 3, 5, 9)) + 4 * np.arange(60).reshape(-1, 1, 1, 1) // 30
    labels = np.array(["cat", "dog"])[np.arange(60) // 30]
    classifier = small(class_names=("Cat", "Dog"), validation_split=0.2).fit(images, labels)
    assert classifier.score(images, labels) > 0.9
    assert classifier.model_.class_names == ("Cat", "Dog")
    assert classifier.image_shape_ == (3, 9, 9)


def test_pictures_in_files_and_arrays_of_several_sizes(tmp_path):
    paths, arrays = [], []
    for k, digit in enumerate(DIGITS.train.images[:40, 0]):
        arrays.append(np.pad(digit, k % 3))
        paths.append(tmp_path / f"{k}.png")
        Image.fromarray(arrays[-1]).convert("RGB").save(paths[-1])
    labels = DIGITS.train.labels[:40]
    for images, channels in ((paths, 3), (arrays, 1)):
        classifier = small(image_size=28, validation_split=0).fit(images, labels)
        assert classifier.image_shape_ == (channels, 28, 28)
        assert classifier.predict(images[:3]).shape == (3,)


def test_what_is_pickled_saved_or_loaded_says_the_same(fitted, tmp_path):
    images = DIGITS.test.images[:9]
    expected = fitted.predict_proba(images)
    np.testing.assert_array_equal(
        pickle.loads(pickle.dumps(fitted)).predict_proba(images), expected
    )
    fitted.save(tmp_path / "digits.h5")
    loaded = load(tmp_path / "digits.h5")
    np.testing.assert_array_equal(loaded.predict_proba(images), expected)
    assert loaded.classes_.tolist() == [str(k) for k in range(10)]


def test_a_file_has_the_range_of_the_numbers(tmp_path):
    images = DIGITS.train.images[:200] / 50.0 - 2
    classifier = small().fit(images, DIGITS.train.labels[:200])
    classifier.save(tmp_path / "digits.h5")
    expected = classifier.predict_proba(images[:9])
    np.testing.assert_array_equal(load(tmp_path / "digits.h5").predict_proba(images[:9]), expected)


def test_bytes_are_bytes_to_what_has_learnt_fractions(fitted):
    classifier = small().fit(DIGITS.train.images / 255, DIGITS.train.labels)
    images = DIGITS.test.images[:9]
    np.testing.assert_array_equal(classifier.predict_proba(images), fitted.predict_proba(images))


def test_what_is_interrupted_has_the_best_network_so_far():
    def interrupt(result):
        if result.epoch == 2:
            raise KeyboardInterrupt

    classifier = small(callbacks=[interrupt])
    with pytest.raises(KeyboardInterrupt):
        classifier.fit(DIGITS.train.images[:200], DIGITS.train.labels[:200])
    assert classifier.predict(DIGITS.test.images[:3]).shape == (3,)


def logistic(**settings):
    """One step of gradient descent, from weights of zero, by all images."""
    return LenetClassifier(
        model="logistic",
        nepochs=1,
        batch_size=1000,
        update="sgd",
        lr=0.5,
        l2_pen=0,
        validation_split=0,
        normalize="unit",
        **settings,
    )


def test_an_image_counts_as_much_as_its_weight():
    images, labels = DIGITS.train.images[:200], DIGITS.train.labels[:200]
    weights = np.random.default_rng(0).integers(0, 4, 200)
    weights[labels == 3] = 0
    classifier = logistic().fit(images, labels, sample_weight=weights)
    assert classifier.classes_.tolist() == list(range(10))  # also the class that counts nothing
    pixels = images.reshape(200, -1) / 255
    residuals = 0.1 - np.eye(10)[labels]  # of softmax, whose ten scores are all 0
    residuals *= weights[:, np.newaxis] / weights.sum()
    weight, bias = (param.get_value() for param in classifier.model_.network.model.params)
    np.testing.assert_allclose(weight, -0.5 * pixels.T @ residuals, atol=1e-6)
    np.testing.assert_allclose(bias, -0.5 * residuals.sum(axis=0), atol=1e-6)


def test_images_without_weight_are_as_if_they_were_not_there():
    images, labels = DIGITS.train.images[:300], DIGITS.train.labels[:300].copy()
    labels[::3] = (labels[::3] + 1) % 10
    weights = np.full(300, 2.5)
    weights[::3] = 0
    kept = weights > 0
    found = small().fit(images, labels, sample_weight=weights)
    expected = small().fit(images[kept], labels[kept])
    test = DIGITS.test.images
    np.testing.assert_allclose(
        found.predict_proba(test), expected.predict_proba(test), rtol=1e-3, atol=1e-5
    )


@pytest.mark.parametrize(
    ("weights", "message"),
    [
        (np.ones(3), r"sample_weight of shape \(3,\): expected \(60,\)"),
        (np.ones((60, 1)), r"sample_weight of shape \(60, 1\): expected \(60,\)"),
        (np.zeros(60), "sample_weight: all weights are zero"),
        (np.linspace(-1, 1, 60), "Negative values in data passed to sample_weight"),
        ([np.nan] * 60, "sample_weight contains NaN"),
    ],
)
def test_weights_that_cannot_be(weights, message):
    with pytest.raises(ValueError, match=message):
        small().fit(DIGITS.train.images[:60], DIGITS.train.labels[:60], sample_weight=weights)


def test_second_derivatives_weigh_no_images():
    with pytest.raises(ValueError, match="--update sdlm does not weigh images"):
        LenetClassifier(update="sdlm").fit(
            DIGITS.train.images[:60], DIGITS.train.labels[:60], np.ones(60)
        )


def test_labels_that_cannot_be_are_refused(fitted):
    with pytest.raises(ValueError, match="3 labels: expected 4, one for each image"):
        small().fit(np.zeros((4, 9)), [0, 1, 0])
    with pytest.raises(ValueError, match="previously unseen labels"):
        small().fit(np.zeros((4, 9)), [0, 1, 0, 1], validation_data=(np.zeros((1, 9)), [7]))


def test_training_goes_on_batch_by_batch():
    classifier = small()
    for start in range(0, 1200, 300):
        part = slice(start, start + 300)
        classifier.partial_fit(DIGITS.train.images[part], DIGITS.train.labels[part], range(10))
    assert classifier.score(DIGITS.test.images, DIGITS.test.labels) > 0.75
    assert len(classifier.history_["cost"]) == 4


def test_training_goes_on_where_a_pickle_was_made():
    first, second = slice(0, 300), slice(300, 600)
    images, labels = DIGITS.train
    sgd = {"update": "sgd", "schedule": "constant"}  # which have no state
    whole, interrupted = (
        small(**sgd).partial_fit(images[first], labels[first], range(10)) for _ in "ab"
    )
    again = pickle.loads(pickle.dumps(interrupted))
    before = again.predict_proba(images[:5])
    again.partial_fit(images[second], labels[second])
    assert not np.array_equal(again.predict_proba(images[:5]), before)
    np.testing.assert_array_equal(interrupted.predict_proba(images[:5]), before)
    whole.partial_fit(images[second], labels[second])
    # The order of the images is that of a first epoch, not of a second one.
    assert abs(whole.score(*DIGITS.test) - again.score(*DIGITS.test)) < 0.1


@pytest.mark.parametrize("average", ["ema", "lookahead"])
def test_refinements_are_settings_and_go_on_from_a_pickle(average):
    images, labels = DIGITS.train.images[:300], DIGITS.train.labels[:300]
    classifier = small(average=average, mixup=0.2, clip_norm=1.0)
    classifier.partial_fit(images, labels, range(10))
    again = pickle.loads(pickle.dumps(classifier)).set_params(lr=1e-9)
    before = again.predict_proba(images[:5])
    # What is trained begins with what was saved: with steps of no length it stays.
    after = again.partial_fit(images, labels).predict_proba(images[:5])
    np.testing.assert_allclose(after, before, atol=1e-5)


def test_predictions_may_be_averaged_over_versions(fitted):
    images = DIGITS.test.images[:20]
    expected = fitted.model_.probabilities(images, tta=True)
    averaging = pickle.loads(pickle.dumps(fitted)).set_params(tta=True)
    np.testing.assert_allclose(averaging.predict_proba(images), expected, atol=1e-6)
    np.testing.assert_array_equal(averaging.predict(images), expected.argmax(axis=1))
    assert not np.allclose(fitted.predict_proba(images), expected, atol=1e-4)


def test_it_may_be_fitted_again_to_images_of_another_size():
    classifier = small()
    for size in (28, 20):
        images = DIGITS.train.images[:200, :, :size, :size]
        assert classifier.fit(images, DIGITS.train.labels[:200]).predict(images).shape == (200,)
        assert classifier.image_shape_ == (1, size, size)


def test_a_line_for_each_epoch_if_it_is_asked_for(capsys):
    small(verbose=1).fit(DIGITS.train.images[:100], DIGITS.train.labels[:100])
    assert len(capsys.readouterr().out.splitlines()) == 6


def test_a_callback_sees_each_epoch_and_may_stop():
    seen = []
    stop = [lambda result: seen.append(result.epoch), lambda result: result.epoch == 2]
    small(callbacks=stop).fit(DIGITS.train.images[:100], DIGITS.train.labels[:100])
    assert seen == [1, 2]


def test_it_goes_with_what_scikit_learn_has():
    images, labels = DIGITS.train.images[:200].reshape(200, -1), DIGITS.train.labels[:200]
    pipeline = make_pipeline(FunctionTransformer(lambda X: X[:, ::-1]), small())
    assert cross_val_score(pipeline, images, labels, cv=2).min() > 0.3
    search = GridSearchCV(small(), {"hidden": [(5,), (30,)]}, cv=2).fit(images, labels)
    assert search.best_params_ == {"hidden": (30,)}
    assert clone(small(seed=3)).seed == 3


@pytest.mark.parametrize(
    ("settings", "images", "message"),
    [
        ({}, np.zeros((4, 2, 2, 2, 2)), r"images of shape \(4, 2, 2, 2, 2\): expected"),
        ({"image_shape": (3, 3)}, np.zeros((4, 8)), r"image_shape=\(3, 3\): expected"),
        ({"class_names": ("a",)}, np.zeros((4, 9)), "class_names: 1 of them, expected 2"),
        ({"update": "adamm"}, np.zeros((4, 9)), "update='adamm': expected one of sgd, momentum"),
    ],
)
def test_what_cannot_be_is_one_line(settings, images, message):
    with pytest.raises(ValueError, match=message):
        small(**settings).fit(images, [0, 1, 0, 1])


def test_a_setting_that_there_is_not():
    with pytest.raises(TypeError, match=r"no 'epochs'; it has nepochs, lr, "):
        LenetClassifier(epochs=3)


# What LenetClassifier does not do as scikit-learn expects, and why.
EXCEPTIONS = {
    "check_sample_weight_equivalence_on_dense_data": "batches are drawn from the images, so that an image of weight 2 "
    "is met at other steps than two of weight 1",
}


def checks_of(estimator):
    return {
        check.func.__name__: check
        for _, check in estimator_checks_generator(estimator, legacy=True)
    }


@pytest.mark.parametrize("name", CHECKS)
def test_checks_of_scikit_learn(name):
    classifier = LenetClassifier(nepochs=20)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        checks_of(classifier)[name](classifier)


@pytest.mark.slow
def test_all_checks_of_scikit_learn():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        check_estimator(LenetClassifier(), expected_failed_checks=EXCEPTIONS)


@pytest.mark.parametrize("average", ["ema", "lookahead"])
def test_averages_begin_with_the_layers_that_are_taken(average):
    settings = {"average": average, "init_from": "mnist", "freeze": ("conv1",), "lr": 1e-12}
    images, labels = DIGITS.train.images[:60], DIGITS.train.labels[:60]
    classifier = LenetClassifier(nepochs=1, l2_pen=0, **settings).fit(images, labels)
    expected = {
        param.name: param.get_value() for param in load("mnist").model_.network.model.params
    }
    for param in classifier.model_.network.model.params:
        if not param.name.startswith("output"):
            np.testing.assert_allclose(param.get_value(), expected[param.name], atol=1e-6)


@pytest.mark.parametrize("kind", [float, int, np.float32])
def test_a_loaded_network_sees_fractions_and_numbers_as_bytes(kind):
    network, images = load("mnist"), DIGITS.test.images[:20]
    numbers = images.astype(kind) / (1 if kind is int else 255)
    numbers = numbers.astype(kind)
    np.testing.assert_allclose(
        network.predict_proba(numbers), network.predict_proba(images), rtol=1e-3, atol=1e-6
    )


def test_numbers_of_classes_are_compared_with_their_names():
    network = load("mnist")
    score = network.score(DIGITS.test.images, DIGITS.test.labels)
    assert score > 0.8
    assert score == network.score(DIGITS.test.images, DIGITS.test.labels.astype(str))


def test_one_layer_to_freeze_may_be_named_alone():
    classifier = LenetClassifier(init_from="mnist", freeze="conv1", nepochs=1)
    classifier.fit(DIGITS.train.images[:60], DIGITS.train.labels[:60])
    assert classifier.model_.attributes["model"] == "lenet"
    with pytest.raises(ValueError, match=r"--mixup -1: expected a positive number"):
        LenetClassifier(mixup=-1).fit(DIGITS.train.images[:60], DIGITS.train.labels[:60])


@pytest.mark.parametrize(
    ("name", "message"), [("mnits", "did you mean mnist"), ("folds", "fold-1")]
)
def test_what_is_no_network_is_one_line(tmp_path, name, message):
    (tmp_path / "folds" / "fold-1").mkdir(parents=True)
    path = name if name == "mnits" else tmp_path / name
    with pytest.raises(CheckpointError, match=message):
        LenetClassifier(init_from=path).fit(DIGITS.train.images[:60], DIGITS.train.labels[:60])
