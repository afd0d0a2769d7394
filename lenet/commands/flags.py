"""The flags that commands share.

Names of what can be chosen are written out here, so that no flag waits for PyTensor; a test compares
them with what there is.
"""

import argparse
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

from lenet import limits
from lenet.seeds import DEFAULT_SEED

DEFAULT_WIDTHS = (16, 31, 64, 128)
MODELS = ("lenet", "lenet5-1998", "mlp", "logistic")
ACTIVATIONS = ("relu", "leaky_relu", "elu", "sigmoid", "tanh", "squash", "softmax", "identity")
POOLINGS = ("max", "avg")
INITIALISERS = (
    "glorot",
    "glorot_normal",
    "he",
    "he_uniform",
    "lecun",
    "lecun_uniform",
    "zeros",
)
CONNECTIONS = ("partial", "full")
OUTPUTS = ("rbf", "softmax")
LOSSES = ("cross_entropy", "mse", "l1", "hinge", "map")
UPDATES = ("sgd", "momentum", "nesterov", "adagrad", "rmsprop", "adadelta", "adam", "adamw", "sdlm")
SCHEDULES = ("constant", "decay", "exponential", "step", "cosine", "one_cycle", "lenet5_1998")
NORMALISATIONS = ("zscore", "unit", "minmax", "none")
CLASS_WEIGHTS = ("balanced",)
MAX_IMAGE_SIZE = 1024


def number(
    convert: Callable[[str], Any], expected: str, is_valid: Callable[[Any], bool]
) -> Callable[[str], Any]:
    """Return a function that turns an argument into a number, or says what was expected."""

    def parse(text: str) -> Any:
        try:
            value = convert(text)
        except ValueError:
            value = math.nan
        if not is_valid(value):
            raise argparse.ArgumentTypeError(f"expected {expected}, got {text!r}")
        return value

    return parse


positive_int = number(
    int, "a positive integer below 2**63", lambda value: 1 <= value <= limits.LARGEST_COUNT
)
natural = number(int, "an integer of at least 0", lambda value: value >= 0)
positive = number(float, "a positive number", lambda value: 0 < value < math.inf)
non_negative = number(float, "a number of at least 0", lambda value: 0 <= value < math.inf)
fraction = number(float, "a number from 0 to below 1", lambda value: 0 <= value < 1)


def option(text: str) -> tuple[str, float | bool]:
    """Return name and value of an argument such as ``beta1=0.9``."""
    name, equals, value = text.partition("=")
    if value in ("true", "false"):
        return name, value == "true"
    try:
        parsed = float(value)
    except ValueError:
        parsed = math.nan
    if not (name.isidentifier() and equals and math.isfinite(parsed)):
        raise argparse.ArgumentTypeError(f"expected NAME=NUMBER, got {text!r}")
    return name, int(parsed) if parsed.is_integer() and abs(
        parsed
    ) < limits.LARGEST_COUNT else parsed


def initialiser(text: str) -> str:
    """Return the name of an initialiser, or say what was expected."""
    if text:
        from lenet.layers.initialisers import initialiser as initialiser_named

        try:
            initialiser_named(text)
        except ValueError as error:
            raise argparse.ArgumentTypeError(str(error)) from error
    return text


def flag_options() -> dict[str, dict[str, Any]]:
    """Return each flag that commands share, with its arguments for `add_argument`."""
    from lenet.compile.backends import BACKENDS
    from lenet.compile.threads import MAX_THREADS
    from lenet.input_pipeline import DATASETS

    return {
        "--data_augm": {
            "action": "store_true",
            "help": "train on random crops and mirror images of the training images too; digits "
            "(mnist, digits) are cropped, but not mirrored (default: off)",
        },
        "--dataset": {
            "choices": (*DATASETS, "folder"),
            "default": "cifar10",
            "help": "images to learn; folder is one's own, in --image_dir (default: %(default)s)",
        },
        "--image_dir": {
            "type": Path,
            "nargs": "+",
            "metavar": "DIR",
            "help": "for --dataset folder, folders with a sub-folder for each class, the same in each, "
            "that hold TIFF (each page is an image), PNG, JPEG, BMP or GIF files",
        },
        "--image_size": {
            "type": number(
                int,
                f"an integer from 1 to {MAX_IMAGE_SIZE}",
                lambda value: 1 <= value <= MAX_IMAGE_SIZE,
            ),
            "metavar": "PIXELS",
            "help": "side of the square that pictures are scaled to (default: 32)",
        },
        "--channels": {
            "type": int,
            "choices": (1, 3),
            "help": "1 for gray images, 3 for colours (default: 3)",
        },
        "--stretch": {
            "action": "store_true",
            "help": "stretch pictures that are not square (default: frame them with the colour of their "
            "border)",
        },
        "--split": {
            "type": float,
            "nargs": 3,
            "metavar": "PERCENT",
            "help": "shares of training, validation and test images (default: 60 30 10); each part has "
            "the same shares of the classes, and pages of a file or copies of a picture stay together",
        },
        "--epsilon": {
            "type": number(float, "a number from 0 to 1", lambda value: 0 <= value <= 1),
            "metavar": "SHARE",
            "help": "how far the share of a class in one part may be from that in another (default: 0.05, or "
            "what two images are of the smallest part)",
        },
        "--strict": {
            "action": "store_true",
            "help": "refuse folders with files that cannot be read (default: name them and leave them "
            "out)",
        },
        "--cache_dir": {
            "type": Path,
            "metavar": "DIR",
            "help": "where decoded images are kept, for the next run; they may be deleted (default: "
            "image_folders in --data_dir)",
        },
        "--normalize": {
            "choices": NORMALISATIONS,
            "default": "",
            "help": "what the network is given: each channel with mean 0 and deviation 1, by the numbers "
            "of the training images; bytes as 0 to 1; each channel from 0 to 1; or bytes as they are "
            "(default: zscore for --dataset folder, else unit)",
        },
        "--class_weights": {
            "choices": CLASS_WEIGHTS,
            "default": "",
            "help": "balanced lets all classes count the same in the cost, however many images they have "
            "(default: all images do)",
        },
        "--folds": {
            "type": number(
                int,
                "an integer of at least 2, below 2**63",
                lambda value: 2 <= value <= limits.LARGEST_COUNT,
            ),
            "metavar": "K",
            "help": "cross-validate: train K times, each time with another K-th of all images for "
            "testing, into --out_dir/fold-1 and so on",
        },
        "--fold": {
            "type": positive_int,
            "metavar": "N",
            "help": "train on the N-th of --folds alone",
        },
        "--nepochs": {
            "type": positive_int,
            "default": 100,
            "metavar": "N",
            "help": "passes over the training images, at most (default: %(default)s)",
        },
        "--lr": {
            "type": positive,
            "default": 0.01,
            "metavar": "RATE",
            "help": "learning rate, the highest of the schedule (default: %(default)s)",
        },
        "--mom": {
            "type": fraction,
            "default": 0.9,
            "metavar": "MOMENTUM",
            "help": "momentum of the first epochs (default: %(default)s)",
        },
        "--l2_pen": {
            "type": non_negative,
            "default": 0.001,
            "metavar": "WEIGHT",
            "help": "weight of the L2 penalty (default: %(default)s)",
        },
        "--model": {
            "choices": MODELS,
            "default": "lenet",
            "help": "the network: LeNet with ReLU and max-pooling, LeNet-5 as in the paper of 1998, a "
            "multi-layer perceptron, or logistic regression (default: %(default)s)",
        },
        "--hidden": {
            "type": positive_int,
            "nargs": "+",
            "default": (500,),
            "metavar": "N",
            "help": "units of each hidden layer of --model mlp (default: 500)",
        },
        "--activation": {
            "choices": ACTIVATIONS,
            "default": "",
            "help": "of the hidden layers (default: relu; tanh for mlp; squash, 1.7159 tanh(2x/3), for "
            "lenet5-1998)",
        },
        "--pooling": {
            "choices": POOLINGS,
            "default": "",
            "help": "what follows the convolutions (default: max; for lenet5-1998 its trainable "
            "subsampling)",
        },
        "--batch_norm": {
            "action": "store_true",
            "help": "normalise the inputs of each hidden layer's activation (default: off)",
        },
        "--dropout": {
            "type": fraction,
            "default": 0.0,
            "metavar": "RATE",
            "help": "share of the last hidden units (mlp: of all) that a training step leaves out "
            "(default: %(default)s)",
        },
        "--initialiser": {
            "type": initialiser,
            "default": "",
            "metavar": "NAME",
            "help": f"first weights: {', '.join(INITIALISERS)} or normal:SD (default: glorot; for "
            "lenet5-1998 lecun_uniform)",
        },
        "--connections": {
            "choices": CONNECTIONS,
            "default": "",
            "help": "of the second convolution of lenet5-1998: those of the paper's table, or all "
            "(default: partial)",
        },
        "--output": {
            "choices": OUTPUTS,
            "default": "",
            "help": "what lenet5-1998 ends with: distances to pictures of the ten digits, or softmax "
            "(default: rbf)",
        },
        "--loss": {
            "choices": LOSSES,
            "default": "",
            "help": "what is minimised, with the penalties; map is the discriminative criterion of "
            "lenet5-1998 (default: cross_entropy; mse with --output rbf)",
        },
        "--rubbish_distance": {
            "type": positive,
            "default": 20.0,
            "metavar": "J",
            "help": "with --loss map, the squared distance from which on an image is rather no digit than "
            "one (default: %(default)s)",
        },
        "--label_smoothing": {
            "type": fraction,
            "default": 0.0,
            "metavar": "SHARE",
            "help": "share of the target spread over all classes, with --loss cross_entropy (default: "
            "%(default)s)",
        },
        "--l1_pen": {
            "type": non_negative,
            "default": 0.0,
            "metavar": "WEIGHT",
            "help": "weight of the L1 penalty (default: %(default)s)",
        },
        "--update": {
            "choices": UPDATES,
            "default": "momentum",
            "help": "how a step changes the weights (default: %(default)s)",
        },
        "--update_options": {
            "type": option,
            "nargs": "+",
            "default": {},
            "metavar": "NAME=VALUE",
            "help": "numbers of --update: rho and epsilon of adadelta, epsilon of adagrad, rho and "
            "epsilon of rmsprop, beta1, beta2 and epsilon of adam and adamw, weight_decay of adamw, "
            "mu of sdlm",
        },
        "--schedule": {
            "choices": SCHEDULES,
            "default": "decay",
            "help": "how the learning rate changes: decay is 5 %% less after every ten epochs, of the "
            "momentum, too; lenet5_1998 falls as in the paper (default: %(default)s)",
        },
        "--schedule_options": {
            "type": option,
            "nargs": "+",
            "default": {},
            "metavar": "NAME=VALUE",
            "help": "numbers of --schedule: multiplier of exponential, gamma and every (epochs) of step, "
            "final of cosine, rise, start, final, low_momentum and linear (true or false) of one_cycle",
        },
        "--warmup": {
            "type": non_negative,
            "default": 0.0,
            "metavar": "EPOCHS",
            "help": "epochs in which the learning rate rises to where the schedule begins (default: "
            "%(default)s)",
        },
        "--tensorboard": {
            "action": "store_true",
            "help": "write what metrics.csv has into a file for TensorBoard, too (default: off)",
        },
        "--num_examples": {
            "type": positive_int,
            "metavar": "N",
            "help": "train on the first N training images only (default: all)",
        },
        "--val_examples": {
            "type": positive_int,
            "metavar": "N",
            "help": "take the last N of the images that are not for testing for validation (default: what "
            "the data set says)",
        },
        "--lwidth": {
            "type": positive_int,
            "nargs": "+",
            "default": DEFAULT_WIDTHS,
            "metavar": "N",
            "help": "Choose layer width for each layer. Use : --lwidth 1 2 3 4 max 4 arguments. "
            "First 3 are conv layer and last is fc",
        },
        "--ncrops": {
            "type": number(
                int,
                f"an integer from 0 to {limits.MOST_CROPS}",
                lambda value: 0 <= value <= limits.MOST_CROPS,
            ),
            "default": 2,
            "metavar": "N",
            "help": "random crops of each training image in an epoch; no effect without "
            "--data_augm (default: %(default)s)",
        },
        "--batch_size": {
            "type": positive_int,
            "default": 500,
            "metavar": "N",
            "help": "images in a batch (default: %(default)s)",
        },
        "--seed": {
            "type": natural,
            "default": DEFAULT_SEED,
            "metavar": "N",
            "help": "decides the first weights, the order of the images and their crops: the same "
            "command gives the same model (default: %(default)s)",
        },
        "--data_dir": {
            "type": Path,
            "metavar": "DIR",
            "help": "folder that has, or gets, the data sets (default: the environment variable "
            "LENET_DATA_DIR, else data/ of the checkout, else the user's cache folder)",
        },
        "--backend": {
            "choices": BACKENDS,
            "default": "c",
            "help": "what PyTensor compiles to: the C++ kernels of this package, JAX or Numba "
            "(default: %(default)s)",
        },
        "--threads": {
            "type": number(
                int,
                f"an integer from 1 to {MAX_THREADS}",
                lambda value: 1 <= value <= MAX_THREADS,
            ),
            "metavar": "N",
            "help": "threads of the C++ kernels; the result does not depend on it (default: "
            "OMP_NUM_THREADS, else all CPUs)",
        },
        "--patience": {
            "type": positive_int,
            "default": 10_000,
            "metavar": "STEPS",
            "help": "stop early after this many steps, or twice the steps to the last improvement "
            "of the validation error by 0.5 %%, whichever is more (default: %(default)s)",
        },
    }


def add_flags(group: Any, *flags: str) -> None:
    """Add some of the shared flags to a parser or to a group of its arguments.

    A switch gets its contrary as well, with which the command line wins over a preset.
    """
    options = flag_options()
    for flag in flags:
        group.add_argument(flag, **options[flag])
        if options[flag].get("action") == "store_true":
            name = flag.removeprefix("--")
            group.add_argument(
                f"--no_{name}",
                dest=name,
                action="store_false",
                default=argparse.SUPPRESS,
                help=f"not {flag}, where a preset says so",
            )


def add_trained_network(parser: argparse.ArgumentParser, required: bool = True) -> None:
    """Add the flag that names the trained network a command is about, or may take into account."""
    parser.add_argument(
        "--model_save_path",
        type=Path,
        required=required,
        metavar="PATH",
        help="the trained network: the folder of a run, or its model.h5",
    )
