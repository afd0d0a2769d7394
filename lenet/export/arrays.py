"""Trained networks as bytes for other programs: NumPy, safetensors, ONNX."""

import importlib
import io
import json
from typing import Any

from lenet import __version__
from lenet.errors import CommandError
from lenet.runs.saved_model import SavedModel
from lenet.versions import install_extra


def needed(package: str) -> Any:
    """Import an optional package, which has the name of its format.

    Raises
    ------
    CommandError
        If it is not installed.
    """
    try:
        return importlib.import_module(package)
    except ImportError as error:
        raise CommandError(
            f"--format {package} needs the package {package} ({error}): {install_extra('export')}"
        ) from error


def npz(model: "SavedModel") -> bytes:
    """Return a file for `numpy.load`.

    The metadata are the JSON text of its array "metadata".
    """
    import numpy as np

    buffer = io.BytesIO()
    np.savez(buffer, **tensors(model), metadata=np.array(json.dumps(metadata(model))))
    return buffer.getvalue()


def safetensors(model: "SavedModel") -> bytes:
    """Return a file for the package safetensors."""
    needed("safetensors")
    from safetensors.numpy import save

    return save(tensors(model), metadata(model))


def onnx(model: "SavedModel") -> bytes:
    """Return a file for ONNX runtimes."""
    needed("onnx")
    from lenet.export.onnx import onnx_model

    return onnx_model(model.network.model.network, metadata(model))


WRITERS = {"npz": npz, "safetensors": safetensors, "onnx": onnx}


def tensors(model: "SavedModel") -> dict[str, Any]:
    """Return parameters and state, arrays by the names that they have in model.h5.

    Random generators, which only training uses, are left out.
    """
    from lenet.runs import checkpoint

    saved = checkpoint.load(model.path)
    state = {f"state/{name}": value for name, value in saved.groups["state"].items()}
    return saved.parameters | {k: v for k, v in state.items() if not isinstance(v, str)}


def metadata(model: "SavedModel") -> dict[str, str]:
    """Return what a reader must know beside the numbers; what is no text is JSON."""
    return {
        "architecture": json.dumps(model.network.model.network.describe()),
        "class_names": json.dumps(model.class_names, ensure_ascii=False),
        "input_shape": json.dumps([model.channels, model.size, model.size]),
        "input_scaling": "bytes / 255",
        "dataset": model.dataset,
        "lenet_version": __version__,
    }
