"""Runs that are looked at while they are trained, with little and without a compiler."""

import contextlib
import http.client
import json
import re
import socket
import threading
from dataclasses import replace

import numpy as np
import pytest

from lenet.commands.train_flags import parse_options
from lenet.dashboard import dashboard as module
from lenet.dashboard import server
from lenet.dashboard.snapshot import SHOWN_NUMBERS
from lenet.experiments import one_run
from lenet.experiments.watcher import Watcher
from lenet.runs.checkpoint import load
from lenet.runs.reader import read_metrics
from lenet.runs.writer import write_config
from lenet.terminal import FAILED, INTERRUPTED
from lenet.train import watcher_of
from lenet.training import loop
from lenet.training.options import RunOptions
from tests.quick_runs import quick_train

FLAGS = "--dataset mnist --model logistic --batch_size 20 --num_examples 40 --val_examples 15 --threads 1"
ADDRESS = re.compile(r"^dashboard http://127\.0\.0\.1:(\d+)/([\w-]{32})$", re.MULTILINE)


@pytest.fixture(scope="module")
def train(tmp_path_factory):
    """Return a function that trains, and leaves out what comes after the last epoch."""
    with (
        quick_train(tmp_path_factory.mktemp("data")) as trained,
        pytest.MonkeyPatch.context() as patch,
    ):
        patch.setattr(one_run, "finish", lambda folder, status, *_: status)
        yield lambda *flags: trained(FLAGS, *flags)


class Looks:
    """Looks at the page whenever a run comes to a certain place."""

    def __init__(self):
        self.states, self.addresses = [], []

    def at(self, served):
        self.addresses.append((served.server.server_port, served.token))
        return self.ask(-1)

    def ask(self, seen):
        port, token = self.addresses[-1]
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        with contextlib.closing(connection):
            connection.request("GET", f"/{token}/state.json?seen={seen}")
            self.states.append(json.loads(connection.getresponse().read()))
        return self.states[-1]


@pytest.fixture
def looks(monkeypatch):
    """Look after each epoch, and at the end of each run."""
    looked = Looks()
    monkeypatch.setattr(server, "CLOSING_SECONDS", 0.1)

    def looking(name, before):
        def and_look(self, given):
            before(self, given)
            looked.at(self.server)["at"] = name

        monkeypatch.setattr(module.Dashboard, name, and_look)

    for name in ("after_epoch", "end", "begin"):
        looking(name, vars(module.Dashboard)[name])
    return looked


def is_gone(port):
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port))
    return not any(thread.name == "lenet-dashboard" for thread in threading.enumerate())


def test_a_run_is_seen_gone_with_it_and_has_the_very_same_bits(train, looks, tmp_path, capsys):
    assert train("--nepochs 2 --out_dir", tmp_path / "alone") == 0
    assert looks.states == []
    assert train("--nepochs 2 --dashboard --out_dir", tmp_path / "run") == 0
    ((port, token),) = ADDRESS.findall(capsys.readouterr().out)
    assert set(looks.addresses) == {(int(port), token)}
    assert is_gone(int(port))
    begun, first, second, ended = looks.states
    assert [state["at"] for state in looks.states] == ["begin", "after_epoch", "after_epoch", "end"]
    metrics = read_metrics(tmp_path / "run" / "metrics.csv")
    for n, state in enumerate((begun, first, second)):
        seen = state["snapshot"]
        for name in SHOWN_NUMBERS:
            written = [None if np.isnan(x) else float(x) for x in metrics[name][:n]]
            assert seen["epochs"][name] == pytest.approx(written)
        assert seen["ended"] is None
        assert len(seen["followed"]) == len({image["label"] for image in seen["followed"]})
    assert begun["now"]["phase"] == "compiling"
    assert (begun["snapshot"]["answers"], begun["snapshot"]["mistakes"]) == (None, None)
    assert {name: second["now"][name] for name in ("phase", "epoch", "step", "steps")} == {
        "phase": "validating",
        "epoch": 2,
        "step": 2,
        "steps": 2,
    }
    wrong = second["snapshot"]["mistakes"]["count"]
    assert wrong == round(15 * metrics["validation_error"][1])
    for mistake in second["snapshot"]["mistakes"]["first"]:
        assert mistake["answer"][0] != mistake["label"]
    assert ended["snapshot"]["ended"]["is_good"]
    assert ended["snapshot"]["ended"]["words"] == "All 2 epochs are done."
    assert ended["snapshot"]["ended"]["best"].startswith("Best model: validation error ")
    assert ended["snapshot"]["files"]["folder"] == str(tmp_path / "run")

    files = [load(tmp_path / name / "last.h5") for name in ("alone", "run")]
    assert files[0].parameters.keys() == files[1].parameters.keys()
    for name, values in files[0].parameters.items():
        assert values.tobytes() == files[1].parameters[name].tobytes()
    assert files[0].attributes["batches_rng"] == files[1].attributes["batches_rng"]


def test_a_resumed_run_is_seen_if_it_is_asked_for_and_its_address_even_if_all_else_is_quiet(
    train, looks, tmp_path, capsys
):
    run = tmp_path / "run"
    assert train("--nepochs 1 --dashboard --quiet --out_dir", run) == 0
    assert ADDRESS.fullmatch(capsys.readouterr().out.rstrip("\n"))
    assert train("--nepochs 1 --resume", run) == 0
    assert "dashboard" not in capsys.readouterr().out
    assert train("--nepochs 2 --dashboard --resume", run) == 0
    begun, after, ended = looks.states[-3:]
    assert begun["snapshot"]["epochs"]["epoch"] == [1]
    assert after["snapshot"]["epochs"]["epoch"] == [1, 2]
    assert ended["snapshot"]["ended"]["words"] == "All 2 epochs are done."


def test_folds_are_one_page(train, looks, tmp_path, capsys, monkeypatch):
    monkeypatch.setattr("lenet.experiments.folds.summarise", lambda *_: None)
    flags = "--dataset digits --nepochs 1 --folds 2 --batch_size 500 --dashboard --out_dir"
    assert train(flags, tmp_path / "run") == 0
    assert len(ADDRESS.findall(capsys.readouterr().out)) == 1
    assert len(set(looks.addresses)) == 1
    named = [state["snapshot"]["fold"] for state in looks.states]
    assert named == ["fold 1 of 2"] * 3 + ["fold 2 of 2"] * 3
    (earlier,) = looks.states[-1]["snapshot"]["earlier"]
    assert earlier["name"] == "fold 1 of 2"
    assert earlier["best"].startswith("Best model: ")
    assert is_gone(looks.addresses[0][0])


@pytest.mark.parametrize(
    ("error", "status", "words"),
    [
        (KeyboardInterrupt(), INTERRUPTED, r"Interrupted after 1 epoch; lenet train --resume \S+ goes on\."),
        (loop.DivergenceError("x"), FAILED, "Failed after 1 epoch; the terminal says why."),
    ],
)  # fmt: skip
def test_a_run_that_ends_before_its_time_says_so(
    error, status, words, train, looks, tmp_path, monkeypatch
):
    def diverge(*_):
        raise error

    def run_epochs(*arguments):
        yield from [next(trained(*arguments))]
        diverge()

    trained = loop.run_epochs
    monkeypatch.setattr(one_run, "run_epochs", run_epochs)
    assert train("--nepochs 3 --dashboard --out_dir", tmp_path / "run") == status
    ended = looks.states[-1]["snapshot"]["ended"]
    assert not ended["is_good"]
    assert re.fullmatch(words, ended["words"])
    assert is_gone(looks.addresses[0][0])


@pytest.mark.parametrize("error", [ZeroDivisionError(), KeyboardInterrupt()])
def test_nothing_is_left_of_it_after_an_exception(error, train, looks, tmp_path, monkeypatch):
    def fail(*_):
        raise error

    monkeypatch.setattr(one_run, "compile_functions", fail)
    with (
        pytest.raises(ZeroDivisionError)
        if isinstance(error, ZeroDivisionError)
        else contextlib.nullcontext()
    ):
        assert train("--nepochs 1 --dashboard --out_dir", tmp_path / "run") == INTERRUPTED
    assert looks.states[-1]["snapshot"]["ended"]["words"].startswith(
        "Failed" if isinstance(error, ZeroDivisionError) else "Interrupted"
    )
    assert is_gone(looks.addresses[0][0])


def test_who_waits_hears_of_the_end(train, tmp_path, monkeypatch):
    """A page that has asked for news before the end gets them, though the server is gone at once."""
    looks, heard = Looks(), []
    before = module.Dashboard.begin

    def begin(self, run):
        before(self, run)
        looks.at(self.server)

        def follow():
            state = looks.states[-1]
            while state["now"]["phase"] != "over":
                state = looks.ask(state["version"])
                heard.append(state)

        threads.append(threading.Thread(target=follow))
        threads[-1].start()

    threads = []
    monkeypatch.setattr(module.Dashboard, "begin", begin)
    assert train("--nepochs 2 --dashboard --out_dir", tmp_path / "run") == 0
    threads[0].join(30)
    assert heard[-1]["now"]["phase"] == "over"
    assert any(state["snapshot"] and state["snapshot"]["ended"] for state in heard)


def test_a_port_in_use_is_said_before_anything_is_trained(train, tmp_path, capsys):
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        assert train("--nepochs 1 --dashboard", port, "--out_dir", tmp_path / "run") == FAILED
    said = capsys.readouterr()
    assert said.out == ""
    assert re.fullmatch(
        rf"lenet-train: --dashboard {port}: .*in use; choose another port, or leave it to the system by "
        r"--dashboard alone\n",
        said.err,
    )
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize(
    ("flags", "status", "message"),
    [
        ("--dashboard 65536", 2, "expected a port from 1 to 65535, or 0 for a free one, got '65536'"),
        ("--dashboard mnist", 2, "got 'mnist'; images stand before the flag"),
        ("--dashboard --find_lr", 1, "--find_lr does not go with --dashboard"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_one_line(flags, status, message, train, tmp_path, capsys):
    with pytest.raises(SystemExit) if status == 2 else contextlib.nullcontext() as exit_:
        assert train(flags, "--out_dir", tmp_path / "run") == status
    if exit_ is not None:
        assert exit_.value.code == status
    (line,) = capsys.readouterr().err.splitlines()
    assert message in line
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize("is_writer", [True, False])
def test_of_several_hosts_the_first_one_serves(is_writer, monkeypatch):
    from lenet.distributed import hosts

    monkeypatch.setattr(hosts, "is_writer", lambda: is_writer)
    asked = RunOptions(dashboard=0, backend="jax", num_hosts=2)
    with watcher_of(asked) as watcher:
        assert isinstance(watcher, module.Dashboard) is is_writer
    with watcher_of(replace(asked, dashboard=None)) as watcher:
        assert type(watcher) is Watcher
    assert "dashboard" in hosts.OWN_FLAGS


def test_it_is_served_only_while_it_is_asked_for_by_this_command(tmp_path):
    """Neither --resume nor --config has it from the run."""
    write_config(tmp_path, RunOptions(dashboard=0).flags())
    options = parse_options(["--config", str(tmp_path / "config.json")])
    assert options.dashboard is None
    assert parse_options(["mnist", "--dashboard"]).dashboard == 0
