"""MNIST for scikit-learn's `fetch_mldata`, whose site is gone."""

from typing import Any

import numpy as np

from lenet.data.dataset import joined_splits
from lenet.input_pipeline import load_dataset
from lenet.text import shown

MNIST = "mnist-original"


def fetch_mldata(
    dataname: str,
    target_name: Any = "label",
    data_name: Any = "data",
    transpose_data: bool = True,
    data_home: str | None = None,
) -> Any:
    """Return MNIST in the order of "MNIST original".

    First the images of training, then those of testing, each sorted by their labels.

    Parameters
    ----------
    dataname : str
        "MNIST original", in small or large letters, with a space or a hyphen.
    data_home : str, optional
        Not used: MNIST is where `lenet` keeps it, downloaded once.

    Returns
    -------
    sklearn.utils.Bunch
        ``data`` of shape (70000, 784) and uint8, ``target`` of shape (70000,) and float64.

    Raises
    ------
    ValueError
        If another data set is asked for.
    """
    from sklearn.utils import Bunch

    if dataname.lower().replace(" ", "-").replace("(", "").replace(")", "") != MNIST:
        raise ValueError(
            shown(
                f"fetch_mldata: {dataname!r} was at mldata.org, which is gone, expected 'MNIST original'; see "
                "sklearn.datasets.fetch_openml"
            )
        )
    dataset = load_dataset("mnist")
    images, labels = [], []
    for some_images, some_labels in (joined_splits(dataset.train, dataset.valid), dataset.test):
        order = np.argsort(some_labels, kind="stable")
        images.append(np.asarray(some_images)[order].reshape(len(order), -1))
        labels.append(np.asarray(some_labels)[order].astype(np.float64))
    return Bunch(
        data=np.concatenate(images),
        target=np.concatenate(labels),
        COL_NAMES=["label", "data"],
        DESCR="mldata.org dataset: mnist-original",
    )
