"""Default learning rate, schedule, first weights and batch size.

The network of the original program, trained by its rule on its data sets, keeps all that it documents. All
else has what its authors or its peers use: `python -m benchmarks.plain` shows where that leads.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from lenet.training.settings import Settings

# By update rule, for a loss of about 1 in the beginning.
LEARNING_RATES = {
    "sgd": 0.1,
    "momentum": 0.01,
    "nesterov": 0.01,
    "adagrad": 0.01,
    "rmsprop": 0.001,
    "adadelta": 1.0,
    "adam": 0.001,
    "adamw": 0.001,
    "sdlm": 0.005,
}
# Rules whose steps are as long as the gradient, and those that divide by its size or by the curvature.
BY_GRADIENT = ("sgd", "momentum", "nesterov")
# Of a schedule whose rate is at its highest for a short time only, by kind of rule.
PEAKS = {"cosine": (5.0, 1.0), "one_cycle": (10.0, 3.0)}
# Losses, and activations, with small gradients.
STEEPER = {"mse": 10.0, "hinge": 5.0, "sigmoid": 10.0, "softmax": 10.0}
# The squared distances of lenet5-1998 are about a hundred times a cross-entropy.
OF_DISTANCES = {"sgd": 0.001, "momentum": 0.0005, "nesterov": 0.0005}

RECTIFIERS = ("relu", "leaky_relu", "elu")
# Of units whose output is never negative, and whose slope is a quarter at most.
OF_ACTIVATION = {"sigmoid": "glorot_sigmoid", "softmax": "normal:1"}
# Of which runs with all other defaults are documented.
DOCUMENTED_DATA = ("cifar10", "mnist", "folder")

# Settings that a model has in place of the others' defaults: those of its recipe.
OF_MODEL: Mapping[str, Mapping[str, Any]] = {
    "lenet": {"activation": "relu", "pooling": "max"},
    "lenet5-1998": {
        "activation": "squash",
        "pooling": "subsampling",
        "connections": "partial",
        "output": "rbf",
        "update": "sdlm",
        "schedule": "one_cycle",
        "initialiser": "lecun",
        "l2_pen": 0.002,
        "batch_size": 20,
        "patience": 100_000,
    },
    "mlp": {"activation": "tanh"},
    "logistic": {"lr": 0.1},
}
DEFAULTS: Mapping[str, Any] = {
    "activation": "",
    "pooling": "",
    "connections": "",
    "output": "",
    "update": "momentum",
    "schedule": "decay",
    "l2_pen": 0.001,
    "patience": 10_000,
}
STEPS = 60  # in an epoch, at least, but where batches would be too small
MIN_BATCH, MAX_BATCH = 16, 500


def chosen_by(settings: "Settings", dataset: str) -> dict[str, Any]:
    """Return values for the settings that nobody has chosen, but the batch size.

    Parameters
    ----------
    settings : Settings
        Empty or None where nothing was chosen.
    dataset : str
    """
    of_model = OF_MODEL.get(settings.model, {})
    values = {
        name: of_model.get(name, default)
        for name, default in DEFAULTS.items()
        if getattr(settings, name) in ("", None)
    }
    if not settings.loss:
        values["loss"] = settings.loss_name
    update = settings.update or values["update"]
    schedule = settings.schedule or values["schedule"]
    if not settings.lr:
        values["lr"] = of_model.get("lr") or learning_rate(settings, update, schedule)
    if not settings.initialiser and settings.model != "logistic":
        is_documented = (update, schedule) == ("momentum", "decay") and dataset in DOCUMENTED_DATA
        values["initialiser"] = of_model.get("initialiser") or first_weights(
            settings, is_documented
        )
    return values


def learning_rate(settings: "Settings", update: str, schedule: str) -> float:
    """Return the learning rate, the highest of its schedule."""
    rates = LEARNING_RATES | (OF_DISTANCES if settings.has_rbf else {})
    if settings.model == "lenet5-1998":
        rates["sdlm"] = 0.0005  # the highest of the paper's
    follows = update in BY_GRADIENT
    factors = [PEAKS.get(schedule, (1.0, 1.0))[0 if follows else 1]]
    if follows and not settings.has_rbf:
        factors += [STEEPER.get(name, 1.0) for name in (settings.loss_name, settings.activation)]
    if update == "adadelta":  # has no rate of its own
        return rates[update]
    # Bytes as they are, 0 to 255, make gradients so much larger.
    scale = 0.1 if follows and settings.normalize == "none" else 1.0
    return scale * rates[update] * max(factors)


def first_weights(settings: "Settings", is_documented: bool) -> str:
    """Return the initialiser that suits the activation.

    The documented network keeps Glorot and Bengio's.
    """
    activation = settings.activation or OF_MODEL[settings.model]["activation"]
    is_original = (settings.model, activation) == ("lenet", "relu") and not settings.batch_norm
    is_original &= settings.pooling in ("", "max") and settings.loss_name == "cross_entropy"
    if activation in RECTIFIERS and not (is_documented and is_original):
        return "he"
    return OF_ACTIVATION.get(activation, "glorot")


def batch_size(model: str, n_images: int) -> int:
    """Return the batch size for a training set: 60 steps an epoch, 16 to 500 images."""
    fixed = OF_MODEL.get(model, {}).get("batch_size")
    if fixed is not None:
        return fixed
    size = min(max(n_images // STEPS, MIN_BATCH), MAX_BATCH)
    while n_images > size and n_images % size == 1:
        size += 1  # batch normalisation cannot have a batch of one image
    return size


def of_earlier_version(flags: Mapping[str, Any]) -> dict[str, Any]:
    """Return the flags of a run, the first weights among them.

    Earlier versions left those to the model, and wrote nothing.
    """
    initialiser = flags.get("initialiser")
    if initialiser or flags.get("model") == "logistic":
        return dict(flags)
    of_model = {"lenet5-1998": "lecun_uniform"}
    return {**flags, "initialiser": of_model.get(flags.get("model", "lenet"), "glorot")}
