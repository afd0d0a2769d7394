"""Options of a training run: settings, images, seed, computation, places of files."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from lenet.augment.batch_plan import FILLS
from lenet.augment.compose import MODES
from lenet.augment.from_flags import augmentation_of
from lenet.augment.transforms import FLIPS, TRANSFORMS
from lenet.compile.backends import BACKENDS
from lenet.compile.threads import MAX_THREADS, default_threads
from lenet.data.range_rule import rule_of
from lenet.data.registry import SHORT_LIST
from lenet.limits import MAX_COUNT
from lenet.seeds import DEFAULT_SEED
from lenet.training.flag_fields import (
    AUGMENTATION,
    address,
    amount,
    flag,
    flags_of,
    integer,
    natural,
    number,
    port,
    positive_int,
    texts,
)
from lenet.training.image_options import ImageOptions, dataset_option
from lenet.training.settings import IMAGES, LEARNING, Settings

RESULTS, COMPUTATION, DEVICES = "presets and results", "computation", "several devices"
# Written out here, so that no flag waits for a file; a test compares them with recipes.toml.
RECIPES = ("best", "folder", "table", "logistic", "mlp", "lenet5-1998")


@dataclass(frozen=True)
class RunOptions(ImageOptions, Settings):
    """All that `lenet-train` is told, flag by flag.

    Attributes are its flags, each explained beside it, those of `Settings` and `ImageOptions` among them. `augmentation` is made
    of the flags of the transforms, if there are any; `typed` is the program and the arguments that it was
    given, for the run's page.

    Raises
    ------
    ValueError
        If two of them do not go together, or a transform cannot be.
    """

    dataset: str = flag(
        "cifar10",
        f"images to learn, by name: {SHORT_LIST}; or a file .npz, .h5 or .csv of images and labels; folder is one's "
        "own, in --image_dir (default: folder with --image_dir, else %(default)s)",
        type=dataset_option,
        metavar="NAME|FILE",
    )
    num_examples: int | None = flag(
        None,
        "train on the first N training images only (default: all)",
        IMAGES,
        type=positive_int,
        metavar="N",
    )
    val_examples: int | None = flag(
        None,
        "take the last N of the images that are not for testing for validation (default: what "
        "the data set says)",
        IMAGES,
        type=positive_int,
        metavar="N",
    )
    data_dir: Path | None = flag(
        None,
        "folder that has, or gets, the data sets (default: the environment variable "
        "LENET_DATA_DIR, else data/ of the checkout, else the user's cache folder)",
        IMAGES,
        type=Path,
        metavar="DIR",
    )
    folds: int | None = flag(
        None,
        "cross-validate: train K times, each time with another K-th of all images for "
        "testing, into --out_dir/fold-1 and so on",
        IMAGES,
        type=number(
            int,
            "an integer of at least 2, below 2**63",
            lambda value: 2 <= value <= MAX_COUNT,
        ),
        metavar="K",
    )
    fold: int | None = flag(
        None,
        "train on the N-th of --folds alone",
        IMAGES,
        type=positive_int,
        metavar="N",
    )
    rotate: Sequence[str] | None = texts(
        "-15 to 15",
        "DEGREES",
        "turn images counter-clockwise by fixed angles, such as 90 -90 45, or by any of a range, such "
        "as -30 to 30",
    )
    flip: str | None = flag(
        None,
        "mirror images: h from left to right, v from top to bottom, or both. Letters and digits "
        "become other symbols or none, yet keep their class: it is left to you (alone: h)",
        AUGMENTATION,
        nargs="?",
        choices=FLIPS,
        const="h",
    )
    noise: float | None = amount(
        0.1,
        "DEVIATION",
        "add Gaussian noise of this standard deviation, as a share of the range from black to white",
    )
    shift: float | None = amount(
        0.1, "LENGTH", "move images by up to this length in each direction"
    )
    scale: Sequence[str] | None = texts(
        "0.9 to 1.1", "FACTOR", "enlarge images by fixed factors, or by any of a range"
    )
    crop: float | None = amount(
        0.875,
        "LENGTH",
        "cut a window of this side anywhere out of images, and enlarge it to their size",
    )
    brightness: Sequence[str] | None = texts(
        "0.7 to 1.3", "FACTOR", "multiply pixels by fixed factors, or by any of a range"
    )
    elastic: Sequence[str] | None = texts(
        "34 4",
        "PIXELS",
        "bend images as if drawn on rubber, which makes new handwriting of old: strength and "
        "smoothness (alpha and sigma of Simard, Steinkraus and Platt 2003)",
    )
    cutout: float | None = amount(
        0.5,
        "LENGTH",
        "cut a square of this side out of images at a random place, and fill it with the median of their border",
    )
    augment: str = flag(
        "each",
        "each: an epoch has every image as itself and once for each angle, flip, factor, range "
        "or other flag, all shuffled. random: it has every image once, transformed by all the flags "
        "together, by numbers drawn anew; fixed angles and factors and flips are left out at times "
        "(default: %(default)s)",
        AUGMENTATION,
        choices=MODES,
    )
    fill: str = flag(
        "edge",
        "what is seen where a transformed image has no pixels: those of its edge for ever, or "
        "the median of its border (default: %(default)s)",
        AUGMENTATION,
        choices=FILLS,
    )
    config: Path | None = flag(
        None,
        "a TOML file with any of these flags (nepochs = 20), or the config.json of a run, which "
        "repeats it; flags of the command line win",
        RESULTS,
        type=Path,
        metavar="FILE",
    )
    recipe: str | None = flag(
        None,
        f"flags that we have tuned: {', '.join(RECIPES)}; best is our best for the documented network "
        "and for one's own images, folder what these have without a preset; flags of the command line win",
        RESULTS,
        metavar="NAME",
    )
    resume: Path | None = flag(
        None,
        "go on with a run that was interrupted, given its folder, to the very same weights as if it "
        "had not been; its flags are those of the run, but for what is given beside this",
        RESULTS,
        type=Path,
        metavar="RUN",
    )
    out_dir: Path | None = flag(
        None,
        "new folder for the files of the run (default: runs/<time>-<dataset> below the current folder)",
        RESULTS,
        type=Path,
        metavar="DIR",
    )
    model_save_path: Path | None = flag(
        None,
        "where the best model goes (default: model.h5 in --out_dir)",
        RESULTS,
        type=Path,
        metavar="FILE",
    )
    find_lr: bool = flag(
        False,
        "train nothing: sweep the learning rate from small to large in some seconds, draw the cost "
        "over it into find_lr.png of --out_dir, and propose one for these flags and images",
        LEARNING,
    )
    tensorboard: bool = flag(
        False,
        "write what metrics.csv has into a file for TensorBoard, too (default: off)",
        RESULTS,
    )
    dashboard: int | None = flag(
        None,
        "serve a page of the run while it trains, for a browser on this machine alone: curves, answers, filters, time "
        "left. Its address, with a secret in it, is printed, even with --quiet; PORT is one of the system's choice unless it "
        "is given (default: no page)",
        RESULTS,
        nargs="?",
        type=port,
        const=0,
        metavar="PORT",
    )
    show: bool = flag(
        False,
        "keep the weights of up to 12 epochs, and at the end write the page of lenet show, with some of the images, on which "
        "one moves through the epochs (default: off)",
        RESULTS,
    )
    seed: int = flag(
        DEFAULT_SEED,
        "decides the first weights, the order of the images and their crops: the same "
        "command gives the same model (default: %(default)s)",
        COMPUTATION,
        type=natural,
        metavar="N",
    )
    backend: str = flag(
        "c",
        "what PyTensor compiles to: the C++ kernels of this package, JAX or Numba "
        "(default: %(default)s)",
        COMPUTATION,
        choices=BACKENDS,
    )
    threads: int = flag(
        None,
        "threads of the C++ kernels; the result does not depend on it (default: "
        "OMP_NUM_THREADS, else all CPUs)",
        COMPUTATION,
        type=integer(1, MAX_THREADS),
        metavar="N",
    )
    devices: int = flag(
        1,
        "devices of each host that share every batch, with --backend jax: GPUs or, without "
        "them, as many parts of the CPU (default: %(default)s)",
        DEVICES,
        type=positive_int,
        metavar="N",
    )
    coordinator: str | None = flag(
        None,
        "train on several hosts, which all run the same command: an address of host 0, and a "
        "port that is free there; not needed in a job of SLURM or Open MPI",
        DEVICES,
        type=address,
        metavar="HOST:PORT",
    )
    num_hosts: int | None = flag(
        None, "number of hosts, with --coordinator", DEVICES, type=positive_int, metavar="N"
    )
    host_index: int | None = flag(
        None,
        "which of the hosts this is, from 0, with --coordinator; host 0 writes the files",
        DEVICES,
        type=natural,
        metavar="K",
    )
    typed: Sequence[str] = field(default=(), compare=False)

    def __post_init__(self) -> None:
        """Make the augmentation and refuse options that do not go together."""
        values = {kind.name: getattr(self, kind.name) for kind in TRANSFORMS}
        if any(value is not None for value in values.values()):
            augmentation = augmentation_of(values, self.augment, self.fill)
            object.__setattr__(self, "augmentation", augmentation)
        object.__setattr__(self, "threads", self.threads or default_threads())
        rule_of(self.range, self.bits)
        super().__post_init__()
        if self.find_lr:
            self.check_find_lr()

    def check_find_lr(self) -> None:
        """Refuse what does not go with a search for a learning rate."""
        others = {
            name: getattr(self, name) for name in ("resume", "model_save_path", "coordinator")
        }
        others["tensorboard"] = self.tensorboard or None
        others["dashboard"] = self.dashboard
        others["show"] = self.show or None
        others["folds"] = self.folds if self.fold is None else None
        for name, value in others.items():
            if value is not None:
                raise ValueError(f"--find_lr does not go with --{name}: it trains no model to keep")

    @property
    def data_name(self) -> str:
        """Name of the data set."""
        return self.dataset

    @property
    def folder(self) -> Path:
        """Folder of the run's files; `out_dir`, which must have been chosen."""
        if self.out_dir is None:
            raise ValueError("a run without an out_dir")
        return self.out_dir

    def flags(self) -> dict[str, Any]:
        """Return the value of each flag by its name, as config.json has them."""
        return {name: getattr(self, name) for name in flags_of(type(self))}
