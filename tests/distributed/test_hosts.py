"""Several hosts on this machine: they train as one, and end as one."""

import json
import os
import signal
import socket
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from lenet import train
from lenet.distributed import hosts
from lenet.distributed.hosts import JAX_FAILED, Task, Worker, watch
from lenet.distributed.rendezvous import Link, Place, free_port
from lenet.errors import CommandError
from lenet.runs.checkpoint import load
from lenet.runs.reader import read_metrics
from tests import children

pytest.importorskip("jax")

ROOT = Path(__file__).parents[2]
FLAGS = """
    --dataset digits --num_examples 90 --val_examples 48 --batch_size 15 --model mlp --hidden 8
    --dropout 0.25 --backend jax
"""
COLUMNS = ("cost", "training_error", "validation_cost", "validation_error")


@dataclass
class Finished:
    """How a process has ended, and when."""

    status: int
    output: str
    errors: str
    time: float


def start(folder, *flags):
    """Start training in a folder, which other hosts do not have."""
    folder.mkdir(exist_ok=True)
    return children.start(
        [sys.executable, ROOT / "lenet" / "train.py", *FLAGS.split(), *flags],
        cwd=folder,
        env={**os.environ, "JAX_PLATFORMS": "cpu"},
    )


def start_hosts(folder, *flags):
    port = free_port(Place(("127.0.0.1", 1), 2, 0))
    several = ["--coordinator", f"127.0.0.1:{port}", "--num_hosts", "2", *flags]
    return [start(folder / str(k), *several, "--host_index", str(k)) for k in (0, 1)]


def finish(process):
    return Finished(*children.finish(process), time.monotonic())


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("hosts")


@pytest.fixture(scope="module")
def killed(folder):
    """Two hosts, the second of which is killed in its third epoch: how the first ends, and when."""
    first, second = start_hosts(folder, "--nepochs", "100000", "--out_dir", "run")
    for line in first.stdout:
        if line.startswith("    2 "):
            break
    second.kill()
    when = time.monotonic()
    ends = [finish(process) for process in (first, second)]
    return ends, when


@pytest.fixture(scope="module")
def resumed(folder, killed):
    """The same hosts, gone on for an epoch: how they end, and how many epochs there are."""
    epochs = load(folder / "0" / "run" / "last.h5").attributes["epoch"] + 1
    both = start_hosts(folder, "--resume", "run", "--nepochs", str(epochs))
    return [finish(process) for process in both], epochs


@pytest.fixture(scope="module")
def whole(folder, resumed):
    """Two hosts that nobody has interrupted, with as many epochs."""
    both = start_hosts(folder, "--nepochs", str(resumed[1]), "--out_dir", "whole")
    return [finish(process) for process in both]


@pytest.mark.slow
def test_a_host_that_dies_ends_the_others_with_a_line(killed):
    (first, second), when = killed
    assert second.status == -9
    assert first.status == 1
    assert first.errors == (
        "lenet-train: host 1 cannot be reached any more; go on with --resume run on all hosts\n"
    )
    assert first.time - when < 60


@pytest.mark.slow
def test_resumed_hosts_go_on_to_the_very_same_weights(folder, resumed, whole):
    ends, epochs = resumed
    assert [(end.status, end.errors) for end in [*ends, *whole]] == [(0, "")] * 4
    assert f"going on after epoch {epochs - 1}\n" in ends[0].output
    ours, expected = (load(folder / "0" / run / "last.h5") for run in ("run", "whole"))
    assert ours.attributes == expected.attributes
    assert ours.groups["state"] == expected.groups["state"]
    for mine, other in (
        (ours.parameters, expected.parameters),
        (ours.groups["memory"], expected.groups["memory"]),
    ):
        assert mine.keys() == other.keys()
        for name, value in mine.items():
            np.testing.assert_array_equal(value, other[name])


@pytest.mark.slow
def test_only_the_first_host_speaks_and_writes(folder, resumed, whole):
    assert "JAX (2 devices, cpu, of 2 hosts)" in whole[0].output
    assert whole[0].output.splitlines()[-1] == "all of it as a page: whole/report.html"
    assert "[Gloo]" not in whole[0].output
    assert [end.output for end in (resumed[0][1], whole[1])] == ["", ""]
    assert list((folder / "1").iterdir()) == []


@pytest.mark.slow
def test_two_hosts_give_the_costs_of_one_with_two_devices(folder, resumed, whole):
    flags = ["--devices", "2", "--nepochs", str(resumed[1]), "--out_dir", "alone"]
    alone = finish(start(folder, *flags))
    assert (alone.status, alone.errors) == (0, "")
    assert "JAX (2 devices, cpu)" in alone.output
    ours, others = (
        read_metrics(run / "metrics.csv") for run in (folder / "alone", folder / "0" / "whole")
    )
    for column in COLUMNS:
        np.testing.assert_allclose(ours[column], others[column], rtol=0, atol=1e-5)
    # Hosts are for this time only: who goes on may do so alone.
    flags = json.loads((folder / "0" / "whole" / "config.json").read_text())["flags"]
    assert (flags["num_hosts"], flags["devices"]) == (2, 1)
    goes_on = train.parse_arguments(["--resume", str(folder / "0" / "whole")])
    assert goes_on.coordinator is goes_on.num_hosts is goes_on.host_index is None


@pytest.mark.slow
def test_two_hosts_cross_validate_together(folder):
    flags = ["--nepochs", "2", "--folds", "2", "--out_dir", "folds"]
    ends = [finish(process) for process in start_hosts(folder, *flags)]
    assert [(end.status, end.errors) for end in ends] == [(0, "")] * 2
    assert ends[1].output == ""
    for fold in (1, 2):
        metrics = read_metrics(folder / "0" / "folds" / f"fold-{fold}" / "metrics.csv")
        assert len(metrics["epoch"]) == 2
        assert np.isfinite(metrics["cost"]).all()
    assert (folder / "0" / "folds" / "folds.csv").read_text().count("\n") == 5
    assert list((folder / "1").iterdir()) == []


class FakeProcess:
    """A process that has ended, or will not by itself."""

    def __init__(self, exitcode):
        self.exitcode = exitcode
        self.sentinel, self.other_end = os.pipe()
        if exitcode is not None:
            os.close(self.other_end)

    def is_alive(self):
        return self.exitcode is None

    def join(self, seconds=None):
        pass

    def kill(self):
        if self.exitcode is None:
            self.exitcode = -signal.SIGKILL


def linked():
    """Return both ends of a connection."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        one = socket.create_connection(server.getsockname())
        other, _ = server.accept()
    return Link(one), Link(other)


@pytest.fixture
def first_host(monkeypatch, tmp_path):
    """Return a function that watches as the first of three hosts does; what the others say comes before."""
    monkeypatch.setattr(hosts, "GRACE_SECONDS", 0.1)

    def run(exitcode, said, reason="", log=""):
        near, far = zip(linked(), linked(), strict=True)
        receiver, sender = hosts.get_context("spawn").Pipe(duplex=False)
        if reason:
            sender.send_bytes(reason.encode())
        (tmp_path / "log").write_text(log)
        for index, message in said.items():
            if message is None:
                far[index - 1].close()
            else:
                far[index - 1].send(message)
        place = Place(("h", 1), 3, 0)
        task = Task("lenet-train", place, 2, "h", tmp_path / "log", train=lambda: 0)
        links = dict(enumerate(near, 1))
        try:
            status = watch(task, Worker(FakeProcess(exitcode), receiver), links, "go on")
            told = [None if said.get(k, 1) is None else far[k - 1].receive(0.1) for k in (1, 2)]
        finally:
            for end in (*near, *far, receiver, sender):
                end.close()
        return status, told

    return run


def host(index, how):
    return {"host": index, "how": how}


@pytest.mark.parametrize(
    ("worker", "said", "expected"),
    [
        ({"exitcode": 0}, {}, (0, host(0, ""), "")),
        ({"exitcode": 0}, {1: host(1, "")}, (0, host(0, ""), "")),
        ({"exitcode": 1}, {}, (1, host(0, "has failed, and says why"), "")),
        (
            {"exitcode": -9, "log": "[Gloo] Rank 1\nout of memory\n"},
            {},
            (1, host(0, "was ended by SIGKILL"), "out of memory\nlenet-train: HOW; go on\n"),
        ),
        (
            {"exitcode": JAX_FAILED, "reason": "no room"},
            {},
            (1, host(0, "has failed (no room)"), "lenet-train: HOW; go on\n"),
        ),
        (
            {"exitcode": -6, "log": "stopped sending heartbeats\n"},
            {},
            (
                1,
                host(0, "has lost another one, which is there but does not answer"),
                "lenet-train: HOW; go on\n",
            ),
        ),
        (
            {"exitcode": JAX_FAILED, "reason": "connection closed"},
            {2: host(2, "was interrupted")},
            (1, host(2, "was interrupted"), "lenet-train: HOW; go on\n"),
        ),
        (
            {"exitcode": None},
            {1: host(1, ""), 2: None},
            (1, host(2, "cannot be reached any more"), "lenet-train: HOW; go on\n"),
        ),
    ],
    ids=[
        *("done", "all-done", "failed", "killed", "jax", "silence", "knows-first", "hung-up"),
    ],
)
def test_all_hosts_learn_what_has_become_of_one(first_host, capsys, worker, said, expected):
    status, told = first_host(said=said, **worker)
    expected_status, news, line = expected
    assert status == expected_status
    assert told == [None if k == news["host"] else news for k in (1, 2)]
    assert capsys.readouterr().err == line.replace("HOW", f"host {news['host']} {news['how']}")


def test_ctrl_c_is_for_all_hosts(first_host, monkeypatch, capsys):
    def interrupt(*args):
        raise KeyboardInterrupt

    monkeypatch.setattr(hosts, "wait", interrupt)
    status, told = first_host(exitcode=None, said={})
    assert status == 130
    assert told == [host(0, "was interrupted")] * 2
    assert capsys.readouterr().err == "lenet-train: interrupted; go on\n"


@pytest.mark.parametrize("name", ["../model.h5", "/model.h5", "fold-1/notes.txt"])
def test_files_that_are_not_of_a_run_are_refused(tmp_path, name):
    letter = {"files": {name: ""}}
    with pytest.raises(CommandError, match="which is none to go on from"):
        hosts.arguments_elsewhere(train.parse_arguments([]), letter, tmp_path / "run")
    assert list(tmp_path.iterdir()) == []
