"""Settings of a training: all that decides it but the images and the seed."""

import argparse
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from functools import partial
from typing import Self

from lenet import limits
from lenet.augment.compose import Augmentation
from lenet.data.dataset import Dataset
from lenet.data.statistics import NORMALISATIONS
from lenet.optim.schedules import SCHEDULES, Schedule
from lenet.text import slip
from lenet.training.choices import (
    ACTIVATIONS,
    CLASS_WEIGHTS,
    CONNECTIONS,
    DEFAULT_WIDTHS,
    FOREIGN,
    INITIALISERS,
    MODELS,
    MONITORS,
    OUTPUTS,
    POOLINGS,
    RBF_LOSSES,
    SCORE_LOSSES,
    UPDATES,
)
from lenet.training.defaults import DOCUMENTED_DATA, batch_size, fitting, of_model
from lenet.training.flag_fields import (
    flag,
    fraction,
    integer,
    non_negative,
    option,
    positive,
    positive_int,
)
from lenet.training.refinement_options import RefinementOptions
from lenet.training.transfer_options import PRETRAINED, TransferOptions

# What the options of that name must be, whatever the update rule.
RANGES: dict[str, tuple[str, Callable[[float], bool]]] = {
    "rho": ("a number from 0 to below 1", lambda value: 0 <= value < 1),
    "beta1": ("a number from 0 to below 1", lambda value: 0 <= value < 1),
    "beta2": ("a number from 0 to below 1", lambda value: 0 <= value < 1),
    "epsilon": ("a positive number", lambda value: 0 < value < math.inf),
    "mu": ("a positive number", lambda value: 0 < value < math.inf),
    "weight_decay": ("a number of at least 0", lambda value: 0 <= value < math.inf),
}

# Titles of groups of flags.
NETWORK, LEARNING, IMAGES = "the network", "what is learnt, and how", "images"


def initialiser(text: str) -> str:
    """Return the name of an initialiser, or say what was expected."""
    if text:
        from lenet.layers.initialisers import initialiser as initialiser_named

        try:
            initialiser_named(text)
        except ValueError as error:
            ours = text.lower().replace("xavier", "glorot").replace("kaiming", "he")
            raise argparse.ArgumentTypeError(f"{error}{slip(ours, INITIALISERS)}") from error
    return text


def widths(given: Sequence[int]) -> tuple[int, ...]:
    """Return the widths of all four layers, of which the first ones are given."""
    if len(given) > len(DEFAULT_WIDTHS):
        raise ValueError(f"expected at most {len(DEFAULT_WIDTHS)} numbers, got {len(given)}")
    return (*given, *DEFAULT_WIDTHS[len(given) :])


@dataclass(frozen=True)
class Settings(TransferOptions, RefinementOptions):
    """All that decides a training but the images and the seed.

    Attributes are the flags of `lenet-train`, each explained beside it, those of `TransferOptions` and `RefinementOptions`
    among them, and `augmentation`, the transforms of the training images.

    Raises
    ------
    ValueError
        If two of them do not go together.
    """

    nepochs: int = flag(
        100,
        "passes over the training images, at most (default: %(default)s)",
        type=positive_int,
        metavar="N",
    )
    lr: float = flag(
        None,
        "learning rate, the highest of the schedule (default: 0.01 with --update momentum, nesterov and adagrad, "
        "0.005 with sdlm, 0.1 with sgd, 0.001 with adam, adamw and rmsprop, 1 with adadelta; more with --schedule cosine or "
        "one_cycle and for losses and activations with small gradients, less for lenet5-1998; logistic: 0.1, 0.5 with "
        "sgd, 0.02 with sdlm, 0.005 with adam and adamw, 0.003 with rmsprop, 1 with adadelta)",
        type=positive,
        metavar="RATE",
    )
    mom: float = flag(
        0.9,
        "momentum of the first epochs, of --update momentum or nesterov (default: %(default)s)",
        type=fraction,
        metavar="MOMENTUM",
    )
    l2_pen: float = flag(
        None,
        "weight of the L2 penalty (default: 0.001; 0.002 for lenet5-1998)",
        type=non_negative,
        metavar="WEIGHT",
    )
    lwidth: tuple[int, ...] = flag(
        DEFAULT_WIDTHS,
        "widths of the first layers of --model lenet, up to four: maps of three convolutions, "
        "units of the fully connected layer (default: 16 31 64 128)",
        type=positive_int,
        nargs="+",
        metavar="N",
        collect=widths,
    )
    data_augm: bool = flag(
        False,
        "train on random crops and mirror images of the training images too; digits, letters "
        "and organs are cropped, but not mirrored (default: off)",
    )
    ncrops: int = flag(
        2,
        "with --data_augm, random crops of each training image in an epoch (default: %(default)s)",
        type=integer(0, limits.MAX_CROPS),
        metavar="N",
    )
    model: str = flag(
        "lenet",
        "the network: LeNet with ReLU and max-pooling, LeNet-5 as in the paper of 1998, a "
        "multi-layer perceptron, logistic regression, or pretrained, the layers of the network of --init_from, whatever "
        "they are (default: %(default)s)",
        NETWORK,
        choices=MODELS,
    )
    hidden: tuple[int, ...] = flag(
        (500,),
        "units of each hidden layer of --model mlp (default: 500)",
        NETWORK,
        type=positive_int,
        nargs="+",
        metavar="N",
        collect=tuple,
    )
    activation: str = flag(
        "",
        "of the hidden layers (default: relu; tanh for mlp; squash, 1.7159 tanh(2x/3), for "
        "lenet5-1998)",
        NETWORK,
        choices=ACTIVATIONS,
    )
    pooling: str = flag(
        "",
        "what follows the convolutions; subsampling, with trained factors, is that of lenet5-1998 (default: max; "
        "subsampling for lenet5-1998)",
        NETWORK,
        choices=(*POOLINGS, "subsampling"),
    )
    batch_norm: bool = flag(
        False, "normalise the inputs of each hidden layer's activation (default: off)", NETWORK
    )
    dropout: float = flag(
        0.0,
        "share of the last hidden units (mlp: of all) that a training step leaves out "
        "(default: %(default)s)",
        NETWORK,
        type=fraction,
        metavar="RATE",
    )
    initialiser: str = flag(
        "",
        f"first weights: {', '.join(INITIALISERS)} or normal:SD (default: he for relu, "
        "leaky_relu and elu, glorot_sigmoid for sigmoid, lecun for lenet5-1998, else glorot, as for all that is "
        "documented of lenet on cifar10, mnist and folder)",
        NETWORK,
        type=initialiser,
        metavar="NAME",
    )
    connections: str = flag(
        "",
        "of the second convolution of lenet5-1998: those of the paper's table, or all "
        "(default: partial)",
        NETWORK,
        choices=CONNECTIONS,
    )
    output: str = flag(
        "",
        "what lenet5-1998 ends with: distances to pictures of the ten digits, or softmax "
        "(default: rbf with --activation squash or tanh, else softmax)",
        NETWORK,
        choices=OUTPUTS,
    )
    loss: str = flag(
        "",
        "what is minimised, with the penalties; map is the discriminative criterion of "
        "lenet5-1998 (default: cross_entropy; mse with --output rbf)",
        LEARNING,
        choices=tuple(dict.fromkeys((*SCORE_LOSSES, *RBF_LOSSES))),
    )
    rubbish_distance: float = flag(
        20.0,
        "with --loss map, the squared distance from which on an image is rather no digit than "
        "one (default: %(default)s)",
        LEARNING,
        type=positive,
        metavar="J",
    )
    label_smoothing: float = flag(
        0.0,
        "share of the target spread over all classes, with --loss cross_entropy (default: "
        "%(default)s)",
        LEARNING,
        type=fraction,
        metavar="SHARE",
    )
    l1_pen: float = flag(
        0.0,
        "weight of the L1 penalty (default: %(default)s)",
        LEARNING,
        type=non_negative,
        metavar="WEIGHT",
    )
    class_weights: str = flag(
        "",
        "balanced lets all classes count the same in the cost, however many images they have "
        "(default: all images do)",
        LEARNING,
        choices=CLASS_WEIGHTS,
    )
    monitor: str = flag(
        "",
        "what is lowest, of the validation images, in the best epoch; a balanced error is the mean of those of "
        "the classes (default: error; balanced_error with --class_weights balanced)",
        LEARNING,
        choices=MONITORS,
    )
    update: str = flag(
        "",
        "how a step changes the weights (default: momentum; sdlm for lenet5-1998, where it can be)",
        LEARNING,
        choices=tuple(UPDATES),
    )
    update_options: Mapping[str, float] = flag(
        {},
        "numbers of --update: "
        + ", ".join(f"{' and '.join(names)} of {rule}" for rule, names in UPDATES.items() if names),
        LEARNING,
        type=option,
        nargs="+",
        metavar="NAME=VALUE",
        collect=dict,
    )
    schedule: str = flag(
        "",
        "how the learning rate changes: decay is 5 %% less after every ten epochs, of the "
        "momentum, too; lenet5_1998 falls as in the paper (default: decay; one_cycle for lenet5-1998)",
        LEARNING,
        choices=tuple(SCHEDULES),
    )
    schedule_options: Mapping[str, float] = flag(
        {},
        "numbers of --schedule: multiplier of exponential, gamma and every (epochs) of step, "
        "final of cosine, rise, start, final, low_momentum and linear (true or false) of one_cycle",
        LEARNING,
        type=option,
        nargs="+",
        metavar="NAME=VALUE",
        collect=dict,
    )
    warmup: float = flag(
        0.0,
        "epochs in which the learning rate rises to where the schedule begins (default: "
        "%(default)s)",
        LEARNING,
        type=non_negative,
        metavar="EPOCHS",
    )
    batch_size: int = flag(
        None,
        "images in a batch (default: what makes 60 steps an epoch, at least 16 and at most 500; 20 for "
        "lenet5-1998)",
        LEARNING,
        type=positive_int,
        metavar="N",
    )
    patience: int = flag(
        None,
        "stop early after this many steps, or twice the steps to the last improvement "
        "of the validation error by 0.5 %%, whichever is more (default: 10000; 100000 for lenet5-1998)",
        LEARNING,
        type=positive_int,
        metavar="STEPS",
    )
    normalize: str = flag(
        "",
        "what the network is given: each channel with mean 0 and deviation 1, by the numbers "
        "of the training images; bytes as 0 to 1; each channel from 0 to 1; bytes as they are; or by the numbers of the "
        "network of --init_from (default: pretrained with --init_from and as many channels, zscore for --dataset "
        "folder, else unit)",
        IMAGES,
        choices=(*NORMALISATIONS, PRETRAINED),
    )
    augmentation: Augmentation = Augmentation()

    def __post_init__(self) -> None:
        """Fill in what was not chosen, and refuse settings that do not go together."""
        # Those that fit the others need the others.
        for values in (of_model, partial(fitting, dataset=self.data_name)):
            for name, value in values(self).items():
                object.__setattr__(self, name, value)
        known = UPDATES[self.update]
        for name, value in self.update_options.items():
            if name not in known:
                expected = ", ".join(known) or "none"
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
        losses = RBF_LOSSES if self.has_rbf else SCORE_LOSSES
        if self.loss_name not in losses:
            raise ValueError(
                f"--loss {self.loss_name}: expected one of {', '.join(losses)} with --model "
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
        self.check_refinements(self.loss_name)
        self.check_model()
        self.check_transfer(self.normalize, self.model)
        self.make_schedule()

    def check_model(self) -> None:
        """Refuse settings of another model."""
        # The configuration of a run names its defaults, too: they are not refused.
        defaults = {known.name: known.default for known in fields(self)}
        if self.model == "lenet" and self.pooling == "subsampling":
            raise ValueError("--pooling subsampling goes with --model lenet5-1998, not lenet")
        for name in FOREIGN[self.model]:
            if getattr(self, name) != defaults[name]:
                raise ValueError(f"--{name} does not go with --model {self.model}")

    @property
    def data_name(self) -> str:
        """Name of the data set, where it is known; else one of those that are documented."""
        return DOCUMENTED_DATA[0]

    def fitted_to(self, dataset: Dataset) -> Self:
        """Return the settings with the batch size and normalisation for a data set.

        What was chosen stays.
        """
        return replace(
            self,
            batch_size=self.batch_size or batch_size(self.model, len(dataset.train.labels)),
            normalize=self.normalize or dataset.normalize,
        )

    @property
    def has_rbf(self) -> bool:
        """Whether the network ends with distances to codes of the classes."""
        return self.model == "lenet5-1998" and self.output in ("", "rbf")

    @property
    def loss_name(self) -> str:
        """The loss, even if none was chosen."""
        return self.loss or ("mse" if self.has_rbf else "cross_entropy")

    def make_schedule(self) -> Schedule:
        """Return how learning rate and momentum change."""
        return Schedule(
            self.schedule, self.nepochs, options=self.schedule_options, warm_up=self.warmup
        )
