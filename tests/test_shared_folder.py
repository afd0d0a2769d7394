"""Two processes that would write into the folder of one run, and runs killed before they had any file."""

import csv
import json
import os
import shutil
import sys
import time

import pytest

from lenet.commands import course
from lenet.runs.lock import locked
from lenet.runs.names import CONFIG, FILES, LOCK, METRICS
from tests.children import child, finish, start
from tests.quick_runs import quick_train
from tests.runs.test_writer import assert_same_files

FLAGS = "--dataset mnist --batch_size 20 --nepochs 2 --threads 1 --model mlp --hidden 3"

FOLDS = "--dataset digits --batch_size 20 --nepochs 1 --threads 1 --model mlp --hidden 3 --folds 2 --num_examples 100"


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory):
    return tmp_path_factory.mktemp("data")


@pytest.fixture(scope="module")
def command(data_dir):
    with quick_train(data_dir) as command:
        yield command


@pytest.fixture(scope="module")
def whole(command, tmp_path_factory):
    """A run that nothing has happened to."""
    folder = tmp_path_factory.mktemp("whole") / "run"
    assert command(FLAGS, "--out_dir", folder) == 0
    return folder


@pytest.fixture(scope="module")
def folds_run(command, tmp_path_factory):
    """A cross-validation, which tests leave as it is."""
    folder = tmp_path_factory.mktemp("folds") / "run"
    assert command(FOLDS, "--out_dir", folder) == 0
    return folder


def contents(folder):
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.parametrize("part", ["", "fold-1"])
@pytest.mark.parametrize(
    "flags", ["--resume RUN", "--resume RUN --nepochs 3", f"{FLAGS} --out_dir RUN"]
)
def test_what_is_in_use_is_left_alone(command, folds_run, capsys, flags, part):
    run = folds_run
    with locked(run / part):
        before = contents(run)
        assert command(flags.replace("RUN", str(run / part))) == 1
        assert contents(run) == before
    errors = capsys.readouterr().err
    assert errors.startswith(f"lenet-train: {run / part}: in use by process {os.getpid()} on ")
    assert errors.count("\n") == 1


def test_folds_do_not_train_where_another_one_does(command, tmp_path, capsys):
    run = tmp_path / "run"
    with locked(run / "fold-1"):
        assert command(FOLDS, "--out_dir", run) == 1
    assert f"{run / 'fold-1'}: in use by" in capsys.readouterr().err
    assert command("--resume", run) == 0


def test_a_course_that_is_under_way_is_left_alone(command, tmp_path, capsys):
    with locked(tmp_path / "course"):
        flags = ["--dataset", "mnist", "--nepochs", "1", "--out_dir", str(tmp_path / "course")]
        assert course.main(flags) == 1
        assert os.listdir(tmp_path / "course") == [LOCK]
    errors = capsys.readouterr().err
    assert errors.startswith(
        f"lenet-course: {tmp_path / 'course'}: in use by process {os.getpid()}"
    )
    assert errors.count("\n") == 1


# It waits for a line before the command, and for another before its first step, when the folder is its own.
TRAIN = """
import sys
from pathlib import Path
from lenet.experiments import one_run
from tests.quick_runs import quick_train
compile_functions = one_run.compile_functions
def compile_when_told(*arguments):
    sys.stdin.readline()
    return compile_functions(*arguments)
one_run.compile_functions = compile_when_told
with quick_train(Path(sys.argv[1])) as command:
    print("ready", flush=True)
    sys.stdin.readline()
    sys.exit(command(*sys.argv[2:]))
"""
# A process that should have ended by then has not noticed the other one.
PATIENCE = 60


def tell(processes):
    """Let processes go on that wait for a line."""
    for process in processes:
        process.stdin.write("\n")
        process.stdin.flush()


def run_together(tmp_path, *flags):
    """Return status and errors of two processes that would train at once.

    None trains before one of them has ended: both are there at once, however fast they are.
    """
    several = [
        start(
            [sys.executable, "-c", TRAIN, tmp_path / f"data-{k}", *map(str, flags)],
            cwd=os.getcwd(),
            stdin=-1,
        )
        for k in range(2)
    ]
    for process in several:
        assert process.stdout.readline() == "ready\n"
    tell(several)
    limit = time.monotonic() + PATIENCE
    while all(process.poll() is None for process in several) and time.monotonic() < limit:
        time.sleep(0.05)
    tell(process for process in several if process.poll() is None)
    ends = [finish(process) for process in several]
    return sorted((status, errors) for status, _, errors in ends)


def epochs_in(folder):
    with (folder / METRICS).open(newline="") as file:
        return [int(row["epoch"]) for row in csv.DictReader(file)]


def without_verdict(errors):
    """Return what was said on standard error but for that so small a run does not learn."""
    return "".join(line for line in errors.splitlines() if " after 3 epochs, " not in line)


def test_of_two_that_go_on_with_a_run_one_does(command, whole, tmp_path):
    run = tmp_path / "run"
    shutil.copytree(whole, run)
    ends = run_together(tmp_path, "--resume", run, "--nepochs 4")
    assert [status for status, _ in ends] == [0, 1]
    assert without_verdict(ends[0][1]) == ""
    assert f"{run}: in use by process " in ends[1][1]
    assert ends[1][1].count("\n") == 1
    assert epochs_in(run) == [1, 2, 3, 4]
    assert command("--resume", run, "--nepochs 5") == 0


def test_of_two_that_train_into_one_folder_one_does(command, tmp_path):
    run = tmp_path / "run"
    ends = run_together(tmp_path, FLAGS, "--nepochs 4 --out_dir", run)
    assert [status for status, _ in ends] == [0, 1]
    assert without_verdict(ends[0][1]) == ""
    assert ends[1][1].count("\n") == 1
    assert epochs_in(run) == [1, 2, 3, 4]
    assert command("--resume", run, "--nepochs 5") == 0


def test_runs_without_a_name_do_not_meet(command, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("time.strftime", lambda *_: "now")
    for _ in range(3):
        assert command(FLAGS) == 0
    names = ["now-mnist", "now-mnist-2", "now-mnist-3"]
    assert sorted(os.listdir("runs")) == names
    flags = [json.loads((tmp_path / "runs" / n / CONFIG).read_text())["flags"] for n in names]
    assert [f["out_dir"] for f in flags] == [str(tmp_path / "runs" / name) for name in names]


def test_a_run_that_is_killed_can_be_gone_on_with_at_once(command, tmp_path):
    run = tmp_path / "run"
    line = [FLAGS, "--nepochs 100000 --patience 1000000000 --out_dir", str(run)]
    arguments = [sys.executable, "-c", TRAIN, tmp_path / "data", *line]
    with child(arguments, stdin=-1) as process:
        tell([process, process])
        for text in process.stdout:
            if text.startswith("    2"):
                break
        process.kill()
        process.wait()
    assert (run / LOCK).exists()
    assert command("--resume", run, "--nepochs 3 --patience 1") == 0
    assert not (run / LOCK).exists()


def cut(folder):
    """Leave of a config.json what a kill leaves of it before it has its name."""
    (folder / CONFIG).rename(folder / f".{CONFIG}.0123456789abcdef.tmp")


def half(folder):
    (folder / f".{CONFIG}.123.tmp").write_text('{"flags": {"mode')


def only_lock(folder):
    (folder / LOCK).touch()


@pytest.mark.parametrize("flags", ["", FLAGS], ids=["alone", "with flags"])
def test_a_run_killed_before_its_configuration_had_a_name_begins_anew(
    command, whole, tmp_path, capsys, flags
):
    run = tmp_path / "run"
    run.mkdir()
    shutil.copy(whole / CONFIG, run)
    cut(run)
    assert command(flags, "--resume", run) == 0
    begun = f"beginning anew, with its flags: {run} was left before it had its config.json\n"
    captured = capsys.readouterr()
    assert captured.out.startswith(begun)
    assert captured.err == ""
    assert_same_files(run, whole)
    assert not [path for path in run.iterdir() if path.name.startswith(".")]


@pytest.mark.parametrize("leave", [half, only_lock])
@pytest.mark.parametrize("flags", [FLAGS, FOLDS], ids=["one", "folds"])
def test_a_run_killed_before_its_flags_were_written_begins_anew_with_those_given(
    command, whole, tmp_path, capsys, leave, flags
):
    run = tmp_path / "run"
    run.mkdir()
    leave(run)
    assert command(flags, "--resume", run) == 0
    begun = f"beginning anew, with the flags of this command alone: {run} was left before"
    captured = capsys.readouterr()
    assert captured.out.startswith(begun)
    assert captured.err == ""
    if flags == FLAGS:
        assert_same_files(run, whole)
    assert {path.name for path in run.iterdir() if path.is_file()} <= {
        *FILES,
        "folds.csv",
        "folds.png",
    }


def test_a_fold_killed_before_its_configuration_begins_anew(command, tmp_path):
    one, other = tmp_path / "one", tmp_path / "other"
    for run in (one, other):
        assert command(FOLDS, "--out_dir", run) == 0
    shutil.rmtree(one / "fold-2")
    (one / "fold-2").mkdir()
    half(one / "fold-2")
    assert command("--resume", one) == 0
    assert_same_files(one / "fold-2", other / "fold-2")
    assert not [path for path in (one / "fold-2").iterdir() if path.name.startswith(".")]


def test_what_is_left_of_the_best_model_elsewhere_goes_and_nothing_beside_it(command, tmp_path):
    for name in (".best.h5.12.tmp", ".other.h5.12.tmp"):
        (tmp_path / name).touch()
    assert (
        command(FLAGS, "--out_dir", tmp_path / "run", "--model_save_path", tmp_path / "best.h5")
        == 0
    )
    assert sorted(os.listdir(tmp_path)) == [".other.h5.12.tmp", "best.h5", "run"]


@pytest.mark.parametrize(
    ("path", "what"),
    [("/dev/zero", "a device or a pipe"), ("pipe", "a device or a pipe"), (".", "a folder")],
)
def test_a_model_is_not_written_where_there_is_no_file(
    command, tmp_path, capsys, monkeypatch, path, what
):
    monkeypatch.chdir(tmp_path)
    os.mkfifo("pipe")
    assert command(FLAGS, "--out_dir out --model_save_path", path) == 1
    message = f"lenet-train: --model_save_path {path}: {what}; expected the name of a file\n"
    assert capsys.readouterr().err == message
    assert not (tmp_path / "out").exists()
