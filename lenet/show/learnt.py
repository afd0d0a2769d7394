"""Epochs of a network's run: its curves, and its numbers at some of them."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from lenet.data.sampling import evenly
from lenet.runs.epoch_thinning import FEWEST, thinned
from lenet.runs.kept_epochs import KeptEpochs, variables_of
from lenet.runs.names import EPOCHS, METRICS, MODEL
from lenet.runs.reader import Metrics, read_metrics
from lenet.show.packed_numbers import packed_numbers
from lenet.show.primitives import Numbers, layer_descriptions

if TYPE_CHECKING:
    from lenet.runs.saved_model import SavedModel

CURVES = ("cost", "validation_cost", "training_error", "validation_error")
MOST_POINTS = 300  # of a curve
DIGITS = 5
SAME_ERROR = 1e-6


@dataclass(frozen=True)
class Learnt:
    """Epochs of the run of a network.

    Attributes
    ----------
    metrics : mapping of str to ndarray
    kept : KeptEpochs or None
        The weights of some, if the run has kept them.
    """

    metrics: Metrics
    kept: KeptEpochs | None = None

    @classmethod
    def of_run(cls, model: "SavedModel", folder: Path | None = None) -> "Learnt | None":
        """Return the epochs of the run that a network is of.

        Parameters
        ----------
        model : SavedModel
        folder : Path, optional
            Of the run, if the network's file is not in it.

        Returns
        -------
        Learnt or None
            None if the network is not of a run, or that has gone on since.

        Raises
        ------
        CheckpointError, UnreadableRunError
            If a file of the run is damaged.
        """
        folder = folder or (model.path.parent if model.path.name == MODEL else None)
        if folder is None or not (folder / METRICS).exists() or not model.epoch:
            return None
        metrics = read_metrics(folder / METRICS)
        error, at = metrics["validation_error"], model.epoch - 1
        is_of_run = len(error) > at and np.isclose(
            error[at], model.errors.get("validation", math.nan), atol=SAME_ERROR, equal_nan=True
        )
        if not is_of_run:
            return None
        kept = None
        if (folder / EPOCHS).exists():
            kept = KeptEpochs.load(folder / EPOCHS)
            kept.check(model.network.model)
        return cls(metrics, kept)

    def payload(self, model: "SavedModel", room: int) -> dict[str, Any]:
        """Return curves and weights as JSON can keep them.

        Parameters
        ----------
        model : SavedModel
        room : int
            Bytes for the weights, of which some epochs are left out if there is not enough.
        """
        own = model.epoch or 0
        content = {"own": own, "total": len(self.metrics["epoch"]), "curves": self.curves}
        if self.kept is None:
            return content
        others = [epoch for epoch in self.kept.epochs if epoch != own]
        snapshots = {epoch: numbers_at(model, self.kept, epoch) for epoch in others}
        chosen = others
        while chosen:
            packed = packed_numbers([snapshots[epoch] for epoch in chosen])
            if len(packed["packed"]) <= room:
                return content | {"epochs": chosen, "kept": len(others), **packed}
            chosen = fewer(chosen, own)
        return content | {"epochs": [], "kept": len(others)}

    @property
    def curves(self) -> dict[str, list[float | None]]:
        """Costs and errors by name, and their epochs.

        Of many epochs there are some, and those that are kept.
        """
        n = len(self.metrics["epoch"])
        kept = [] if self.kept is None else self.kept.epochs
        rows = sorted({*evenly(n, MOST_POINTS).tolist(), *(k - 1 for k in kept if 0 < k <= n)})
        found: dict[str, list[float | None]] = {"epoch": [k + 1 for k in rows]}
        for name in CURVES:
            values = self.metrics.get(name, np.full(n, np.nan))[rows]
            found[name] = [
                float(f"{value:.{DIGITS}g}") if math.isfinite(value) else None for value in values
            ]
        return found


def fewer(epochs: Sequence[int], own: int) -> list[int]:
    """Return the epochs but for one; the page's own is none of them."""
    everything = {*epochs, own}
    if len(everything) <= FEWEST:
        return [epoch for epoch in epochs if epoch != epochs[-1]]
    return [k for k in thinned(everything, len(everything) - 1, {1, own}) if k != own]


def numbers_at(model: "SavedModel", kept: KeptEpochs, epoch: int) -> list[np.ndarray]:
    """Return the arrays that the page's program has of a network, at an epoch."""
    network = model.network.model
    variables = variables_of(network)
    now = [variable.get_value() for variable in variables]
    try:
        kept.restore(epoch, network)
        numbers = Numbers()
        layer_descriptions(network.network.layers, numbers)
        return [np.array(part) for part in numbers.parts]  # theirs is lent
    finally:
        for variable, value in zip(variables, now, strict=True):
            variable.set_value(value)
