"""Hosts with other images than the first are refused."""

import numpy as np
import pytest

from lenet.errors import CommandError
from tests.toy_dataset import toy_dataset

pytest.importorskip("jax")
from jax.experimental import multihost_utils

from lenet.distributed.same_images import require_same_images


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
