"""Networks that come with lenet, trained anew: `python -m benchmarks.trained [NAME ...]`.

Each is one command of `lenet-train` on MNIST. Its best model becomes a file of lenet/trained/, and the page beside it
says how it was made and how many of MNIST's test images it gets wrong, counted with the file as it is shipped.
Exits as `lenet-train` does if a training fails.
"""

import argparse
import hashlib
import shlex
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmarks.machine import describe_machine, train_command
from lenet.compile.backends import select_backend
from lenet.compile.threads import default_threads
from lenet.data.dataset import Dataset, joined_splits
from lenet.files import write_atomically
from lenet.input_pipeline import load_digits, load_mnist
from lenet.report.class_metrics import error_interval
from lenet.runs.names import MODEL
from lenet.runs.saved_model import SavedModel
from lenet.seeds import DEFAULT_SEED
from lenet.text import percent
from lenet.trained import NAMES, PLACE

# Above it a file would be felt in the package.
MAX_BYTES = 500_000


@dataclass(frozen=True)
class Recipe:
    """What a network is, in words, and the flags of `lenet-train` that make it."""

    title: str
    flags: str


FLAGS = "--dataset mnist --recipe {} --seed " + str(DEFAULT_SEED)
RECIPES = {
    "mnist": Recipe(
        "LeNet-5 in its modern form: ReLU, max pooling, batch normalisation", FLAGS.format("best")
    ),
    "mnist-1998": Recipe(
        "LeNet-5 with the layers, the codes and the update rule of LeCun, Bottou, Bengio and Haffner (1998), and first weights, "
        "schedule and penalty of ours",
        FLAGS.format("lenet5-1998"),
    ),
}
CARD = """\
# {name}

{title}, trained on handwritten digits.

| | |
| --- | --- |
| file | `{name}.h5`, {bytes:,} bytes |
| SHA-256 | `{digest}` |
| input | one digit, light on dark, 28 x 28 pixels, one channel; `lenet predict` makes it of any picture |
| answer | a probability for each of the digits 0 to 9 |
| parameters | {parameters}, as float32 |
| trained on | MNIST: {train:,} images, and {valid:,} that chose the best epoch ({epoch}) |
| command | `lenet-train {flags}` |
| seed | {seed} |
| test images | {test:,}, MNIST's own, none of them seen in training |
| wrong | {wrong} |
| test error | {error} %, with the 95 % interval (Wilson) {low} to {high} % |
| another source | {elsewhere_wrong} of the {elsewhere:,} digits of scikit-learn, which were scaled up from 8 x 8 pixels: {elsewhere_error} %, {elsewhere_low} to {elsewhere_high} % |
| made by | `python -m benchmarks.trained`: {machine} |

## What it is for

A first look at `lenet predict`, `evaluate`, `export` and `graph`, the check of an installation, and a start for other networks of
digits (`lenet-train --init_from {name}`).

## What it is not for

It was shown clean, separate digits that a few hundred people in the United States wrote about 1990, and nothing else. Whatever it is shown, it
answers with a digit: a letter, a smudge or a photograph too. Its probabilities have not been calibrated, and on other
writers, pens and scanners it is wrong more often than the test error says (another source, above). It is not to decide on
anything that matters without somebody who checks: no cheques, addresses, examinations or medical forms.

## Rights

The weights have the licence of the project (MIT). MNIST is by Yann LeCun, Corinna Cortes and Christopher Burges, who made it from NIST's
Special Databases 1 and 3 (<http://yann.lecun.com/exdb/mnist/>). Its licence is given, by Keras among others, as Creative Commons
Attribution-Share Alike 3.0 (<https://creativecommons.org/licenses/by-sa/3.0/>). None of its images are in the file.
"""


def main(argv: list[str] | None = None) -> int:
    arguments = parse_arguments(argv)
    options = [
        f"--{name}={value}"
        for name, value in (("data_dir", arguments.data_dir), ("threads", arguments.threads))
        if value is not None
    ]
    for name in arguments.names or NAMES:
        if not arguments.measure:
            train(name, options, arguments.out)
        card = card_of(name, arguments.out, load_mnist(arguments.data_dir))
        write_atomically(arguments.out / f"{name}.md", card.encode())
        print(card, flush=True)
    return 0


def parse_arguments(argv: list[str] | None) -> argparse.Namespace:
    """Return the arguments."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "names", nargs="*", metavar="NAME", help=f"{' or '.join(NAMES)} (default: both)"
    )
    parser.add_argument("--measure", action="store_true", help="write the pages only")
    parser.add_argument("--data_dir", metavar="DIR", help="see lenet-train")
    parser.add_argument("--threads", metavar="N", help="see lenet-train")
    parser.add_argument(
        "--out",
        type=Path,
        default=PLACE,
        metavar="DIR",
        help="for the files (default: the package)",
    )
    arguments = parser.parse_args(argv)
    unknown = sorted(set(arguments.names) - set(NAMES))
    if unknown:
        parser.error(f"no network {unknown[0]!r}; expected some of {', '.join(NAMES)}")
    return arguments


def train(name: str, options: list[str], place: Path) -> None:
    """Train a network and put its file in its place.

    Raises
    ------
    SystemExit
        With the status of a training that failed, or if the file is too large.
    """
    with tempfile.TemporaryDirectory() as folder:
        out_dir = Path(folder, "run")
        flags = [*shlex.split(RECIPES[name].flags), *options, f"--out_dir={out_dir}"]
        status = train_command(flags, stdout=sys.stderr).wait()
        if status:
            raise SystemExit(status)
        content = (out_dir / MODEL).read_bytes()
    if len(content) > MAX_BYTES:
        raise SystemExit(f"{name}: {len(content):,} bytes, expected at most {MAX_BYTES:,}")
    write_atomically(place / f"{name}.h5", content)


def card_of(name: str, place: Path, dataset: Dataset) -> str:
    """Return the page of a network in its file, with what it gets wrong of the test images."""
    backend = select_backend("c", default_threads())
    path = place / f"{name}.h5"
    model = SavedModel.load(path, backend.mode)
    content = path.read_bytes()
    digits = load_digits()
    everything = joined_splits(digits.train, digits.valid, digits.test)
    wrong, elsewhere_wrong = (
        int(np.sum(model.probabilities(split.images).argmax(axis=1) != split.labels))
        for split in (dataset.test, everything)
    )
    counts = {
        "": (wrong, len(dataset.test.labels)),
        "elsewhere_": (elsewhere_wrong, len(everything.labels)),
    }
    measured = {}
    for prefix, (errors, images) in counts.items():
        low, high = error_interval(errors, images)
        measured |= {
            f"{prefix}error": percent(errors / images),
            f"{prefix}low": percent(low),
            f"{prefix}high": percent(high),
        }
    recipe = RECIPES[name]
    return CARD.format(
        name=name,
        title=recipe.title,
        bytes=len(content),
        digest=hashlib.sha256(content).hexdigest(),
        parameters=model.network.model.layer_rows[-1][-1],
        train=len(dataset.train.labels),
        valid=len(dataset.valid.labels),
        epoch=f"the {model.epoch}th",
        flags=recipe.flags,
        seed=DEFAULT_SEED,
        test=len(dataset.test.labels),
        wrong=wrong,
        elsewhere=len(everything.labels),
        elsewhere_wrong=elsewhere_wrong,
        machine=describe_machine(),
        **measured,
    )


if __name__ == "__main__":
    sys.exit(main())
