"""Default learning rate, schedule, first weights and batch size.

The network of the original program, trained by its rule on its data sets, keeps all that it documents. All
else has what its authors or its peers use: `python -m benchmarks.plain` shows where that leads.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from lenet.training.choices import FOREIGN

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
# Of logistic regression, whatever the schedule and the loss: its cost is convex, and allows longer steps.
OF_LOGISTIC = dict.fromkeys(LEARNING_RATES, 0.1) | {
    "sgd": 0.5,
    "rmsprop": 0.003,
    "adadelta": 1.0,
    "adam": 0.005,
    "adamw": 0.005,
    "sdlm": 0.02,
}
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
    "logistic": {},
    "pretrained": {},
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


def of_model(settings: "Settings") -> dict[str, Any]:
    """Return values, by the model, for settings that nobody has chosen.

    Parameters
    ----------
    settings : Settings
        Empty or None where nothing was chosen.
    """
    known = dict(OF_MODEL[settings.model])
    if settings.model == "lenet5-1998":
        activation = settings.activation or known["activation"]
        # The codes are -1 and 1, which no other activation has for its limits.
        if activation not in ("squash", "tanh") and settings.loss != "map":
            known["output"] = "softmax"
        if activation == "softmax" or settings.batch_norm or settings.class_weights:
            known["update"] = "momentum"  # sdlm does not go with them
    return {
        name: known.get(name, default)
        for name, default in DEFAULTS.items()
        if getattr(settings, name) in ("", None)
    }


def fitting(settings: "Settings", dataset: str) -> dict[str, Any]:
    """Return values that fit the others for settings that nobody has chosen.

    Parameters
    ----------
    settings : Settings
        With the values of `of_model`.
    dataset : str
    """
    values: dict[str, Any] = {}
    if not settings.monitor:
        values["monitor"] = "balanced_error" if settings.class_weights else "error"
    if not settings.loss:
        values["loss"] = settings.loss_name
    if not settings.lr:
        values["lr"] = learning_rate(settings)
    if not settings.initialiser and "initialiser" not in FOREIGN[settings.model]:
        values["initialiser"] = first_weights(settings, dataset)
    return values


def learning_rate(settings: "Settings") -> float:
    """Return the learning rate, the highest of its schedule."""
    update = settings.update
    if settings.model == "logistic":
        return OF_LOGISTIC[update]
    rates = LEARNING_RATES | (OF_DISTANCES if settings.has_rbf else {})
    if settings.model == "lenet5-1998":
        rates["sdlm"] = 0.0005  # the highest of the paper's
    if update == "adadelta":  # has no rate of its own
        return rates[update]
    follows = update in BY_GRADIENT
    factors = [PEAKS.get(settings.schedule, (1.0, 1.0))[0 if follows else 1]]
    if follows and not settings.has_rbf:
        factors += [STEEPER.get(name, 1.0) for name in (settings.loss_name, settings.activation)]
    # Bytes as they are, 0 to 255, make gradients so much larger.
    scale = 0.1 if follows and settings.normalize == "none" else 1.0
    return scale * rates[update] * max(factors)


def first_weights(settings: "Settings", dataset: str = "") -> str:
    """Return the initialiser that suits the model and its activation.

    The documented network keeps Glorot and Bengio's on the data sets for which it is documented.
    """
    if "initialiser" in OF_MODEL[settings.model]:
        return OF_MODEL[settings.model]["initialiser"]
    original = ("lenet", "relu", "max", "cross_entropy", "momentum", "decay", False)
    chosen = (
        *(settings.model, settings.activation, settings.pooling, settings.loss_name),
        *(settings.update, settings.schedule, settings.batch_norm),
    )
    if chosen == original and dataset in DOCUMENTED_DATA:
        return "glorot"
    is_rectifier = settings.activation in RECTIFIERS
    return "he" if is_rectifier else OF_ACTIVATION.get(settings.activation, "glorot")


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
    """Return the flags of a run, with those that earlier versions left empty.

    The model's own first weights and output were meant, which are others now, and the error as it is; and pictures
    of more than 8 bits had no range in common.
    """
    given = {"monitor": "error", **flags}
    is_of_1998 = flags.get("model") == "lenet5-1998"
    if not flags.get("initialiser") and flags.get("model") != "logistic":
        given["initialiser"] = "lecun_uniform" if is_of_1998 else "glorot"
    if not flags.get("output") and is_of_1998:
        given["output"] = "rbf"
    if flags.get("dataset") == "folder" and "range" not in flags:
        given["range"] = ["each"]
    return given
