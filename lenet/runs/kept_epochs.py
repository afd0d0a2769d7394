"""Weights of some epochs of a run, epochs.h5: what `lenet show` moves through.

HDF5 as the other files of a run: each parameter is an array with its own name, whose first axis is the epoch. Those of several axes are
8 bits a number, and multiplied by those of the group "scale". docs/checkpoints.md describes the format.
"""

import io
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from lenet import limits
from lenet.errors import CheckpointError
from lenet.files import write_atomically
from lenet.hdf5 import HDF5Error, PlainFile, open_plain
from lenet.runs.checkpoint import DIGEST, Model, digest
from lenet.runs.eight_bits import eight_bits, unit_axis, weights_of
from lenet.runs.epoch_thinning import thinned
from lenet.text import shape_text, shown

FORMAT, SCALE = "lenet epochs", "scale"
MOST_EPOCHS = 12

Weights = Mapping[str, np.ndarray]
"""Parameters and state of a model by name: int8 and, as "scale/NAME", float32; or float32 alone."""


@dataclass
class KeptEpochs:
    """Weights of at most twelve epochs of a run.

    Attributes
    ----------
    path : Path
        Their file.
    weights : dict of int to mapping of str to ndarray
        Of each epoch; of epoch 0 those that training began with.
    """

    path: Path
    weights: dict[int, Weights] = field(default_factory=dict)

    @classmethod
    def begun(cls, path: Path, model: Model, epoch: int) -> "KeptEpochs":
        """Return the epochs of a run that begins, or goes on after an epoch.

        Parameters
        ----------
        path : Path
        model : Model
            As it is now.
        epoch : int
            Epochs done. A file that is one ahead was written just before the run was interrupted.

        Raises
        ------
        CheckpointError
            If there is a file, and it is damaged or of another network.
        """
        kept = cls.load(path) if epoch and path.exists() else cls(path)
        kept.weights = {k: weights for k, weights in kept.weights.items() if k <= epoch}
        kept.weights.setdefault(epoch, packed(model))
        kept.check(model)
        return kept

    @classmethod
    def load(cls, path: Path) -> "KeptEpochs":
        """Read a file.

        Raises
        ------
        CheckpointError
            If it is missing, damaged or of another kind.
        """
        try:
            with open_plain(path, limits.EPOCHS_BYTES) as file:
                attributes = file.attributes()
                epochs, arrays, scales = _contents(file)
        except OSError as error:
            raise CheckpointError(
                f"{shown(path)}: {error.strerror}; expected the epochs of a run"
            ) from error
        except HDF5Error as error:
            raise CheckpointError(
                f"{shown(path)}: {error}; remove it, or use another copy"
            ) from error
        written = attributes.pop(DIGEST, None)
        if written not in (None, digest(arrays, {SCALE: scales}, attributes)):
            raise CheckpointError(
                f"{shown(path)}: its content is not what its digest is of: damaged, or changed by hand; remove it, or use "
                f"another copy, or remove its attribute {DIGEST!r} to read it as it is"
            )
        stacks = arrays | {f"{SCALE}/{name}": values for name, values in scales.items()}
        return cls(
            path,
            {
                epoch: {name: values[k] for name, values in stacks.items()}
                for k, epoch in enumerate(epochs)
            },
        )

    @property
    def epochs(self) -> list[int]:
        """The epochs that are kept, in their order."""
        return sorted(self.weights)

    def keep(self, epoch: int, model: Model, best: int) -> None:
        """Keep the weights of the last epoch, and write the file.

        They may take the place of an earlier epoch's.

        Parameters
        ----------
        epoch : int
        model : Model
            As that epoch has left it.
        best : int
            The best epoch so far, which stays, as do the first one and those before and after all.

        Raises
        ------
        OSError
            Naming the file, if it cannot be written.
        """
        self.weights[epoch] = packed(model)
        chosen = thinned(self.weights, MOST_EPOCHS, {1, best})
        self.weights = {k: self.weights[k] for k in chosen}
        self.write()

    def write(self) -> None:
        """Write the file atomically.

        Raises
        ------
        OSError
            Naming it; a previous file is then untouched.
        """
        first = self.weights[self.epochs[0]]
        stacks = {name: np.stack([self.weights[k][name] for k in self.epochs]) for name in first}
        scales = {
            name.removeprefix(f"{SCALE}/"): stacks.pop(name)
            for name in list(stacks)
            if name.startswith(f"{SCALE}/")
        }
        attributes: dict[str, Any] = {"format": FORMAT, "epochs": self.epochs}
        buffer = io.BytesIO()
        with h5py.File(buffer, "w") as file:
            file.attrs.update(attributes)
            file.attrs[DIGEST] = digest(stacks, {SCALE: scales}, attributes)
            for name, values in stacks.items():
                file[name] = values
            for name, values in scales.items():
                file[f"{SCALE}/{name}"] = values
        write_atomically(self.path, buffer.getvalue())

    def check(self, model: Model) -> None:
        """Raise `CheckpointError` if the weights are not those of a model."""
        wanted = {
            variable.name: variable.get_value(borrow=True).shape for variable in variables_of(model)
        }
        for weights in self.weights.values():
            found = {name: value.shape for name, value in weights.items() if "/" not in name}
            if found == wanted:
                continue
            name = next(k for k in (wanted | found) if wanted.get(k) != found.get(k))
            has, needs = (_shape_of(name, shapes) for shapes in (found, wanted))
            raise CheckpointError(
                f"{shown(self.path)}: {shown(name)} is {has}, but in the network {needs}: of another run; remove "
                "it, or use another copy"
            )

    def restore(self, epoch: int, model: Model) -> None:
        """Set a model's parameters and state to those of an epoch."""
        weights = self.weights[epoch]
        for variable in variables_of(model):
            values = weights[variable.name]
            if values.dtype == np.int8:
                scale = weights[f"{SCALE}/{variable.name}"]
                values = weights_of(values, scale, unit_axis(values.shape))
            variable.set_value(values.astype(variable.get_value(borrow=True).dtype))


def packed(model: Model) -> Weights:
    """Return the weights of a model as they are kept."""
    found: dict[str, np.ndarray] = {}
    for variable in variables_of(model):
        values = variable.get_value(borrow=True)
        if values.ndim > 1:
            values, scale = eight_bits(values, unit_axis(values.shape))
            found[f"{SCALE}/{variable.name}"] = scale
        found[variable.name] = np.array(values, np.int8 if values.dtype == np.int8 else np.float32)
    return found


def variables_of(model: Model) -> list[Any]:
    """Return the variables that are kept: all but the states of random generators."""
    variables = [*model.params, *getattr(model, "state", [])]
    return [each for each in variables if isinstance(each.get_value(borrow=True), np.ndarray)]


def _shape_of(name: str, shapes: Mapping[str, tuple[int, ...]]) -> str:
    return f"of the shape {shape_text(shapes[name]) or '()'}" if name in shapes else "missing"


def _contents(file: PlainFile) -> tuple[list[int], dict[str, np.ndarray], dict[str, np.ndarray]]:
    """Read the epochs of a file, its arrays and their scales.

    Raises
    ------
    HDF5Error
        If they do not go together.
    """
    epochs = _epochs_in(file)
    members = file.members()
    has_scales = isinstance(members.pop(SCALE, None), h5py.Group)
    scales = _numbers(file, file.members(SCALE), "f4") if has_scales else {}
    arrays = _numbers(file, members, "i1", "f4")
    for name, values in (*arrays.items(), *scales.items()):
        if values.shape[:1] != (len(epochs),):
            raise HDF5Error(f"{name!r} is not of the {len(epochs)} epochs")
        if not np.isfinite(values).all():
            raise HDF5Error(f"{name!r} holds numbers that are not finite")
    shapes = {name: values.shape for name, values in arrays.items() if values.dtype == np.int8}
    for name in shapes.keys() | scales.keys():
        _, *shape = shapes.get(name, (0,))
        units = (len(epochs), shape[unit_axis(tuple(shape))]) if len(shape) > 1 else None
        if name not in scales or scales[name].shape != units:
            raise HDF5Error(f"{name!r} has no scale for each of its units")
    return epochs, arrays, scales


def _epochs_in(file: PlainFile) -> list[int]:
    """Return the epochs that a file says it has."""
    attributes = file.attributes()
    if attributes.get("format") != FORMAT:
        raise HDF5Error(f"not the epochs of a run (its attribute 'format' is not {FORMAT!r})")
    epochs = attributes.get("epochs")
    are_numbers = isinstance(epochs, list) and all(type(k) is int and k >= 0 for k in epochs)
    if not are_numbers or not epochs or sorted(set(epochs)) != epochs:
        raise HDF5Error("its attribute 'epochs' is no list of numbers that grow")
    return epochs


def _numbers(file: PlainFile, members: Mapping[str, Any], *types: str) -> dict[str, np.ndarray]:
    for name, item in members.items():
        if not isinstance(item, h5py.Dataset):
            raise HDF5Error(f"{name!r} is a group; expected an array")
    return {name: file.numbers(item, *types) for name, item in members.items()}
