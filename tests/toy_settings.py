"""Settings of a small network and a short training."""

from lenet.training.choices import DEFAULT_WIDTHS
from lenet.training.settings import Settings


def toy_settings(**changes):
    """Return settings, all but the changes as the tests agree on them."""
    defaults = {
        "nepochs": 3,
        "lr": 0.5,
        "mom": 0.8,
        "l2_pen": 0.001,
        "lwidth": (2, 3, 4, 5) if changes.get("model", "lenet") == "lenet" else DEFAULT_WIDTHS,
        "batch_size": 4,
        "data_augm": False,
        "ncrops": 2,
        "patience": 100,
    }
    return Settings(**{**defaults, **changes})
