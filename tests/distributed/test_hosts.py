"""Several hosts on this machine: they train as one, and end as one."""

import json
import os
import shutil
import signal
import socket
import sys
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image

from lenet.commands.device_flags import check_devices, runs_among_hosts
from lenet.commands.train_flags import parse_options
from lenet.errors import BackendError, CommandError
from lenet.runs.checkpoint import load
from lenet.runs.reader import read_metrics
from lenet.training.options import RunOptions
from tests import children

jax = pytest.importorskip("jax")
from jax.experimental import multihost_utils  # noqa: E402, needs JAX

from lenet.distributed import hosts  # noqa: E402

ROOT = Path(__file__).parents[2]
NETWORK = "--batch_size 15 --model mlp --hidden 8 --dropout 0.25 --backend jax"
FLAGS = f"--dataset digits --num_examples 90 --val_examples 48 {NETWORK}"
COLUMNS = ("cost", "training_error", "validation_cost", "validation_error")


@dataclass
class Finished:
    """How a process has ended."""

    status: int
    output: str
    errors: str


def start(folder, *flags, common=FLAGS, **variables):
    """Start training in a folder, which other hosts do not have."""
    folder.mkdir(exist_ok=True)
    return children.start(
        [sys.executable, ROOT / "lenet" / "train.py", *common.split(), *flags],
        cwd=folder,
        env={**os.environ, "JAX_PLATFORMS": "cpu", **variables},
    )


def start_hosts(folder, *flags, of_each=((), ()), common=FLAGS):
    port = free_port()
    several = ["--coordinator", f"127.0.0.1:{port}", "--num_hosts", "2", *flags]
    return [
        start(folder / str(k), *several, "--host_index", str(k), *more, common=common)
        for k, more in enumerate(of_each)
    ]


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]


def finish(process):
    return Finished(*children.finish(process))


def wait_for_epoch(process, number):
    for line in process.stdout:
        if line.startswith(f"    {number} "):
            return
    pytest.fail(process.stderr.read())


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("hosts")


@pytest.fixture(scope="module")
def killed(folder):
    """Two hosts, the second of which is killed in its third epoch: how both end."""
    first, second = start_hosts(folder, "--nepochs", "100000", "--out_dir", "run")
    wait_for_epoch(first, 2)
    second.kill()
    return [finish(process) for process in (first, second)]


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


LOST = "lenet-train: another host has ended or does not answer; go on with --resume"


@pytest.mark.slow
def test_a_host_that_dies_ends_the_others_with_a_line(killed):
    first, second = killed
    assert second.status == -9
    assert (first.status, first.errors) == (1, f"{LOST} run on all hosts\n")


@pytest.mark.slow
def test_ctrl_c_at_the_first_host_ends_all(folder):
    first, second = start_hosts(folder, "--nepochs", "100000", "--out_dir", "interrupted")
    wait_for_epoch(first, 1)
    first.send_signal(signal.SIGINT)
    first, second = (finish(process) for process in (first, second))
    assert first.status == 130
    assert first.errors == (
        "lenet-train: interrupted; go on with --resume interrupted on all hosts\n"
    )
    assert (second.status, second.output) == (1, "")
    assert second.errors == f"{LOST} interrupted on all hosts\n"
    assert list((folder / "1").iterdir()) == []


@pytest.mark.slow
def test_a_host_that_does_not_answer_is_given_up(folder):
    first, second = start_hosts(folder, "--nepochs", "100000", "--out_dir", "stopped")
    wait_for_epoch(first, 1)
    second.send_signal(signal.SIGSTOP)
    first = finish(first)
    assert (first.status, first.errors) == (1, f"{LOST} stopped on all hosts\n")
    second.send_signal(signal.SIGCONT)
    second = finish(second)
    assert (second.status, second.errors) == (1, f"{LOST} stopped on all hosts\n")


def step_of_slurm(index):
    """Return the variables that SLURM sets for a process of two."""
    names = ("JOB_ID", "STEP_NODELIST", "NTASKS", "PROCID", "LOCALID")
    values = (os.getpid(), "localhost", 2, index, index)  # the port comes from the first
    return {f"SLURM_{name}": str(value) for name, value in zip(names, values, strict=True)}


@pytest.mark.slow
@pytest.mark.parametrize("joined_by", ["flags", "slurm"])
def test_other_flags_on_a_host_end_all(tmp_path, joined_by):
    of_each = [["--lr", "0.1"], ["--lr", "0.2"]]
    if joined_by == "flags":
        both = start_hosts(tmp_path, of_each=of_each)
    else:
        both = [start(tmp_path / str(k), *of_each[k], **step_of_slurm(k)) for k in (0, 1)]
    for end in map(finish, both):
        assert (end.status, end.output) == (1, "")
        assert end.errors == (
            "lenet-train: the values of --lr of host 1 are not those of host 0; all hosts need the same "
            "flags\n"
        )


@pytest.mark.slow
def test_a_run_of_one_process_is_not_resumed_by_several(tmp_path):
    alone = FLAGS.replace("--backend jax", "--backend c")
    begun = finish(start(tmp_path / "0", "--nepochs", "1", "--out_dir", "run", common=alone))
    assert begun.status == 0
    both = [
        start(tmp_path / str(k), "--resume", "run", common="", **step_of_slurm(k)) for k in (0, 1)
    ]
    for end in map(finish, both):
        assert (end.status, end.output) == (1, "")
        assert end.errors == (
            "lenet-train: --resume run: a run with --backend c is one process's, and this is a job of 2; "
            "start one process\n"
        )


@pytest.mark.slow
def test_other_images_on_a_host_end_all(tmp_path):
    rng = np.random.default_rng(0)
    for k in (0, 1):
        for name in "ab":
            images = tmp_path / str(k) / "images" / name
            images.mkdir(parents=True)
            for number in range(12):
                pixels = rng.integers(0, 256, (28, 28), np.uint8)
                Image.fromarray(pixels).save(images / f"{number}.png")
    both = start_hosts(tmp_path, common=f"--dataset folder --image_dir images {NETWORK}")
    for end in map(finish, both):
        assert (end.status, end.output) == (1, "")
        assert ": the images of host 1 are not those of host 0; all hosts need the" in end.errors
        assert end.errors.count("\n") == 1


@pytest.mark.slow
@pytest.mark.parametrize("index", [0, 1])
def test_hosts_that_do_not_come_are_a_line(tmp_path, index):
    port = free_port()
    program = (
        "import sys; from lenet import train; from lenet.distributed import hosts; "
        "hosts.JOIN_SECONDS = 3; sys.exit(train.main(sys.argv[1:]))"
    )
    flags = f"--coordinator 127.0.0.1:{port} --num_hosts 2 --host_index {index} --backend jax"
    end = finish(children.start([sys.executable, "-c", program, *flags.split()], cwd=tmp_path))
    assert (end.status, end.output) == (1, "")
    assert end.errors == (
        f"lenet-train: --coordinator 127.0.0.1:{port}: not all hosts have met within 3 seconds; start "
        "all of them, each with a --host_index of its own, and check the address\n"
    )
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("mpirun") is None, reason="mpirun, of Open MPI, is not installed")
def test_open_mpi_needs_no_flags(folder, whole, resumed):
    run = folder / "mpi"
    run.mkdir()
    rights = dict.fromkeys(("OMPI_ALLOW_RUN_AS_ROOT", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM"), "1")
    flags = [*FLAGS.split(), "--nepochs", str(resumed[1]), "--out_dir", "run"]
    command = [sys.executable, ROOT / "lenet" / "train.py", *flags]
    end = finish(
        children.start(
            ["mpirun", "--oversubscribe", "-n", "2", *command],
            cwd=run,
            env={**os.environ, **rights, "JAX_PLATFORMS": "cpu"},
        )
    )
    assert end.status == 0, end.errors
    assert "JAX (2 devices, cpu, of 2 hosts)" in end.output
    assert end.output.count("Best model") == 1
    assert [path.name for path in run.iterdir()] == ["run"]
    ours, expected = (
        load(path / "last.h5").parameters for path in (run / "run", folder / "0" / "whole")
    )
    for name, value in ours.items():
        np.testing.assert_array_equal(value, expected[name])


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
    goes_on = parse_options(["--resume", str(folder / "0" / "whole")])
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


def arguments(**values):
    """Return options of `lenet-train` as far as they tell of hosts."""
    return RunOptions(**{"backend": "jax", "batch_size": 4, **values})


@pytest.fixture
def job(monkeypatch):
    """Return a function that sets the variables of a cluster's job, and no others."""
    for name in list(os.environ):
        if name.startswith(("OMPI_", "SLURM_")):
            monkeypatch.delenv(name)
    return lambda values: [monkeypatch.setenv(*pair.split("=")) for pair in values.split()]


@pytest.mark.parametrize(
    ("variables", "values", "expected"),
    [
        ("", {}, False),
        ("OMPI_MCA_orte_hnp_uri=1.0;tcp://h:1 OMPI_COMM_WORLD_SIZE=2", {}, True),
        ("OMPI_MCA_orte_hnp_uri=1.0;tcp://h:1 OMPI_COMM_WORLD_SIZE=1", {}, False),
        ("OMPI_COMM_WORLD_SIZE=2", {}, False),
        ("SLURM_STEP_NODELIST=n1 SLURM_NTASKS=2", {}, True),
        ("SLURM_NTASKS=2", {}, False),  # a batch script, which is one process
        ("SLURM_STEP_NODELIST=n1 SLURM_NTASKS=2", {"backend": "c"}, False),
        ("SLURM_STEP_NODELIST=n1 SLURM_NTASKS=2", {"backend": "c", "resume": Path("run")}, True),
    ],
    ids=["none", "mpi", "mpi-of-one", "no-mpi", "slurm", "batch", "backend-c", "resume"],
)
def test_a_job_of_several_processes_is_several_hosts(job, variables, values, expected):
    job(variables)
    assert runs_among_hosts(arguments(**values)) is expected


def test_devices_of_a_job_count(job):
    job("SLURM_STEP_NODELIST=n1 SLURM_NTASKS=2")
    check_devices(arguments(devices=2))
    with pytest.raises(CommandError, match="6 devices are more than a batch has images"):
        check_devices(arguments(devices=3))


def test_an_address_that_can_be_used_is_not_refused():
    for index in (0, 1):
        hosts.check_address(("127.0.0.1", free_port()), index, "")


@pytest.mark.parametrize(
    ("host", "index", "reason"),
    [
        (
            "127.0.0.1",
            0,
            "Address already in use; expected an address of host 0, and a port that is",
        ),
        ("192.0.2.1", 0, "Cannot assign requested address; expected"),
        ("no-such-host.invalid", 1, ".*; expected an address"),
    ],
    ids=["in-use", "of-another", "unknown"],
)
def test_an_address_that_cannot_be_used_is_named(host, index, reason):
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        with pytest.raises(CommandError, match=f"--coordinator: {reason}"):
            hosts.check_address((host, port), index, "--coordinator")


def test_hosts_that_differ_are_named(monkeypatch):
    def gather(digests):
        return np.stack([digests, digests, digests + np.array([0, 1], np.uint32)])

    monkeypatch.setattr(multihost_utils, "process_allgather", gather)
    expected = "the b of host 2 are not those of host 0; all hosts need more"
    with pytest.raises(CommandError, match=expected):
        hosts.require_same({"the a": 1, "the b": Path("x")}, "more")


def test_files_of_a_run_arrive_as_they_were(tmp_path):
    run, there = tmp_path / "run", tmp_path / "there"
    files = {"config.json": b"{}", "fold-2/last.h5": b"\x89HDF", "model.h5": b"model"}
    for name, content in {**files, "report.html": b"not needed"}.items():
        (run / name).parent.mkdir(parents=True, exist_ok=True)
        (run / name).write_bytes(content)
    elsewhere = tmp_path / "best.h5"
    elsewhere.write_bytes(b"elsewhere")
    for model, content in ((None, b"model"), (elsewhere, b"elsewhere")):
        hosts.unpack(hosts.files_of(run, model), there)
        found = {str(p.relative_to(there)): p.read_bytes() for p in there.rglob("*") if p.is_file()}
        assert found == {**files, "model.h5": content}


LINE = SimpleNamespace(lost="lost", text=lambda reason: f"{reason}; go on", claim=lambda: None)


@pytest.mark.parametrize(
    ("error", "line"),
    [
        (ValueError("UNKNOWN: Gloo AllGather failed: Connection reset\nmore"), "lost; go on"),
        (jax.errors.JaxRuntimeError("INTERNAL: Gloo failed"), "lost; go on"),
        (
            jax.errors.JaxRuntimeError("RESOURCE_EXHAUSTED: no room\nmore"),
            "JAX has failed (RESOURCE_EXHAUSTED: no room); go on",
        ),
    ],
    ids=["gloo", "gloo-too", "memory"],
)
def test_a_failure_of_jax_is_a_line(error, line):
    with pytest.raises(BackendError) as caught, hosts.jax_failures(LINE):
        raise error
    assert str(caught.value) == line


def test_a_value_that_is_wrong_elsewhere_is_no_failure_of_jax():
    with pytest.raises(ValueError, match="ours"), hosts.jax_failures(LINE):
        raise ValueError("ours")
