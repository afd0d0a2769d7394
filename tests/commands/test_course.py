"""Several networks on the same images, trained and compared by one command."""

import csv
import re
import shlex
import shutil
import sys
from dataclasses import replace
from html import unescape
from pathlib import Path
from urllib.parse import unquote

import matplotlib.image
import numpy as np
import pytest

from lenet.commands import course
from lenet.commands.course import COURSE, own_parser
from lenet.commands.course_runs import planned_runs, read_runs
from lenet.commands.presets import lines_of
from lenet.experiments import one_run
from lenet.layers import Sequential
from lenet.runs.names import REPORT
from lenet.runs.reader import Run
from lenet.terminal import FAILED, INTERRUPTED
from lenet.training import loop
from lenet.training.build import layers_of
from tests.image_folders import FLAGS, write_folder
from tests.model_files import edited
from tests.quick_runs import plain_backend

RUNS = """
channels = 1
stretch = true
batch_size = 4
nepochs = 2

[runs.lines]
model = "logistic"

[runs."more images"]
model = "logistic"
flip = "h"

[runs.units]
model = "mlp"
hidden = [2]

[runs.normalised]
model = "mlp"
hidden = [2]
batch_norm = true
"""
NAMES = ["lines", "more images", "units", "normalised"]
ONE_RUN = '[runs.lines]\nmodel = "logistic"\n'


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """Return a folder with pictures, a list of runs, and what comes of both."""
    place = tmp_path_factory.mktemp("course")
    write_folder(place / "pictures")
    (place / "runs.toml").write_text(RUNS)
    with plain_backend() as patch:
        patch.chdir(place)
        assert course.main(command("done")) == 0
    return place


@pytest.fixture
def here(place, monkeypatch):
    """Be in that folder."""
    monkeypatch.chdir(place)
    with plain_backend():
        yield place


def command(out_dir, *more, config="runs.toml"):
    return [
        *FLAGS,
        *("--image_dir", "pictures", "--threads", "1"),
        *("--out_dir", str(out_dir), "--config", str(config), *more),
    ]


def plan(folder, text, *flags):
    """Return the runs of a file of that text."""
    config = folder / "file.toml"
    config.write_text(text)
    return planned_runs(config, ["--image_dir=pictures", *flags], folder / "out")


def table_of(text):
    """Return the words of each row of the last table in a text, by its first."""
    lines = text.splitlines()
    start = max(k for k, line in enumerate(lines) if line.startswith("run  "))
    width = max(map(len, NAMES))
    rows = (line for line in lines[start + 1 :] if line[: width + 1].strip() in NAMES)
    return {line[:width].strip(): line[width:].split() for line in rows}


def test_each_run_is_as_if_trained_alone(here):
    from lenet import train

    flags = ["--model", "mlp", "--hidden", "2", "--batch_norm", "--nepochs", "2", "--channels", "1"]
    flags += ["--stretch", "--batch_size", "4", "--image_dir", "pictures", "--threads", "1"]
    assert train.main([*FLAGS, *flags, "--out_dir", "alone"]) == 0
    alone, of_course = (Run.load(here / folder) for folder in ("alone", "done/normalised"))
    for name in ("cost", "training_error", "validation_error"):
        assert alone.metrics[name].tolist() == of_course.metrics[name].tolist()


def test_the_table_has_what_the_runs_have_reached(here, capsys):
    assert course.main(command("done")) == 0
    rows = table_of(capsys.readouterr().out)
    assert list(rows) == NAMES
    runs = {name: Run.load(here / "done" / name) for name in NAMES}
    before = None
    for name, run in runs.items():
        best = run.metrics["validation_error"].argmin()
        loop, validation, test = (
            100 * run.metrics[f"{part}_error"][best] for part in ("training", "validation", "test")
        )
        expected = [f"{loop:.2f}", f"{validation:.2f}"]
        expected += [] if before is None else [f"{validation - before:+.2f}"]
        expected += [f"{test:.2f}"]
        assert rows[name][: len(expected)] == expected
        before = validation
    with (here / "done" / "course.csv").open(newline="") as file:
        of_file = {row["run"]: row for row in csv.DictReader(file)}
    pixels, classes = 8 * 8, 3
    assert {name: int(row["parameters"]) for name, row in of_file.items()} == {
        "lines": (pixels + 1) * classes,
        "more images": (pixels + 1) * classes,
        "units": (pixels + 1) * 2 + 3 * classes,
        "normalised": pixels * 2 + 4 + 3 * classes,
    }
    assert float(of_file["units"]["test_error"]) == runs["units"].test_error
    assert float(of_file["units"]["test_accuracy"]) == 1 - runs["units"].test_error


def test_curves_and_page_are_written(here):
    folder = here / "done"
    assert matplotlib.image.imread(folder / "course.png").std() > 0.01
    page = (folder / "course.html").read_text()
    for part in (*NAMES, "flip", "batch_norm", "data:image/png;base64,"):
        assert part in page
    assert "l2_pen" not in page
    assert "4 networks on pictures" in page
    assert "accuracy" not in page
    targets = re.findall('href="([^"]*)"', page)
    assert targets == [f"{name.replace(' ', '%20')}/report.html" for name in NAMES]
    assert all((folder / unquote(target)).is_file() for target in targets)


def test_the_pages_of_runs_say_what_was_typed(here):
    for name in NAMES:
        page = (here / "done" / name / REPORT).read_text()
        typed = re.sub("<[^>]*>", "", page[page.index("<pre>") : page.index("</pre>")])
        assert shlex.split(unescape(typed)) == ["lenet-course", *command("done")]


def test_what_is_done_is_kept(here, capsys):
    before = {name: (here / "done" / name / REPORT).stat().st_mtime_ns for name in NAMES}
    assert course.main(command("done")) == 0
    assert capsys.readouterr().out.count("done already") == len(NAMES)
    after = {name: (here / "done" / name / REPORT).stat().st_mtime_ns for name in NAMES}
    assert after == before


def test_an_interrupted_course_goes_on_to_the_same_results(here, monkeypatch, capsys):
    run_epochs = loop.run_epochs
    trained = []

    def interrupted(functions, dataset, settings, progress, *more):
        for result in run_epochs(functions, dataset, settings, progress, *more):
            trained.append(settings)
            yield result
            if len(trained) == 3:  # the first epoch of the second run
                raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(one_run, "run_epochs", interrupted)
        assert course.main(command("stopped")) == INTERRUPTED
    captured = capsys.readouterr()
    assert captured.err.endswith(
        "lenet-course: interrupted in run more images; the same command goes on\n"
    )
    assert list(table_of(captured.out)) == NAMES[:2]
    assert not (here / "stopped" / "units").exists()

    assert course.main(command("stopped")) == 0
    out = capsys.readouterr().out
    assert out.count("done already") == 1
    assert out.count("going on after epoch 1") == 1
    for name in NAMES:
        whole, gone_on = (Run.load(here / folder / name) for folder in ("done", "stopped"))
        assert gone_on.metrics["cost"].tolist() == whole.metrics["cost"].tolist()


def test_a_run_without_its_page_is_not_done(here, capsys):
    shutil.copytree(here / "done", here / "pageless")
    page = here / "pageless" / "lines" / REPORT
    page.unlink()
    assert course.main(command("pageless")) == 0
    assert page.exists()
    assert "all 2 epochs are done already" in capsys.readouterr().out


def test_a_run_that_fails_does_not_lose_the_others(here, capsys):
    text = RUNS.replace("flip = ", "lr = 3e38\nflip = ")
    (here / "failing.toml").write_text(text)
    assert course.main(command("failing", config="failing.toml")) == FAILED
    captured = capsys.readouterr()
    assert captured.err.splitlines()[-1] == "lenet-course: 1 of 4 runs have failed: more images"
    assert "diverged" in captured.err
    assert list(table_of(captured.out)) == ["lines", "units", "normalised"]


def test_a_run_that_cannot_be_written_does_not_lose_the_others(here, capsys):
    (here / "blocked" / "lines" / "images.csv").mkdir(parents=True)  # where a file should be
    assert course.main(command("blocked")) == FAILED
    captured = capsys.readouterr()
    assert "lenet-course: run lines: blocked/lines/images.csv: Is a directory\n" in captured.err
    assert list(table_of(captured.out)) == NAMES[1:]


def test_a_file_where_its_folder_should_be_is_refused_before_training(here, capsys):
    (here / "taken").write_text("")
    assert course.main(command("taken")) == FAILED
    captured = capsys.readouterr()
    assert captured.err == (
        "lenet-course: --out_dir taken: a file; expected a folder, or a name for one\n"
    )
    assert captured.out == ""


def test_what_was_done_with_other_images_is_not_compared(here, capsys):
    shutil.copytree(here / "done", here / "changed")
    with edited(here / "changed" / "units" / "last.h5") as file:
        file.attrs["images_digest"] = "that of others"
    assert course.main(command("changed")) == FAILED
    captured = capsys.readouterr()
    assert captured.err.startswith(
        "lenet-course: run units: changed/units/last.h5: the images of --image_dir have changed since; "
        "bring them back or start anew\n"
    )
    assert list(table_of(captured.out)) == ["lines", "more images", "normalised"]


def test_runs_with_other_flags_are_not_gone_on_with(here, capsys):
    assert course.main(command("done", "--seed", "5")) == FAILED
    assert capsys.readouterr().err == (
        "lenet-course: done/lines holds a run with --seed 23455, not 5: choose another --out_dir, or "
        "remove it\n"
    )
    assert Run.load(here / "done" / "lines").epochs == 2


def test_the_folder_of_a_run_is_not_one_for_a_course(here, capsys):
    assert course.main(command("done/lines")) == FAILED
    assert "done/lines already holds a run (model.h5)" in capsys.readouterr().err


def test_what_is_wrong_with_the_images_is_said_once(here, capsys):
    argv = ["--image_dir", "nowhere", "--config", "runs.toml", "--out_dir", "nothing"]
    assert course.main(argv) == FAILED
    captured = capsys.readouterr()
    assert captured.err.startswith("lenet-course: nowhere: No such file or directory")
    assert captured.err.count("\n") == 1
    assert captured.out == ""
    assert not (here / "nothing").exists()


def test_folders_may_be_named_without_their_flag(tmp_path, monkeypatch):
    planned = []
    monkeypatch.setattr(
        course, "train_runs", lambda config, flags, folder, typed: planned.append(flags) or 0
    )
    (tmp_path / "file.toml").write_text(ONE_RUN)
    last = f"--config={tmp_path / 'file.toml'} --out_dir={tmp_path / 'out'}".split()
    for argv in (
        ["one", "two", "--seed", "5"],
        ["--seed", "5", "one", "two"],
        ["one", "--seed=5", "--image_dir", "two"],
        ["--image_dir", "one", "two", "--seed", "5"],
        ["--seed=5", "--", "one", "two"],
    ):
        assert course.main([*argv, *last] if "--" not in argv else [*last, *argv]) == 0
        (run,) = planned_runs(tmp_path / "file.toml", planned.pop(), tmp_path / "out")
        assert run.options.image_dir == [Path("one"), Path("two")]
        assert (run.options.seed, run.options.dataset) == (5, "folder")
        assert run.options.folder == tmp_path / "out" / "lines"


def test_flags_of_the_command_line_win_and_those_of_a_run_over_those_of_all(tmp_path):
    text = 'nepochs = 7\nlr = 0.5\n[runs.a]\nmodel = "mlp"\n[runs.b]\nmodel = "mlp"\nlr = 0.25\n'
    one, other = plan(tmp_path, text, "--nepochs=3")
    assert [(run.options.nepochs, run.options.lr) for run in (one, other)] == [
        (3, 0.5),
        (3, 0.25),
    ]
    assert [run.folder for run in (one, other)] == [tmp_path / "out" / name for name in "ab"]


def test_a_run_may_begin_with_a_recipe(tmp_path):
    (run,) = plan(tmp_path, '[runs.a]\nrecipe = "mlp"\nlr = 0.25\n')
    assert (run.options.dropout, run.options.lr) == (0.3, 0.25)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("nepochs = 3\n", r'no runs; expected a table of flags for each, such as "\[runs.small\]"'),
        ("", "no runs"),
        ("[runs]\n", "no runs"),
        ("runs = 3\n", "no runs"),
        ("[runs]\nmlp = 3\n", "no runs"),
        (ONE_RUN * 2, r"twice .*expected a TOML file of runs"),
        ("[runs.a\n", "expected a TOML file of runs"),
        ("a = " + "[" * 5000, "expected a TOML file of runs"),
        ("[runs.a]\n[runs.A]\n", "toml, line 2: two runs called A, but for capitals"),
        ('[runs."a/b"]\n', "toml, line 1: a run called 'a/b', which cannot be that of its folder"),
        ('[runs."."]\n', "a run called '.', which"),
        ('[runs.""]\n', "a run called '', which"),
        ("[runs.'course.csv']\n", "a run called course.csv, as a file of the course is"),
        ('[runs."a\\n"]\n', r"a run called 'a\\n', which"),
        (f'{ONE_RUN}out_dir = "x"\n', "run lines, line 3: out_dir is not for the runs of a course"),
        (f"folds = 3\n{ONE_RUN}", "run lines, line 1: folds is not for the runs of a course"),
        (f"{ONE_RUN}hidden = [2]\n", "run lines: --hidden does not go with --model logistic"),
        (
            f"{ONE_RUN}lr = [[1]]\n",
            r"toml, run lines, line 3: lr = \[\[1\]\], expected a number or a text",
        ),
        (f'{ONE_RUN}recipe = "x"\n', "run lines: --recipe x: no such recipe; expected one of best"),
        (
            f"{ONE_RUN}[runs.b]\nimage_size = 9\n",
            "run b, line 4: not the --image_size of run lines",
        ),
        (f"{ONE_RUN}[runs.b]\nseed = 9\n", "run b, line 4: not the --seed of run lines"),
    ],
    ids=[
        *("flags alone", "empty", "empty table", "number", "numbers", "duplicate", "cut off"),
        "deep",
        *(
            "capitals",
            "path",
            "dot",
            "no name",
            "course file",
            "line",
            "out_dir",
            "folds",
            "other model",
        ),
        *("nested", "no recipe", "image_size", "seed"),
    ],
)
def test_a_file_that_is_no_list_of_runs_is_refused_in_one_line(text, message, tmp_path):
    from lenet.errors import CommandError

    with pytest.raises(CommandError, match=message) as error:
        plan(tmp_path, text)
    assert "\n" not in str(error.value)
    assert str(error.value).startswith(str(tmp_path / "file.toml"))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (f"{ONE_RUN}hiddn = [2]", "lines, line 3: no flag 'hiddn'; did you mean hidden?"),
        (f"hiddn = [2]\n{ONE_RUN}", "lines, line 1: no flag 'hiddn'; did you mean hidden?"),
        (
            f'lr = 1\n{ONE_RUN}[runs."a = b"]\nlr = 2\n[ runs . c ] # last\n"lr" = -1',
            "c, line 7: argument --lr: expected a positive number, got '-1'",
        ),
        (
            f"{ONE_RUN}[runs.'a b']\n[runs.'a b'.update_options]\nlr = 1\n[runs.'a b'.lr]\nx = 1",
            "a b, line 6: lr = {'x': 1}, expected a number or a text",
        ),
        (
            "lr = 1\n[runs]\na = { lr = -1 }",
            "a: argument --lr: expected a positive number, got '-1'",
        ),
    ],
    ids=["unknown", "of all", "of the third", "table", "inline"],
)
def test_a_wrong_flag_of_a_run_is_one_line_that_names_its_own(text, message, tmp_path, capsys):
    config = tmp_path / "file.toml"
    config.write_text(text)
    flags = ["--config", str(config), "--out_dir", str(tmp_path / "out"), "photos"]
    with pytest.raises(SystemExit):
        sys.exit(course.main(flags))
    said = capsys.readouterr().err.replace(": error: ", ": ").replace(" (see --help)\n", "\n")
    expected = f"lenet-course: {config}, run {message}\n"
    assert said == expected


def test_lines_are_of_the_table_that_is_asked_for(tmp_path):
    path = tmp_path / "any.toml"
    path.write_text('x = 1\n[[array]]\nx = 2\n[ a."b.c" ]\nx.y = 3\n[a]\nx = 4\n[broken\nz = 5\n')
    assert [lines_of(path, *table)("x") for table in ((), ("a", "b.c"), ("a",), ("b",))] == [
        *(", line 1", ", line 5", ", line 7", ""),
    ]


def test_a_file_that_is_not_there_is_one_line(tmp_path, capsys):
    path = tmp_path / "gone.toml"
    assert course.main(["--config", str(path)]) == FAILED
    expected = f"lenet-course: {path}: No such file or directory; expected a TOML file of runs\n"
    assert capsys.readouterr().err == expected


@pytest.mark.parametrize(
    ("flags", "said"),
    [
        ([], "expected --image_dir DIR, a folder with a sub-folder for each class"),
        (["--labels", "x.csv"], "expected --image_dir DIR, the folder that its paths begin at"),
    ],
)
def test_without_images_one_is_told_how_to_name_them(tmp_path, capsys, flags, said):
    assert course.main(["--out_dir", str(tmp_path / "out"), *flags]) == FAILED
    text = capsys.readouterr().err
    assert said in text
    assert text.count("\n") == 1


def test_a_wrong_flag_is_one_line(capsys):
    with pytest.raises(SystemExit) as error:
        course.main(["--nepoch", "3"])
    assert error.value.code == 2
    text = capsys.readouterr().err
    assert (
        text
        == "lenet-course: error: unrecognized arguments: --nepoch; did you mean --nepochs? (see --help)\n"
    )


def test_the_course_is_a_perceptron_more_images_convolutions_and_batch_normalisation(tmp_path):
    runs = planned_runs(COURSE, ["--image_dir=x"], tmp_path / "out")
    assert own_parser().parse_args([]).config == COURSE
    assert [run.name for run in runs] == list(read_runs(COURSE)[1])
    mlp, augmented, lenet5, normalised = (run.options for run in runs)
    assert mlp.model == augmented.model == "mlp"
    assert layers_of(mlp, 4) == layers_of(augmented, 4)
    assert not mlp.augmentation
    assert augmented.augmentation == lenet5.augmentation == normalised.augmentation
    kinds = {transform.name for transform in augmented.augmentation.transforms}
    assert kinds >= {"rotate", "flip", "noise"}
    assert {run.options.normalize for run in runs} == {"zscore"}
    assert replace(lenet5, batch_norm=True, out_dir=normalised.out_dir) == normalised
    network = Sequential(layers_of(lenet5, 4), (3, 32, 32), np.random.default_rng(0))
    assert {layer.name: layer.output_shape for layer in network.layers if layer.weights} == {
        "C1": (6, 28, 28),
        "C3": (16, 10, 10),
        "C5": (120, 1, 1),
        "F6": (84,),
        "output": (4,),
    }
