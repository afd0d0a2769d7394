"""A network in training, and what trains it."""

from dataclasses import dataclass, replace
from typing import Self

import numpy as np
import pytensor

from lenet.compile.backends import Backend
from lenet.data.dataset import Dataset, Split
from lenet.models.network import Network
from lenet.runs.checkpoint import Checkpoint
from lenet.seeds import BATCHES, WEIGHTS, generator
from lenet.training.build import build_network
from lenet.training.functions import Functions, compile_functions, symbolic_step
from lenet.training.loop import Progress
from lenet.training.settings import Settings


@dataclass
class Training:
    """A network in training, and what trains it.

    Attributes
    ----------
    dataset : Dataset
    settings : Settings
    network : Network
    functions : Functions
    progress : Progress
    backend : Backend
    best : Checkpoint or None
        The network of the best epoch so far.
    """

    dataset: Dataset
    settings: Settings
    network: Network
    functions: Functions
    progress: Progress
    backend: Backend
    best: Checkpoint | None = None

    @classmethod
    def of(
        cls,
        dataset: Dataset,
        settings: Settings,
        seed: int,
        backend: Backend,
        is_weighted: bool,
        before: Checkpoint | None = None,
    ) -> Self:
        """Build and compile a network for training; if `is_weighted`, by `weighted`.

        Its weights are those of `before`, if that is given.
        """
        settings = settings.fitted_to(dataset)
        network = build_network(dataset, settings, generator(seed, WEIGHTS), is_weighted)
        if before is not None:
            before.restore(network.model)
        functions = compile_functions(network, symbolic_step(network, settings), backend.mode)
        return cls(
            dataset, settings, network, functions, Progress(generator(seed, BATCHES)), backend
        )

    def on(self, train: Split, valid: Split) -> Self:
        """Return the training on other images."""
        return replace(self, dataset=replace(self.dataset, train=train, valid=valid))

    def weighted(self, weights: np.ndarray) -> Self:
        """Return the training with weights of the training images, shape (n,).

        Batches have the numbers of their images in place of labels, by which labels and weights are found.
        """
        train, step = self.dataset.train, self.functions.train_model
        of_images = np.asarray(weights / weights.mean(), pytensor.config.floatX)

        def train_model(images: np.ndarray, numbers: np.ndarray) -> list[np.ndarray]:
            return step(images, train.labels[numbers], of_images[numbers])

        numbered = Split(train.images, np.arange(len(train.labels), dtype=np.int32))
        return replace(
            self.on(numbered, self.dataset.valid),
            functions=replace(self.functions, train_model=train_model),
        )
