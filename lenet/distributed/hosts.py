"""Training on several hosts: one process on each, joined by `jax.distributed`.

The processes find each other by JAX's coordinator, at the address that the user gives or that JAX learns
from SLURM or Open MPI. All compute; the first one prints, and writes the run's folder. The folder of each
of the others is a temporary one, and what they go on from is sent to them by the first.
"""

import inspect
import io
import json
import os
import socket
import sys
import tempfile
import traceback
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

from lenet.compile.backends import offer_cpu_devices, require_package
from lenet.distributed.last_line import LastLine
from lenet.errors import BackendError, CommandError
from lenet.runs.names import CONFIG, LAST, METRICS, MODEL
from lenet.terminal import FAILED, run_reporting
from lenet.training.options import RunOptions

JOIN_SECONDS = 60
# A host that is there but does not answer, or whose power or network has failed, is given up after these.
HEARTBEAT_SECONDS = 30
# In what JAX's collectives on CPUs say when another host has ended.
GLOO = "Gloo"
GOES_ON_FROM = (CONFIG, LAST, METRICS, MODEL)
# Flags by which hosts may differ: where things are on each, and what changes no result.
OWN_FLAGS = (
    *("host_index", "data_dir", "cache_dir", "out_dir", "model_save_path", "resume"),
    *("threads", "config", "dashboard"),
)


def train_among_hosts(
    program: str,
    asked: RunOptions,
    complete: Callable[[Path | None], RunOptions],
    train: Callable[[RunOptions, float], int],
    started: float,
) -> int:
    """Join the other hosts, train with them and return the exit status.

    It returns after success only; else the process ends here, as at a regular exit JAX waits for hosts
    that do not come.

    Parameters
    ----------
    program : str
        Whose errors there are.
    asked : RunOptions
        With `coordinator`, `num_hosts` and `host_index`, all of them None where JAX is to learn them from
        the cluster.
    complete : callable
        Returns all options, given the folder of the run to go on with, or None.
    train : callable
        Trains as complete options say and returns the exit status; its second argument is `started`.
    started : float
        When the command began, by `time.perf_counter`.

    Raises
    ------
    BackendError, CommandError
        Before hosts meet, if JAX is not installed or arguments do not go together.
    """
    require_package("jax")
    if asked.resume is None:
        complete(None)  # what is wrong is said before hosts meet
    import jax

    with tempfile.TemporaryDirectory(prefix="lenet-") as name:
        folder = Path(name)
        last_line = LastLine(program, folder)

        def work() -> int:
            with jax_failures(last_line):
                join(asked, last_line)
                of_run = prepared(asked, complete, folder / "run")
                run = of_run.out_dir if is_writer() else asked.resume or asked.out_dir or "RUN"
                last_line.advice = f"go on with --resume {run} on all hosts"
                status = train(of_run, started)
                jax.distributed.shutdown()  # when all have come to their end
                return status

        try:
            status = run_reporting(program, work)
        except Exception:
            traceback.print_exc()
            status = FAILED
        if status:
            last_line.end(status)
    return 0


def join(asked: RunOptions, last_line: LastLine) -> None:
    """Start distributed JAX, together with the other hosts.

    It must not have looked for devices yet.

    Raises
    ------
    CommandError
        If the coordinator's address cannot be used.
    """
    import jax

    last_line.lost = (
        f"not all processes of this job have met within {JOIN_SECONDS} seconds; see whether one has failed, "
        "or give --coordinator, --num_hosts and --host_index"
    )
    options: dict[str, Any] = {"initialization_timeout": JOIN_SECONDS}
    if "heartbeat_timeout_seconds" in inspect.signature(jax.distributed.initialize).parameters:
        options["heartbeat_timeout_seconds"] = HEARTBEAT_SECONDS  # of JAX 0.7 and later; else 100
    if asked.coordinator is not None:
        host, _, port = asked.coordinator.rpartition(":")
        flag = f"--coordinator {asked.coordinator}"
        check_address((host.strip("[]"), int(port)), asked.host_index or 0, flag)
        last_line.lost = (
            f"{flag}: not all hosts have met within {JOIN_SECONDS} seconds; start all of them, each with a "
            "--host_index of its own, and check the address"
        )
        options |= {
            "coordinator_address": asked.coordinator,
            "num_processes": asked.num_hosts,
            "process_id": asked.host_index,
            "cluster_detection_method": "deactivate",
            "coordinator_bind_address": asked.coordinator,
        }
    jax.config.update("jax_cpu_collectives_implementation", "gloo")
    offer_cpu_devices(asked.devices)
    jax.distributed.initialize(**options)
    last_line.lost = "another host has ended or does not answer"
    if jax.device_count() != jax.process_count() * jax.local_device_count():
        raise CommandError(
            f"this host has {jax.local_device_count()} devices of {jax.device_count()} in all; expected "
            f"as many on each of {jax.process_count()} hosts: start all with the same --devices"
        )
    if not is_writer():
        sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115, until the end


def is_writer() -> bool:
    """Return whether this is the first host, which prints and writes the run's folder."""
    import jax

    return jax.process_index() == 0


def check_address(coordinator: tuple[str, int], index: int, flag: str) -> None:
    """Check the coordinator's address.

    Raise `CommandError` if the coordinator cannot have it, or no other host find it.
    """
    host = coordinator[0]
    try:
        if index == 0:
            family = socket.AF_INET6 if ":" in host else socket.AF_INET
            socket.create_server(coordinator, family=family).close()
        else:
            socket.getaddrinfo(*coordinator)
    except OSError as error:
        # Python adds the address to the words of the system.
        known = error.errno is not None and error.errno > 0
        reason = os.strerror(error.errno or 0) if known else error.strerror
        raise CommandError(
            f"{flag}: {reason}; expected an address of host 0, and a port that is free there"
        ) from error


def prepared(
    asked: RunOptions, complete: Callable[[Path | None], RunOptions], folder: Path
) -> RunOptions:
    """Return complete options, the same on all hosts but for the places of files.

    Parameters
    ----------
    asked, complete
        See `train_among_hosts`.
    folder : Path
        Where a host that is not the first has its run.

    Raises
    ------
    CommandError
        If hosts were started with other flags or versions than the first, or the run has another backend
        than JAX, which is not known on all hosts before.
    """
    import jax

    begun = b""
    if is_writer():
        of_run = complete(asked.resume)
        begun = files_of(of_run.resume, of_run.model_save_path) if of_run.resume else begun
    begun = broadcast(begun)
    if not is_writer():
        if begun:
            unpack(begun, folder)
        # Without files, the first host begins anew.
        of_run = complete(folder if asked.resume is not None and begun else None)
        of_run = replace(of_run, out_dir=folder, model_save_path=None)
    flags = {name: value for name, value in of_run.flags().items() if name not in OWN_FLAGS}
    flags["resume"] = asked.resume is not None
    require_same({f"the values of --{name}": flags[name] for name in flags}, "the same flags")
    installed = {f"the versions of {name}": version(name) for name in ("pytensor", "jax")}
    require_same(installed, "the same packages")
    if of_run.backend != "jax":
        jax.distributed.shutdown()
        raise CommandError(
            f"--resume {asked.resume}: a run with --backend {of_run.backend} is one process's, and this is a "
            f"job of {jax.process_count()}; start one process"
        )
    if of_run.devices > jax.local_device_count() and asked.devices < of_run.devices:
        raise CommandError(
            f"the run has --devices {of_run.devices}, which is not known on all hosts; give it "
            "beside --resume"
        )
    return of_run


def files_of(run: Path, model: Path | None) -> bytes:
    """Return the files of a run that goes on, and of its folds, as a ZIP archive."""
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as files:
        for name in GOES_ON_FROM:
            for path in (run / name, *run.glob(f"fold-*/{name}")):
                source = model if model is not None and path == run / MODEL else path
                if source.exists():
                    files.writestr(str(path.relative_to(run)), source.read_bytes())
    return archive.getvalue()


def unpack(archive: bytes, folder: Path) -> None:
    """Write what `files_of` has packed into a folder."""
    with zipfile.ZipFile(io.BytesIO(archive)) as files:
        files.extractall(folder)  # keeps out names that lead elsewhere


def broadcast(data: bytes) -> bytes:
    """Return what the first host has given."""
    from jax.experimental.multihost_utils import broadcast_one_to_all

    size = int(broadcast_one_to_all(np.int32(len(data))))
    if size == 0:
        return b""
    ours = np.frombuffer(data, np.uint8) if is_writer() else np.zeros(size, np.uint8)
    return np.asarray(broadcast_one_to_all(ours)).tobytes()


def require_same(values: Mapping[str, Any], remedy: str) -> None:
    """Raise `CommandError` on all hosts if one has other values than the first.

    Parameters
    ----------
    values : mapping of str to value
        By name, in the plural; the same names on all hosts.
    remedy : str
        What all hosts need.
    """
    import jax
    from jax.experimental import multihost_utils

    texts = [json.dumps(value, sort_keys=True, default=str) for value in values.values()]
    digests = np.array([zlib.crc32(text.encode()) for text in texts], np.uint32)
    of_hosts = np.asarray(multihost_utils.process_allgather(digests))
    for host, position in np.argwhere(of_hosts != of_hosts[0]):
        name = list(values)[position]
        jax.distributed.shutdown()  # none ends before all know
        raise CommandError(
            f"{name} of host {host} are not those of host 0; all hosts need {remedy}"
        )


@contextmanager
def jax_failures(last_line: LastLine) -> Iterator[None]:
    """Turn errors of JAX into `BackendError`.

    Most likely another host has ended.
    """
    import jax

    try:
        yield
    except Exception as error:
        last_line.claim()
        reason = str(error).partition("\n")[0]
        # A collective on CPUs that fails is a ValueError, or JAX's own.
        if GLOO in reason:
            raise BackendError(last_line.text(last_line.lost)) from error
        if not isinstance(error, jax.errors.JaxRuntimeError):
            raise
        raise BackendError(last_line.text(f"JAX has failed ({reason})")) from error
