"""What refinements gain over a plain training: `python -m benchmarks.better`.

Trains each variant below with each seed on MNIST, on CIFAR-10 and, where `--image_dir` names folders, on one's own
photographs, for as many epochs as `DATASETS` says; `tta` is the plain network with test-time augmentation. Further
flags go to all trainings, such as `--nepochs 1` or `--recipe best`. Prints a table of the test errors of the best
epochs: mean and range over the seeds, and the gain over the plain training in percentage points.

Results are written one by one into better.csv of `--out_dir`, beside the folders of the runs. The same command goes on
where it was interrupted, in the middle of a training, too; so it can be run in pieces.
"""

import argparse
import csv
import json
import shlex
import statistics
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from benchmarks.machine import describe_machine, train_command
from benchmarks.timing import show_progress, table
from lenet.files import write_atomically
from lenet.runs.names import CONFIG
from lenet.runs.reader import Run
from lenet.text import csv_lines

SEEDS = (1, 2, 3)
DATASETS = {
    "mnist": "--dataset mnist --nepochs 20",
    "cifar10": "--dataset cifar10 --nepochs 50",
    "folder": "--dataset folder --nepochs 60",
}
PLAIN, TTA = "plain", "tta"
VARIANTS = {
    PLAIN: "",
    TTA: "",
    "ema": "--average ema",
    "lookahead": "--average lookahead",
    "mixup": "--mixup",
    "cutout": "--cutout",
    "clip_norm": "--clip_norm 1",
}
COLUMNS = ("dataset", "variant", "seed", "test_error", "command")
HEADER = ("data", "variant", "mean %", "range %", "gain", "flags")

Key = tuple[str, str, int]


def main(argv: Sequence[str] | None = None) -> int:
    arguments, flags = parse_arguments(argv)
    arguments.out_dir.mkdir(parents=True, exist_ok=True)
    results = arguments.out_dir / "better.csv"
    known = read(results)
    jobs = [
        (dataset, variant, seed)
        for seed in arguments.seeds
        for dataset in arguments.datasets
        for variant in arguments.variants
    ]
    commands = {job: command(job, arguments, flags) for job in jobs}
    refuse_other_flags(known, commands, results)
    for number, job in enumerate(jobs):
        show_progress(f"{number} of {len(jobs)}: {' '.join(map(str, job))}")
        if job not in known:
            known[job] = measured(job, commands[job], arguments), text_of(commands[job])
            write(results, known)
    show_progress("")
    print(f"{describe_machine()}\n")
    print(table(HEADER, rows(known, jobs)))
    return 0


def parse_arguments(argv: Sequence[str] | None) -> tuple[argparse.Namespace, list[str]]:
    """Return the arguments, and the flags of all trainings."""
    parser = argparse.ArgumentParser(
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("--datasets", nargs="+", choices=DATASETS, metavar="NAME")
    parser.add_argument("--variants", nargs="+", choices=VARIANTS, default=list(VARIANTS))
    parser.add_argument("--seeds", nargs="+", type=int, default=list(SEEDS), metavar="N")
    parser.add_argument("--image_dir", nargs="+", default=[], metavar="DIR", help="see lenet-train")
    parser.add_argument("--data_dir", metavar="DIR", help="see lenet-train")
    parser.add_argument(
        "--out_dir",
        type=Path,
        default=Path("build", "better"),
        metavar="DIR",
        help="where results and runs are (default: %(default)s)",
    )
    arguments, flags = parser.parse_known_args(argv)
    if arguments.datasets is None:
        arguments.datasets = [n for n in DATASETS if n != "folder" or arguments.image_dir]
    if "folder" in arguments.datasets and not arguments.image_dir:
        parser.error("--datasets folder needs --image_dir")
    return arguments, flags


def command(job: Key, arguments: argparse.Namespace, flags: Sequence[str]) -> list[str]:
    """Return the flags of a training, all but its folder; those that come last win."""
    dataset, variant, seed = job
    words = DATASETS[dataset].split()
    if dataset == "folder":
        words += ["--image_dir", *arguments.image_dir]
    if arguments.data_dir:
        words.append(f"--data_dir={arguments.data_dir}")
    words += VARIANTS[variant].split()
    if variant == "cutout" and dataset != "folder":
        # As many images an epoch as without it; those of a folder have other transforms anyway, drawn at random.
        words += ["--augment", "random"]
    return [*words, f"--seed={seed}", *flags]


def text_of(flags: Sequence[str]) -> str:
    """Return flags as a command."""
    return shlex.join(["lenet-train", *flags])


def measured(job: Key, flags: Sequence[str], arguments: argparse.Namespace) -> float:
    """Return the test error of a job in percent, once it has been trained or gone on with."""
    dataset, variant, seed = job
    run = arguments.out_dir.resolve() / f"{dataset}-{PLAIN if variant == TTA else variant}-{seed}"
    goes_on = (run / CONFIG).exists()
    process = train_command(
        ["--quiet", *([f"--resume={run}"] if goes_on else [*flags, f"--out_dir={run}"])]
    )
    if process.wait():
        sys.exit(process.returncode)
    if variant != TTA:
        return 100 * Run.load(run).test_error
    where = [f"--data_dir={arguments.data_dir}"] if arguments.data_dir else []
    evaluation = subprocess.run(
        [sys.executable, "-m", "lenet", "evaluate", str(run), "--tta", "--json", *where],
        check=False,
        stdout=subprocess.PIPE,
    )
    if evaluation.returncode:
        sys.exit(evaluation.returncode)
    return 100 * json.loads(evaluation.stdout)["error"]


def read(path: Path) -> dict[Key, tuple[float, str]]:
    """Return the results in a file, error and command of each job; none if there is no file."""
    if not path.exists():
        return {}
    with path.open(newline="") as file:
        return {
            (row["dataset"], row["variant"], int(row["seed"])): (
                float(row["test_error"]),
                row["command"],
            )
            for row in csv.DictReader(file)
        }


def write(path: Path, known: Mapping[Key, tuple[float, str]]) -> None:
    """Write the results into a file."""
    lines = [[*key, f"{error:.4f}", flags] for key, (error, flags) in known.items()]
    write_atomically(path, csv_lines([COLUMNS, *lines]).encode())


def refuse_other_flags(
    known: Mapping[Key, tuple[float, str]], commands: Mapping[Key, Sequence[str]], path: Path
) -> None:
    """End the program if results were made with other flags."""
    for job, flags in commands.items():
        if job in known and known[job][1] != text_of(flags):
            sys.exit(
                f"{path}: {' '.join(map(str, job))} is of {known[job][1]}, not of {text_of(flags)}; choose another "
                "--out_dir"
            )


def rows(known: Mapping[Key, tuple[float, str]], jobs: Sequence[Key]) -> list[list[str]]:
    """Return the cells below `HEADER`, a row for each data set and variant of the jobs."""
    errors: dict[tuple[str, str], dict[int, float]] = {}
    for dataset, variant, seed in jobs:
        errors.setdefault((dataset, variant), {})[seed] = known[dataset, variant, seed][0]
    cells = []
    for (dataset, variant), of_seeds in errors.items():
        found, plain = list(of_seeds.values()), errors.get((dataset, PLAIN))
        gain = ""
        if plain is not None and variant != PLAIN:
            gain = f"{statistics.mean(plain.values()) - statistics.mean(found):+.2f}"
        shown = "`lenet evaluate --tta`" if variant == TTA else f"`{VARIANTS[variant]}`"
        spread = f"{min(found):.2f} to {max(found):.2f}"
        cells.append(
            [
                dataset,
                variant,
                f"{statistics.mean(found):.2f}",
                spread,
                gain,
                shown if variant != PLAIN else "",
            ]
        )
    return cells


if __name__ == "__main__":
    sys.exit(main())
