"""Text files of runs: config.json, metrics.csv, files of flags and of courses."""

import csv
import json
import math
import random
from pathlib import Path

from tests.fuzz_files.children import Places
from tests.fuzz_files.kinds.base import Kind, harm_file, require
from tests.fuzz_files.mutations import NUMBERS, TEXTS, damaged, odd_value

METRICS = (
    "epoch,cost,training_error,validation_cost,validation_error,test_error,learning_rate,momentum,"
    "seconds,images_per_second\n"
    "1,2.3026,0.5,1.5,0.4,0.41,0.1,0.9,1.5,100.0\n"
    "2,1.3026,0.4,1.25,0.3,0.31,0.05,0.9,1.25,110.0\n"
    "3,1.2026,0.3,1.35,0.35,,0.025,0.9,1.25,110.0\n"
)
PREDICTIONS = """\
part,image,file,page,digest,class,predicted,probability,probability of a,probability of b
test,0,/photos/a/1.png,,x00aa,a,a,0.9,0.9,0.1
test,1,/photos/b/1.tif,2,x00bb,b,a,0.7,0.7,0.3
test,2,,,x00cc,b,b,0.8,0.2,0.8
"""
FLAGS_FILE = """\
nepochs = 20
lr = 0.05
dataset = "digits"
model = "mlp"
hidden = [100, 50]
data_augm = true
update = "adam"
update_options = {beta1 = 0.9, epsilon = 1e-7}
recipe = "best"
"""
COURSE_FILE = """\
nepochs = 20
dataset = "digits"
[runs.small]
model = "mlp"
hidden = [100]
[runs.large]
model = "lenet"
lwidth = [6, 16, 120, 84]
"""


def harm_text(rng: random.Random, path: Path, story: list[str]) -> None:
    """Damage a text file, or put something else in its place."""
    text = path.read_bytes()
    harm_file(rng, path, story, lambda: damaged(rng, text, text, story))


class Compare(Kind):
    """The files of a run that is compared with another: config.json, metrics.csv and predictions.csv."""

    name = "run"
    leaves = ("table.csv", "table.json", "page.html")

    def prepare(self, shared: Path) -> None:
        """Import the reader, and make the flags of a run."""
        from lenet.commands import compare
        from lenet.commands.flags import run_flags
        from lenet.commands.train_flags import make_parser
        from lenet.report import curves, html  # noqa: F401

        parsed = vars(make_parser().parse_args(["--dataset", "digits", "--model", "mlp"]))
        flags = {name: value for name, value in parsed.items() if name in run_flags()}
        self.flags = json.loads(json.dumps(flags, default=str))
        self.compare = compare

    def intact(self, folder: Path) -> None:
        """Write two runs, and a file that says that their curves are drawn."""
        (folder / "draw").touch()
        for name in ("one", "two"):
            (folder / name).mkdir()
            (folder / name / "metrics.csv").write_text(METRICS)
            (folder / name / "predictions.csv").write_text(PREDICTIONS)
            config = {"flags": {**self.flags, "lr": len(name)}, "versions": {"lenet": "0.2.0"}}
            (folder / name / "config.json").write_text(json.dumps(config, indent=2))

    def harm(self, rng: random.Random, folder: Path, story: list[str]) -> None:
        """Damage a file of one of them, or say odd things in it."""
        path = folder / "one" / rng.choice(("config.json", "metrics.csv", "predictions.csv"))
        if rng.randrange(10):
            (folder / "draw").unlink()
        if rng.randrange(2) or path.name == "predictions.csv":
            story.append(path.name)
            harm_text(rng, path, story)
        elif path.name == "config.json":
            self.harm_config(rng, path, story)
        else:
            self.harm_metrics(rng, path, story)

    @staticmethod
    def harm_config(rng: random.Random, path: Path, story: list[str]) -> None:
        """Give flags odd values, or names."""
        config = json.loads(path.read_text())
        for _ in range(rng.choice((1, 1, 3))):
            flags = config[rng.choice(("flags", "flags", "flags", "versions"))]
            name, value = rng.choice((*flags, *flags, *flags, *TEXTS)), odd_value(rng)
            flags[name] = value
            story.append(f"{name[:20]!r} = {str(value)[:40]!r}")
        if not rng.randrange(10):
            config = rng.choice(
                (config["flags"], [config], {"flags": []}, "x", None, odd_value(rng))
            )
        path.write_text(json.dumps(config), errors="surrogatepass")

    @staticmethod
    def harm_metrics(rng: random.Random, path: Path, story: list[str]) -> None:
        """Put odd numbers, columns or rows into a table."""
        rows = [line.split(",") for line in path.read_text().splitlines()]
        for _ in range(rng.choice((1, 1, 3))):
            row, column = rng.randrange(len(rows)), rng.randrange(len(rows[0]))
            odd = rng.choice((*NUMBERS, *NUMBERS, *TEXTS))
            match rng.randrange(4):
                case 0:
                    for each in rows:
                        del each[column:][:1]
                    story.append(f"column {column} taken out")
                case 1:
                    for each in rows:
                        each.append(odd)
                    story.append("a column more")
                case _ if column < len(rows[row]):
                    rows[row][column] = odd
                    story.append(f"{odd[:20]!r} in line {row + 1}, column {column + 1}")
        text = "".join(",".join(row) + "\n" for row in rows)
        path.write_text(text, errors="surrogatepass")

    def read(self, where: Places) -> int:
        """Compare them in all ways that there are; curves take long and are drawn by some."""
        folders = [where.inputs / name for name in ("one", "two")]
        ways = [[], ["--csv"], ["--json", "--csv", "table.csv"]]
        if (where.inputs / "draw").exists():
            ways.append(["--html", "page.html"])
        for flags in ways:
            status = self.compare.main([*map(str, folders), *flags])
            if status:
                return status
        page = Path("page.html")
        require(not page.exists() or "<script>alert" not in page.read_text(), "a foreign script")
        rows = list(csv.reader(Path("table.csv").read_text().splitlines()))
        for cell in (cell for row in rows for cell in row):
            require(not cell.startswith(("=", "@", "+")), f"a formula in a cell: {cell[:20]!r}")
        return 0


class Config(Compare):
    """The config.json of a run that is to go on."""

    name, is_heavy, leaves = "config", True, ()

    def prepare(self, shared: Path) -> None:
        """Import the reader."""
        from lenet.commands.train_flags import parse_options

        super().prepare(shared)
        self.parse_options = parse_options

    def harm(self, rng: random.Random, folder: Path, story: list[str]) -> None:
        """Damage the file, or say odd things in it."""
        path = folder / "one" / "config.json"
        (harm_text if rng.randrange(3) == 0 else self.harm_config)(rng, path, story)

    def arguments(self, where: Places) -> list[str]:
        """Return the command line that names the file."""
        return ["--resume", str(where.inputs / "one")]

    def read(self, where: Places) -> int:
        """Find out what is to be trained."""
        from lenet.terminal import run_command

        def parsed() -> int:
            settings = self.parse_options(self.arguments(where))
            numbers = (settings.lr, settings.mom, settings.l2_pen)
            require(all(map(math.isfinite, numbers)), f"numbers that are none: {numbers}")
            return 0

        return run_command("lenet-train", parsed)


class Flags(Config):
    """A file of flags, TOML or JSON."""

    name = "flags"

    def intact(self, folder: Path) -> None:
        """Write one."""
        (folder / "flags.toml").write_text(FLAGS_FILE)

    def harm(self, rng: random.Random, folder: Path, story: list[str]) -> None:
        """Damage it, or write one with odd values."""
        path = folder / "flags.toml"
        if rng.randrange(2):
            harm_text(rng, path, story)
            return
        flags = {"dataset": "digits", "nepochs": 2}
        for _ in range(rng.choice((1, 2, 4))):
            flags[rng.choice((*self.flags, *self.flags, *TEXTS))] = odd_value(rng)
        story.append(str(flags)[:100])
        path.unlink()
        path.with_suffix(".json").write_text(json.dumps(flags), errors="surrogatepass")

    def arguments(self, where: Places) -> list[str]:
        """Return the command line that names the file."""
        path = where.inputs / "flags.json"
        return ["--config", str(path if path.exists() else path.with_suffix(".toml"))]


class Course(Config):
    """The runs of a course, TOML."""

    name = "course"

    def prepare(self, shared: Path) -> None:
        """Import the reader."""
        from lenet.commands import course_runs

        super().prepare(shared)
        self.course_runs = course_runs

    def intact(self, folder: Path) -> None:
        """Write a file of two runs."""
        (folder / "course.toml").write_text(COURSE_FILE)

    def harm(self, rng: random.Random, folder: Path, story: list[str]) -> None:
        """Damage it, or give its runs odd names and flags."""
        path = folder / "course.toml"
        if rng.randrange(2):
            harm_text(rng, path, story)
            return
        name, flag = rng.choice(TEXTS), rng.choice((*self.flags, *TEXTS))
        value = odd_value(rng, 1)
        lines = f"[runs.{json.dumps(name)}]\n{json.dumps(flag)} = {json.dumps(value)}\n"
        story.append(ascii(lines)[:100])
        path.write_text(COURSE_FILE + lines, errors="surrogatepass")

    def read(self, where: Places) -> int:
        """Plan the runs."""
        from lenet.terminal import run_command

        def planned() -> int:
            runs = self.course_runs.planned_runs(where.inputs / "course.toml", [], Path("course"))
            for run in runs:
                require(
                    run.folder.resolve().parent == Path("course").resolve(),
                    f"a run in {run.folder}",
                )
            return 0

        return run_command("lenet-course", planned)


KINDS = (Compare, Config, Flags, Course)
