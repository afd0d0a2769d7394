"""HDF5 checkpoints of models: parameters by name, and descriptive attributes.

`h5dump -A model.h5` shows the attributes; any HDF5 reader can use the parameters. Other values that training
changes, such as the running averages of batch normalisation, are in the group "state". A checkpoint for
resuming also has the state of the optimizer, in the group "memory". docs/checkpoints.md describes the format.
"""

import errno
import hashlib
import io
import json
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import h5py
import numpy as np

from lenet import limits
from lenet.errors import CheckpointError
from lenet.files import write_atomically
from lenet.hdf5 import HDF5Error, PlainFile, open_plain
from lenet.runs.names import MODEL, fold_folder
from lenet.text import shown, slip
from lenet.trained import NAMES, network_path

FORMAT, DIGEST = "lenet model", "digest"
GROUPS = ("state", "memory")
NUMBERS = ("f4", "f8")  # the types of PyTensor's floatX
SHOWN = ("dataset", "class_names")  # attributes that reach terminals, pages and pictures


class Model(Protocol):
    """Protocol of a model: shared variables with unique names.

    An optional list `state` holds further ones, which are not trained.
    """

    params: list[Any]


@dataclass(frozen=True)
class Checkpoint:
    """Contents of a checkpoint file.

    Attributes
    ----------
    path : Path
    parameters : dict of str to ndarray
    groups : dict of str to dict of str to ndarray or str
        "state" and "memory": other values by name; a random generator's state is JSON.
    attributes : dict of str to number, str or list of them
        As passed to `save`.
    """

    path: Path
    parameters: dict[str, np.ndarray]
    groups: dict[str, dict[str, Any]]
    attributes: dict[str, Any]

    @classmethod
    def of(cls, model: Model, attributes: Mapping[str, Any]) -> "Checkpoint":
        """Return what a file of a model would hold, without writing one."""
        plain = {k: list(v) if isinstance(v, tuple) else v for k, v in attributes.items()}
        return cls(Path("memory"), *_values(model, (), borrow=False), plain)

    def restore(self, model: Model, memory: Sequence[Any] | None = None) -> None:
        """Set a model's parameters and state and, if given, the optimizer's state.

        Parameters
        ----------
        model : Model
        memory : sequence of SharedVariable, optional
            State of the update rule; None leaves it unchanged.

        Raises
        ------
        CheckpointError
            If a parameter is missing, unknown to the model, of another shape or not a number; the model
            is then unchanged.
        """
        parts = [
            ("parameter", model.params, self.parameters),
            ("state", getattr(model, "state", []), self.groups["state"]),
        ]
        if memory is not None:
            parts.append(("memory", memory, self.groups["memory"]))
        values = [
            (variable, value)
            for what, variables, saved in parts
            for variable, value in self._matched(what, variables, saved)
        ]
        for variable, value in values:
            variable.set_value(value)

    def _matched(
        self, what: str, variables: Iterable[Any], saved: dict[str, Any]
    ) -> list[tuple[Any, Any]]:
        """Return each variable with its saved value, converted to the variable's type."""
        wanted = {variable.name: variable for variable in variables}
        for name in sorted(wanted.keys() ^ saved.keys()):
            lacks = "the file lacks" if name in wanted else "the model lacks"
            raise CheckpointError(f"{self.path}: {lacks} the {what} {name}")
        matched = []
        for name, variable in wanted.items():
            value, now = saved[name], variable.get_value(borrow=True)
            if isinstance(now, np.random.Generator):
                matched.append((variable, generator(value, f"{self.path}: {name}")))
                continue
            if np.shape(value) != now.shape or isinstance(value, str):
                raise CheckpointError(
                    f"{self.path}: {name} has shape {np.shape(value)}, but the model expects "
                    f"{now.shape}; build the model that the file's attributes describe"
                )
            with np.errstate(over="ignore"):  # checked below
                value = value.astype(now.dtype, copy=False)
            # The state of an update rule may contain infinities, and training goes on with them.
            if what != "memory" and not np.isfinite(value).all():
                raise CheckpointError(
                    f"{self.path}: the {what} {name} holds numbers that are not finite as {now.dtype}; use "
                    "another copy"
                )
            matched.append((variable, value))
        return matched


def save(
    path: str | os.PathLike, model: Model, memory: Sequence[Any] = (), /, **attributes: Any
) -> None:
    """Write a model's parameters and state to a file, atomically.

    Parameters
    ----------
    path : path-like
    model : Classifier, Lenet5 or any object with named shared variables `params`
    memory : sequence of SharedVariable
        State of the update rule.
    **attributes : number, str or sequence of them
        Attributes of the file.

    Raises
    ------
    OSError
        If the file cannot be written; a previous file is then untouched.
    """
    described = {"format": FORMAT, **{k: _attribute(value) for k, value in attributes.items()}}
    parameters, groups = _values(model, memory, borrow=True)
    described[DIGEST] = digest(
        parameters, groups, {name: _python(value) for name, value in described.items()}
    )
    # In memory first: HDF5 does not survive a disk that fills up while it writes.
    buffer = io.BytesIO()
    with h5py.File(buffer, "w") as file:
        file.attrs.update(described)
        for name, value in parameters.items():
            file[name] = value
        for group, values in groups.items():
            for name, value in values.items():
                file[f"{group}/{name}"] = value
    if len(buffer.getbuffer()) > limits.MODEL_BYTES:
        what = f"more than the {limits.MODEL_BYTES:,} bytes that are read; choose a smaller network"
        raise OSError(errno.EFBIG, what, os.fspath(path))
    write_atomically(path, buffer.getvalue())


def load(path: str | os.PathLike) -> Checkpoint:
    """Read a checkpoint written by `save`, in this or an earlier version.

    Raises
    ------
    CheckpointError
        If the file is missing, truncated, not HDF5, or not a model.
    """
    path = Path(path)
    try:
        with open_plain(path, limits.MODEL_BYTES) as file:
            attributes = file.attributes()
            if attributes.get("format") != FORMAT:
                raise CheckpointError(
                    f"{path}: an HDF5 file, but not a model that lenet has saved (its attribute 'format' is "
                    f"not {FORMAT!r}); lenet import reads those of Keras"
                )
            parameters, groups = _contents(file)
    except OSError as error:
        raise CheckpointError(f"{path}: {error.strerror}; expected a model.h5 file") from error
    except HDF5Error as error:
        raise CheckpointError(f"{path}: {error}; train again or use another copy") from error
    # Files of earlier versions have none.
    written = attributes.pop(DIGEST, None)
    if written not in (None, digest(parameters, groups, attributes)):
        raise CheckpointError(
            f"{path}: its content is not what its digest is of: damaged, or changed by hand; use another "
            f"copy, or remove its attribute {DIGEST!r} to read it as it is"
        )
    del attributes["format"]
    for name in SHOWN:
        if name in attributes:
            attributes[name] = _shown(attributes[name])
    return Checkpoint(path, parameters, groups, attributes)


def load_model(path: str | os.PathLike) -> Checkpoint:
    """Read the checkpoint of a trained network.

    Parameters
    ----------
    path : path-like
        A ``model.h5``, the folder of a run that holds one, or a name of `lenet.trained`.

    Raises
    ------
    CheckpointError
        See `load`.
    """
    path = network_path(path)
    refuse_folds(path)
    if not path.exists() and (question := slip(str(path), NAMES)):
        raise CheckpointError(f"{path}: no such file or folder{question}")
    return load(path / MODEL if path.is_dir() else path)


def refuse_folds(path: Path) -> None:
    """Raise `CheckpointError` for the folder of a cross-validation: no network."""
    fold = fold_folder(path, 1)
    if fold.is_dir() and not (path / MODEL).exists():
        raise CheckpointError(
            f"{path}: the networks of a cross-validation, expected one network; choose one of them, such as {fold}"
        )


def digest(
    parameters: Mapping[str, np.ndarray],
    groups: Mapping[str, Mapping[str, np.ndarray | str]],
    attributes: Mapping[str, Any],
) -> str:
    """Return the SHA-256 of a checkpoint's contents, in hexadecimal.

    Parameters
    ----------
    parameters, groups
        As in a `Checkpoint`.
    attributes : mapping
        As in a `Checkpoint`, and "format".
    """
    found = hashlib.sha256(json.dumps(attributes, sort_keys=True).encode())
    values: dict[str, Any] = dict(parameters)
    for group, members in groups.items():
        values |= {f"{group}/{name}": value for name, value in members.items()}
    for name, value in sorted(values.items()):
        if isinstance(value, str):
            found.update(json.dumps([name, value]).encode())
            continue
        value = np.asarray(value, value.dtype.newbyteorder("<"), order="C")
        found.update(json.dumps([name, value.dtype.str, value.shape]).encode())
        found.update(value.data)
    return found.hexdigest()


def generator_state(rng: np.random.Generator) -> str:
    """Return the state of a random generator as JSON."""
    return json.dumps(rng.bit_generator.state)


def generator(state: Any, what: str) -> np.random.Generator:
    """Return the random generator of a state written by `generator_state`.

    Raises
    ------
    CheckpointError
        If it is no such state; `what` names its origin.
    """
    rng = np.random.default_rng()
    try:
        rng.bit_generator.state = json.loads(state)
    except (TypeError, ValueError, KeyError, OverflowError, RecursionError) as error:
        raise CheckpointError(f"{what} is not the state of a random generator: {error}") from error
    return rng


def _values(
    model: Model, memory: Sequence[Any], borrow: bool
) -> tuple[dict[str, np.ndarray], dict[str, dict[str, Any]]]:
    """Return the parameters and groups of a `Checkpoint`."""
    parameters = {param.name: param.get_value(borrow=borrow) for param in model.params}
    groups = {
        group: {variable.name: _stored(variable.get_value(borrow=borrow)) for variable in variables}
        for group, variables in zip(GROUPS, (getattr(model, "state", ()), memory), strict=True)
    }
    return parameters, groups


def _stored(value: Any) -> Any:
    return generator_state(value) if isinstance(value, np.random.Generator) else value


def _contents(file: PlainFile) -> tuple[dict[str, np.ndarray], dict[str, dict[str, Any]]]:
    """Read the parameters and the groups of a file.

    Raises
    ------
    HDF5Error
        If the file holds anything else.
    """
    parameters: dict[str, np.ndarray] = {}
    groups: dict[str, dict[str, Any]] = {name: {} for name in GROUPS}
    for name, item in file.members().items():
        if isinstance(item, h5py.Dataset) and name not in GROUPS:
            parameters[name] = file.numbers(item, *NUMBERS)
            continue
        if name not in GROUPS or isinstance(item, h5py.Dataset):
            raise HDF5Error(f"{name!r} is neither a parameter nor a group of a model")
        for inner, value in file.members(name).items():
            if not isinstance(value, h5py.Dataset):
                raise HDF5Error(f"'{name}/{inner}' is a group; expected a value")
            is_text = h5py.check_string_dtype(value.dtype) is not None
            groups[name][inner] = file.text(value) if is_text else file.numbers(value, *NUMBERS)
    return parameters, groups


def _attribute(value: Any) -> Any:
    """Return a value in a type that HDF5 can store; NumPy's strings are not."""
    if isinstance(value, Iterable) and not isinstance(value, str):
        array = np.asarray(list(value))
        return array.astype(h5py.string_dtype()) if array.dtype.kind == "U" else array
    return value


def _shown(value: Any) -> Any:
    """Return names made printable; other values unchanged."""
    if isinstance(value, list):
        return [_shown(item) for item in value]
    return shown(value) if isinstance(value, str) else value


def _python(value: Any) -> Any:
    return value.tolist() if isinstance(value, np.ndarray | np.generic) else value
