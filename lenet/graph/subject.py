"""The network that a command inspects: a new one, or one saved by `lenet-train`."""

import argparse
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from pytensor.tensor.variable import TensorVariable

from lenet.commands.chosen_dataset import learnt_dataset
from lenet.commands.flags import add_flags, options_of
from lenet.commands.trained_network import add_trained_network
from lenet.compile.backends import Backend, select_backend
from lenet.data.dataset import DIGIT_NAMES, FOLDER, Dataset, Split
from lenet.data.published_files import MNIST_SIZE
from lenet.data.registry import BUILT_IN, ENTRIES
from lenet.errors import CheckpointError, CommandError
from lenet.input_pipeline import load_dataset
from lenet.models.network import Network, network_of_layers
from lenet.runs.checkpoint import Checkpoint, load_model
from lenet.runs.saved_model import saved_layers
from lenet.seeds import BATCHES, WEIGHTS, generator
from lenet.terminal import complain
from lenet.text import shown
from lenet.training.build import build_network
from lenet.training.settings import Settings

SAVED = ("dataset", "size", "channels", "class_names")
LAYER_FLAGS = (
    *("model", "hidden", "activation", "pooling", "batch_norm", "dropout", "initialiser"),
    "lwidth",
)


@dataclass(frozen=True)
class Subject:
    """Network to inspect, with its settings, backend and data set.

    Attributes
    ----------
    network : Network
    settings : Settings
        Those for which the command has no flag have the defaults of `lenet-train`.
    backend : Backend
    dataset : str
        Name of the data set.
    channels, size : int
        Of its images.
    class_names : tuple of str
    origin : str
        Where the network comes from, in a few words.
    batches_rng : numpy.random.Generator
        Shuffles the images exactly as `lenet-train` does for the same ``--seed``.
    attributes : mapping
        Attributes of a trained network's file; of a new network, the name of its data set.
    """

    network: Network
    settings: Settings
    backend: Backend
    dataset: str
    channels: int
    size: int
    class_names: tuple[str, ...]
    origin: str
    batches_rng: np.random.Generator
    attributes: Mapping[str, Any]

    def load_images(self, data_dir: Path | None) -> Dataset:
        """Return the data set of the network.

        Raises
        ------
        DataError
            If it cannot be loaded.
        """
        return learnt_dataset(self.attributes, data_dir=data_dir)

    @property
    def layer_names(self) -> list[str]:
        """Names of the layers, from input to output."""
        return [layer.name for layer in self.network.model.layers]

    @property
    def hidden_outputs(self) -> dict[str, TensorVariable]:
        """Outputs of all layers but the last, by name."""
        *hidden, _ = self.network.model.outputs.items()
        return dict(hidden)

    def random_batch(self, n: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        """Return `n` random images, uint8, with random labels, int32."""
        shape = (n, self.channels, self.size, self.size)
        images = rng.integers(0, 256, shape, dtype=np.uint8)
        return images, rng.integers(0, len(self.class_names), n, dtype=np.int32)


def add_model_flags(parser: argparse.ArgumentParser, *others: str) -> None:
    """Add the arguments that select a network, and `others` of `lenet-train`."""
    group = parser.add_argument_group("the network, if it is a new one")
    add_trained_network(parser, "a new network, of the flags below", has_model_flag=False)
    add_flags(group, "--dataset", *LAYER_FLAGS, "--l2_pen", "--seed")
    add_flags(parser.add_argument_group("further options"), *others, "--threads")


def build_subject(arguments: argparse.Namespace, dataset: Dataset | None = None) -> Subject:
    """Build or load the network that the arguments select.

    Parameters
    ----------
    arguments : argparse.Namespace
        With the flags of `add_model_flags`.
    dataset : Dataset, optional
        The data set, if it has been loaded.

    Raises
    ------
    BackendError, CheckpointError, CommandError, DataError
        For errors that the user can fix.
    """
    backend = select_backend(getattr(arguments, "backend", "c"), arguments.threads)
    if backend.warning:
        complain("lenet-graph", backend.warning)
    saved = None if arguments.model_save_path is None else open_saved(arguments.model_save_path)
    chosen = dict(vars(arguments))
    if saved is not None:
        chosen = {name: value for name, value in chosen.items() if name not in LAYER_FLAGS}
        known: dict[str, Any] = {
            name: saved.attributes[name]
            for name in ("dataset", "lwidth")
            if name in saved.attributes
        }
        chosen |= known
        dataset = blank_dataset(*(saved.attributes[name] for name in SAVED))
    settings = options_of(chosen)
    if dataset is None:
        dataset = default_dataset(settings.dataset, settings.data_dir)
    weights_rng, batches_rng = (generator(arguments.seed, key) for key in (WEIGHTS, BATCHES))
    try:
        network = (
            build_network(dataset, settings, weights_rng)
            if saved is None
            else network_of_layers(
                saved_layers(saved.attributes),
                (dataset.channels, dataset.size, dataset.size),
                weights_rng,
                l2_pen=settings.l2_pen,
            )
        )
    except (KeyError, TypeError, ValueError) as error:
        raise CommandError(f"{saved.path if saved else dataset.name}: {error}") from error
    if saved is not None:
        saved.restore(network.model)
    return Subject(
        network=network,
        settings=settings,
        backend=backend,
        dataset=dataset.name,
        channels=dataset.channels,
        size=dataset.size,
        class_names=tuple(dataset.class_names),
        origin=f"new, seed {arguments.seed}" if saved is None else f"trained, {shown(saved.path)}",
        batches_rng=batches_rng,
        attributes=new_attributes(dataset) if saved is None else saved.attributes,
    )


def new_attributes(dataset: Dataset) -> dict[str, Any]:
    """Return what the file of a network would say of its images."""
    return {"dataset": dataset.name, "size": dataset.size, **dataset.origin}


def open_saved(path: Path) -> Checkpoint:
    """Read a saved model, from its file or from the folder of its run.

    Raises
    ------
    CheckpointError
        If there is none, or it does not describe its network.
    """
    saved = load_model(path)
    # The first files had widths in place of an architecture.
    described = ("lwidth",) if "architecture" not in saved.attributes else ()
    missing = [name for name in (*SAVED, *described) if name not in saved.attributes]
    if missing:
        raise CheckpointError(
            f"{saved.path}: lacks the attribute {missing[0]}; save the model with lenet-train"
        )
    return saved


def default_dataset(name: str, data_dir: Path | None) -> Dataset:
    """Return a data set by name, with a blank image if its image size is known."""
    if name == FOLDER:
        raise CommandError(f"--dataset {FOLDER}: train on it first, and name the run")
    if name == BUILT_IN:
        return blank_dataset(name, MNIST_SIZE, 1, DIGIT_NAMES)
    if name not in ENTRIES:
        return load_dataset(name, data_dir)
    entry = ENTRIES[name]
    return blank_dataset(name, entry.size, entry.channels, entry.class_names)


def blank_dataset(name: str, size: int, channels: int, class_names: tuple[str, ...]) -> Dataset:
    """Return a data set of a single black image."""
    split = Split(np.zeros((1, channels, size, size), np.uint8), np.zeros(1, np.int32))
    return Dataset(name, split, split, split, class_names, mirror=False)
