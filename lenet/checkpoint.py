"""Trained models as HDF5 files: the parameters by name, and attributes that say what they are.

`h5dump -A model.h5` shows the attributes; any HDF5 reader can use the parameters.
"""

import io
import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import h5py
import numpy as np

FORMAT = "lenet model"


class Model(Protocol):
    """What is needed of a model: shared variables, each with a name of its own."""

    params: list[Any]


class CheckpointError(ValueError):
    """A file that does not hold the model that was asked for."""


@dataclass(frozen=True)
class Checkpoint:
    """What a file holds.

    Attributes
    ----------
    path : Path
    parameters : dict of str to ndarray
    attributes : dict of str to number, str or list of them
        As passed to `save`.
    """

    path: Path
    parameters: dict[str, np.ndarray]
    attributes: dict[str, Any]

    def restore(self, model: Model) -> None:
        """Set the parameters of a model.

        Raises
        ------
        CheckpointError
            If a parameter is missing, unknown to the model or has another shape; the model is then
            as it was before.
        """
        wanted = {param.name: param for param in model.params}
        for name in sorted(wanted.keys() ^ self.parameters.keys()):
            lacks = "the file lacks" if name in wanted else "the model lacks"
            raise CheckpointError(f"{self.path}: {lacks} the parameter {name}")
        for name, param in wanted.items():
            found, expected = self.parameters[name].shape, param.get_value(borrow=True).shape
            if found != expected:
                raise CheckpointError(
                    f"{self.path}: {name} has shape {found}, but the model expects {expected}; "
                    "build the model with the lwidth, size and channels of the file's attributes"
                )
        for name, param in wanted.items():
            param.set_value(self.parameters[name].astype(param.dtype))


def save(path: str | os.PathLike, model: Model, **attributes: Any) -> None:
    """Write the parameters of a model, replacing the file only when all is written.

    Parameters
    ----------
    path : path-like
    model : Lenet5 or any object with named shared variables `params`
    **attributes : number, str or sequence of them
        Attributes of the file.

    Raises
    ------
    OSError
        If the file cannot be written; one that was there before is then untouched.
    """
    # In memory first: HDF5 does not survive a disk that fills up while it writes.
    buffer = io.BytesIO()
    with h5py.File(buffer, "w") as file:
        file.attrs["format"] = FORMAT
        for name, value in attributes.items():
            file.attrs[name] = _attribute(value)
        for param in model.params:
            file[param.name] = param.get_value(borrow=True)
    write_atomically(path, buffer.getvalue())


def load(path: str | os.PathLike) -> Checkpoint:
    """Read a file that `save` has written.

    Raises
    ------
    CheckpointError
        If the file is missing, truncated or no HDF5 file, or holds something else than a model.
    """
    path = Path(path)
    try:
        # Read first: the errors of a missing or unreadable file are then the system's own words.
        buffer = io.BytesIO(path.read_bytes())
    except OSError as error:
        raise CheckpointError(f"{path}: {error.strerror}; expected a model.h5 file") from error
    try:
        with h5py.File(buffer, "r") as file:
            attributes = {name: _python(value) for name, value in file.attrs.items()}
            # h5py gives a damaged name, one that is no text, as bytes.
            parameters = {
                str(name): item[()] for name, item in file.items() if isinstance(item, h5py.Dataset)
            }
    except Exception as error:  # whatever damaged bytes lead h5py to
        raise CheckpointError(
            f"{path}: not a complete HDF5 file ({error}); train again or use another copy"
        ) from error
    if attributes.pop("format", None) != FORMAT:
        raise CheckpointError(
            f"{path}: an HDF5 file, but not a model that lenet has saved (its attribute 'format' is "
            f"not {FORMAT!r})"
        )
    return Checkpoint(path, parameters, attributes)


def write_atomically(path: str | os.PathLike, data: bytes) -> None:
    """Write a file so that its name never stands for half of it, even if the power fails.

    Raises
    ------
    OSError
        Naming `path`; nothing is left behind then.
    """
    path = Path(path)
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        with open(temporary, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(path)) from error
    finally:
        temporary.unlink(missing_ok=True)


def _attribute(value: Any) -> Any:
    """Return a value as HDF5 keeps it; NumPy's own strings are unknown to it."""
    if isinstance(value, Iterable) and not isinstance(value, str):
        array = np.asarray(list(value))
        return array.astype(h5py.string_dtype()) if array.dtype.kind == "U" else array
    return value


def _python(value: Any) -> Any:
    return value.tolist() if isinstance(value, np.ndarray | np.generic) else value
