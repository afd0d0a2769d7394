"""A network in training, and what trains it."""

from dataclasses import dataclass, replace
from typing import Self

import numpy as np
import pytensor

from lenet.compile.backends import Backend
from lenet.data.dataset import Dataset, Split
from lenet.models.network import Network
from lenet.runs.checkpoint import Checkpoint
from lenet.runs.transfer import Transfer, pretrained_layers, take_layers, with_normalisation
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
    transfer : Transfer or None
        What was taken from a trained network.
    """

    dataset: Dataset
    settings: Settings
    network: Network
    functions: Functions
    progress: Progress
    backend: Backend
    best: Checkpoint | None = None
    transfer: Transfer | None = None

    @classmethod
    def of(
        cls,
        dataset: Dataset,
        settings: Settings,
        seed: int,
        backend: Backend,
        is_weighted: bool,
        source: Checkpoint | None = None,
        before: Checkpoint | None = None,
    ) -> Self:
        """Build and compile a network for training; if `is_weighted`, by `weighted`.

        Parameters
        ----------
        dataset, settings, seed, backend, is_weighted
        source : Checkpoint, optional
            The network of `settings.init_from`: layers that fit are taken, and images are normalised as it does.
        before : Checkpoint, optional
            Of the network itself, whose training goes on: nothing is taken of `source`.
        """
        settings = with_normalisation(settings, source, dataset).fitted_to(dataset)
        rng = generator(seed, WEIGHTS)
        network = build_network(dataset, settings, rng, is_weighted, pretrained_layers(source))
        transfer = None
        if before is not None:
            before.restore(network.model)
        elif source is not None and settings.init_from is not None:
            transfer = take_layers(network, dataset.class_names, source, settings.init_from)
        functions = compile_functions(network, symbolic_step(network, settings), backend.mode)
        progress = Progress(generator(seed, BATCHES))
        return cls(dataset, settings, network, functions, progress, backend, transfer=transfer)

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
