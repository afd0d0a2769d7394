import pytest

from lenet.data.array_keys import Names, parts_named
from lenet.errors import DataError


@pytest.mark.parametrize(
    ("names", "parts"),
    [
        (
            "x_train y_train x_test y_test",
            {"training": ("x_train", "y_train"), "test": ("x_test", "y_test")},
        ),
        (
            "X_train y_train X_valid y_valid",
            {"training": ("X_train", "y_train"), "validation": ("X_valid", "y_valid")},
        ),
        (
            "train_images train_labels val_images val_labels test_images test_labels extra",
            {
                "training": ("train_images", "train_labels"),
                "validation": ("val_images", "val_labels"),
                "test": ("test_images", "test_labels"),
            },
        ),
        ("X y", {"all": ("X", "y")}),
        ("images labels names", {"all": ("images", "labels")}),
        ("data target", {"all": ("data", "target")}),
    ],
)
def test_parts_are_known_by_their_names(names, parts):
    found = parts_named(names.split(), "a.npz")
    assert found == {part: Names(*pair) for part, pair in parts.items()}


@pytest.mark.parametrize(
    ("names", "message"),
    [
        ("", "a.npz: holds no arrays; expected x_train"),
        ("arr_0 arr_1", "holds arr_0, arr_1; expected x_train"),
        ("x_train", "has x_train, but no labels beside it"),
        ("x_train y_train y_test", "has y_test, but no images beside it"),
        ("x_test y_test", "no training images"),
        ("X y x_train y_train", "X is of no part, but others are"),
        ("X y images", "X and images are both of the images of one part"),
    ],
)
def test_names_that_do_not_say_are_refused(names, message):
    with pytest.raises(DataError, match=message):
        parts_named(names.split(), "a.npz")
