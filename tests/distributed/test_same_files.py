"""Hosts with other images, or another network to begin with, than the first are refused."""

import numpy as np
import pytest

from lenet.errors import CommandError
from tests.toy_dataset import toy_dataset

pytest.importorskip("jax")
from jax.experimental import multihost_utils

from lenet.distributed.same_files import require_same_images, require_same_network


def test_other_images_on_a_host_are_named(monkeypatch):
    gathered = []

    def gather(digests):
        gathered.append(digests)
        return np.stack([digests, digests, digests + 1])

    monkeypatch.setattr(multihost_utils, "process_allgather", gather)
    data = toy_dataset()
    with pytest.raises(
        CommandError, match="images of host 2 are not those of host 0; all hosts need"
    ):
        require_same_images(data)
    data.train.images[0, 0, 0, 0] ^= 1
    with pytest.raises(CommandError, match="host 2"):
        require_same_images(data)
    assert gathered[0] != gathered[1]


def test_the_same_images_on_all_hosts_are_welcome(monkeypatch):
    monkeypatch.setattr(
        multihost_utils, "process_allgather", lambda digests: np.stack([digests, digests])
    )
    require_same_images(toy_dataset())


def test_other_weights_on_a_host_are_named(monkeypatch):
    gathered = []

    def gather(digests):
        gathered.append(digests)
        return np.stack([digests, digests + 1])

    monkeypatch.setattr(multihost_utils, "process_allgather", gather)
    require_same_network(None)
    assert not gathered
    for name in ("mnist", "mnist-1998"):
        message = (
            f"--init_from {name}: the weights of host 1 are not those of host 0; .* the same file"
        )
        with pytest.raises(CommandError, match=message):
            require_same_network(name)
    assert gathered[0] != gathered[1]
