"""What decides a training run, but for its data and random numbers."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields

from pytensor.tensor.variable import TensorVariable

from lenet.augment.compose import Augmentation
from lenet.commands.flags import DEFAULT_WIDTHS
from lenet.models.losses import LOSSES
from lenet.models.rbf_losses import RBF_LOSSES, RUBBISH_DISTANCE
from lenet.optim.schedules import Schedule
from lenet.optim.sdlm import sdlm
from lenet.optim.updates import RULES, hyper_parameters

MODELS = ("lenet", "lenet5-1998", "mlp", "logistic")
UPDATE_RULES = {**RULES, "sdlm": sdlm}

# Settings that mean nothing to a model.
FOREIGN = {
    "lenet": ("hidden", "connections", "output"),
    "lenet5-1998": ("lwidth", "hidden", "dropout"),
    "mlp": ("lwidth", "pooling", "connections", "output"),
    "logistic": (
        *("lwidth", "hidden", "activation", "pooling", "batch_norm", "dropout", "initialiser"),
        *("connections", "output"),
    ),
}

# What the options of that name must be, whatever the update rule.
RANGES: dict[str, tuple[str, Callable[[float], bool]]] = {
    "rho": ("a number from 0 to below 1", lambda value: 0 <= value < 1),
    "beta1": ("a number from 0 to below 1", lambda value: 0 <= value < 1),
    "beta2": ("a number from 0 to below 1", lambda value: 0 <= value < 1),
    "epsilon": ("a positive number", lambda value: 0 < value < math.inf),
    "mu": ("a positive number", lambda value: 0 < value < math.inf),
    "weight_decay": ("a number of at least 0", lambda value: 0 <= value < math.inf),
}


@dataclass(frozen=True)
class Settings:
    """What decides a training run, but for its data and random numbers.

    Attributes
    ----------
    nepochs : int
        Epochs at most.
    lr, mom : float
        Learning rate and momentum of the first epochs; see `schedule`.
    l2_pen : float
        Weight of the L2 penalty.
    lwidth : tuple of four int
        Widths of the layers; see `Lenet5`.
    batch_size : int
        Images in a batch; the last one of an epoch may be smaller.
    data_augm : bool
        Train on crops and mirror images as well.
    ncrops : int
        Random crops of each image in an epoch; without `data_augm` it has no effect.
    augmentation : Augmentation
        Further transforms of the training images.
    patience : int
        Iterations to do at least; see `EarlyStopping`.
    model, hidden, activation, pooling, batch_norm, dropout, initialiser
        The network; see `lenet.models.architectures`.
    connections, output
        The network, if `model` is "lenet5-1998"; see `lenet.models.lenet5_1998`.
    loss, label_smoothing, l1_pen
        What is minimised, beside `l2_pen`; see `lenet.models.losses` and `lenet.models.rbf_losses`.
    rubbish_distance : float
        See `lenet.models.rbf_losses.maximum_a_posteriori`.
    class_weights : {"", "balanced"}
        Whether the loss counts all classes the same, however many images they have.
    normalize : str
        One of `lenet.data.statistics.NORMALISATIONS`; without one, the data set decides.
    update : str
        Rule by which parameters change; see `lenet.optim.updates`.
    update_options : dict of str to float
        Its numbers, but for learning rate and momentum.
    schedule : str
        How the learning rate changes; see `lenet.optim.schedules`.
    schedule_options : dict of str to float
    warmup : float
        Epochs in which the learning rate grows to what the schedule says.
    """

    nepochs: int
    lr: float
    mom: float
    l2_pen: float
    lwidth: tuple[int, ...]
    batch_size: int
    data_augm: bool
    ncrops: int
    patience: int
    augmentation: Augmentation = field(default_factory=Augmentation)
    model: str = "lenet"
    hidden: tuple[int, ...] = (500,)
    activation: str = ""
    pooling: str = ""
    batch_norm: bool = False
    dropout: float = 0.0
    initialiser: str = ""
    connections: str = ""
    output: str = ""
    loss: str = ""
    rubbish_distance: float = RUBBISH_DISTANCE
    label_smoothing: float = 0.0
    l1_pen: float = 0.0
    class_weights: str = ""
    normalize: str = ""
    update: str = "momentum"
    update_options: Mapping[str, float] = field(default_factory=dict)
    schedule: str = "decay"
    schedule_options: Mapping[str, float] = field(default_factory=dict)
    warmup: float = 0.0

    def __post_init__(self) -> None:
        """Refuse options that do not go together."""
        known = hyper_parameters(UPDATE_RULES[self.update])
        for name, value in self.update_options.items():
            if name not in known or name == "momentum":
                expected = ", ".join(key for key in known if key != "momentum") or "none"
                raise ValueError(f"--update {self.update}: no option {name!r}; expected {expected}")
            expected, is_valid = RANGES[name]
            if isinstance(value, bool) or not is_valid(value):
                raise ValueError(
                    f"--update {self.update}: {name} is {value!r}, expected {expected}"
                )
        if self.label_smoothing and self.loss_name != "cross_entropy":
            raise ValueError(
                f"--label_smoothing goes with --loss cross_entropy, not {self.loss_name}"
            )
        if self.loss_name not in self.losses:
            raise ValueError(
                f"--loss {self.loss_name}: expected one of {', '.join(self.losses)} with --model "
                f"{self.model}{' --output rbf' if self.has_rbf else ''}"
            )
        if self.class_weights and self.update == "sdlm":
            raise ValueError(
                "--class_weights does not go with --update sdlm; choose another --update"
            )
        if self.data_augm and self.augmentation.merges:
            raise ValueError(
                "--augment each does not go with --data_augm, which has versions of its own; use --augment "
                "random"
            )
        self.check_model()
        self.make_schedule()

    def check_model(self) -> None:
        """Refuse options of another model."""
        # The configuration of a run names its defaults, too: they are not refused.
        defaults = {known.name: known.default for known in fields(self)}
        defaults["lwidth"] = DEFAULT_WIDTHS
        for name in FOREIGN[self.model]:
            if getattr(self, name) != defaults[name]:
                raise ValueError(f"--{name} does not go with --model {self.model}")

    @property
    def has_rbf(self) -> bool:
        """Whether the network ends with distances to codes of the classes."""
        return self.model == "lenet5-1998" and self.output in ("", "rbf")

    @property
    def losses(self) -> Mapping[str, Callable[..., TensorVariable]]:
        """The losses that the network's outputs are made for."""
        return RBF_LOSSES if self.has_rbf else LOSSES

    @property
    def loss_name(self) -> str:
        """The loss, even if none was chosen."""
        return self.loss or ("mse" if self.has_rbf else "cross_entropy")

    def make_schedule(self) -> Schedule:
        """Return how learning rate and momentum change."""
        return Schedule(
            self.schedule, self.nepochs, options=self.schedule_options, warm_up=self.warmup
        )
