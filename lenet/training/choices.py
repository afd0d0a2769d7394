"""Names that settings may have, and which settings mean nothing to a model."""

from collections.abc import Mapping, Sequence

# Written out, so that no flag waits for PyTensor; tests compare them with what there is.
MODELS = ("lenet", "lenet5-1998", "mlp", "logistic", "pretrained")
ACTIVATIONS = ("relu", "leaky_relu", "elu", "sigmoid", "tanh", "squash", "softmax", "identity")
POOLINGS = ("max", "avg")
INITIALISERS = (
    *("glorot", "glorot_normal", "glorot_sigmoid", "he", "he_uniform", "lecun", "lecun_uniform"),
    "zeros",
)
CONNECTIONS = ("partial", "full")
OUTPUTS = ("rbf", "softmax")
SCORE_LOSSES = ("cross_entropy", "mse", "l1", "hinge")
RBF_LOSSES = ("mse", "map", "cross_entropy")
CLASS_WEIGHTS = ("balanced",)
# Of the validation images, by which the best epoch is known; a balanced error is the mean of those of the classes.
MONITORS = ("error", "balanced_error", "cost")
UPDATES: Mapping[str, Sequence[str]] = {  # and the names of their options
    "sgd": (),
    "momentum": (),
    "nesterov": (),
    "adagrad": ("epsilon",),
    "rmsprop": ("rho", "epsilon"),
    "adadelta": ("rho", "epsilon"),
    "adam": ("beta1", "beta2", "epsilon"),
    "adamw": ("beta1", "beta2", "epsilon", "weight_decay"),
    "sdlm": ("mu",),
}
AVERAGES: Mapping[str, Sequence[str]] = {  # and the names of their options
    "ema": ("decay",),
    "lookahead": ("steps", "rate"),
}
# A mix of two labels costs what the mix of their costs is, but for what no weight changes.
MIXED_LOSSES = ("cross_entropy", "mse", "map")
DEFAULT_WIDTHS = (16, 31, 64, 128)

# Settings that mean nothing to a model.
FOREIGN = {
    "lenet": ("hidden", "connections", "output"),
    "lenet5-1998": ("lwidth", "hidden", "dropout"),
    "mlp": ("lwidth", "pooling", "connections", "output"),
    "logistic": (
        *("lwidth", "hidden", "activation", "pooling", "batch_norm", "dropout", "initialiser"),
        *("connections", "output"),
    ),
    "pretrained": (
        *("lwidth", "hidden", "activation", "pooling", "batch_norm", "dropout", "initialiser"),
        *("connections", "output"),
    ),
}
