"""Several hosts: on each, a process that trains, and the one that the user has started, which watches.

The watching processes meet first and stay connected, so that all learn why one of them ends: a process
that trains cannot tell, as JAX waits for a host that is gone, or ends with a stack trace. The run's
folder is that of the first host; the others write theirs into a temporary one.
"""

import argparse
import base64
import os
import signal
import sys
import tempfile
import threading
import traceback
from collections.abc import Callable, Mapping
from contextlib import ExitStack, closing, suppress
from dataclasses import dataclass
from functools import partial
from importlib import import_module
from importlib.metadata import version
from multiprocessing import get_context, parent_process
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnProcess
from pathlib import Path
from typing import Any, NamedTuple

from lenet.compile.backends import require_package
from lenet.distributed.rendezvous import (
    Link,
    Message,
    Place,
    free_port,
    greeting,
    join_hosts,
    receive_hosts,
)
from lenet.errors import CommandError
from lenet.runs.names import CONFIG, LAST, METRICS, MODEL
from lenet.terminal import FAILED, INTERRUPTED, complain, run_command

MEETING_SECONDS = 60
GRACE_SECONDS = 5

# How a process that trains ends if JAX has failed, most likely because another host is gone.
JAX_FAILED = 70
# In what JAX prints if it gives up another host.
HEARTBEAT = "heartbeat"
GOES_ON_FROM = (CONFIG, LAST, METRICS, MODEL)

Train = Callable[[argparse.Namespace, float], int]


class End(NamedTuple):
    """What has become of a host: nothing is said of one that has done its work."""

    host: int
    how: str


@dataclass(frozen=True)
class Task:
    """What the process that trains is to do.

    Attributes
    ----------
    program : str
        Whose errors there are.
    place : Place
    port : int
        Of the first host, where JAX's own processes meet.
    address : str
        Of this host, at which the others reach it.
    log : Path
        What libraries below Python print goes there.
    train : callable
        Returns an exit status.
    """

    program: str
    place: Place
    port: int
    address: str
    log: Path
    train: Callable[[], int]


@dataclass
class Worker:
    """The process that trains.

    Attributes
    ----------
    process : multiprocessing.Process
    reasons : multiprocessing.connection.Connection
        Says why JAX has failed, if it has.
    """

    process: SpawnProcess
    reasons: Connection

    @property
    def has_lost_others(self) -> bool:
        """Whether it has ended as it does when another host is gone."""
        return self.process.exitcode in (JAX_FAILED, -signal.SIGABRT)

    def how_it_ended(self, log: str) -> str:
        """Return what has become of it, but for a regular end; `log` is what libraries have printed."""
        code = self.process.exitcode
        if code == -signal.SIGABRT and HEARTBEAT in log:
            return "has lost another one, which is there but does not answer"
        if code is not None and code < 0:
            return f"was ended by {signal.Signals(-code).name}"
        if code == JAX_FAILED and self.reasons.poll():
            return f"has failed ({self.reasons.recv_bytes().decode()})"
        return "has failed, and says why"

    def stop(self, seconds: float) -> int | None:
        """End it, if it does not within some seconds; return its exit status, None if it had none."""
        self.process.join(seconds)
        status = self.process.exitcode
        self.process.kill()
        self.process.join()
        return status


def train_among_hosts(
    program: str,
    arguments: argparse.Namespace,
    complete: Callable[[argparse.Namespace], argparse.Namespace],
    train: Train,
    started: float,
) -> int:
    """Meet the other hosts, train with them and return the exit status.

    Parameters
    ----------
    program : str
        Whose errors there are.
    arguments : argparse.Namespace
        Of the command line, with `coordinator`, `num_hosts` and `host_index`.
    complete : callable
        Adds to the arguments what the folder of a run says, where one goes on.
    train : callable
        Trains as completed arguments say, in a process of its own; its second argument is `started`.
    started : float
        When the command began, by `time.perf_counter`.

    Raises
    ------
    BackendError, CommandError, OSError
        For what the user can put right.
    """
    require_package("jax")
    place = Place(arguments.coordinator, arguments.num_hosts, arguments.host_index)
    installed = {name: version(name) for name in ("pytensor", "jax")}
    ours = greeting(place, vars(arguments), installed)
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="lenet-")))
        if place.index == 0:
            arguments = complete(arguments)
            links = receive_hosts(place, ours, MEETING_SECONDS)
            letter: Message = {
                "port": free_port(place),
                "run": str(arguments.out_dir),
                "files": files_to_go_on_from(arguments),
            }
            for link in links.values():
                link.send(letter)
        else:
            link, letter = join_hosts(place, ours, MEETING_SECONDS)
            links = {0: link}
            arguments = complete(arguments_elsewhere(arguments, letter, folder / "run"))
            arguments.model_save_path = None
        for link in links.values():
            stack.enter_context(closing(link))
        addresses = [link.connection.getsockname()[0] for link in links.values()]
        task = Task(
            program=program,
            place=place,
            port=letter["port"],
            address=next(iter(addresses), place.address[0]),
            log=folder / "log",
            train=partial(train, arguments, started),
        )
        advice = f"go on with --resume {letter['run']} on all hosts"
        return watch(task, start_worker(task), links, advice)


def files_to_go_on_from(arguments: argparse.Namespace) -> dict[str, str]:
    """Return the files of a run that goes on, by their path in its folder, as base64; else none."""
    if arguments.resume is None:
        return {}
    folder: Path = arguments.resume
    found = {
        str(path.relative_to(folder)): path
        for name in GOES_ON_FROM
        for path in (folder / name, *folder.glob(f"fold-*/{name}"))
        if path.exists()
    }
    if arguments.model_save_path is not None and arguments.model_save_path.exists():
        found[MODEL] = arguments.model_save_path
    return {name: base64.b64encode(path.read_bytes()).decode() for name, path in found.items()}


def arguments_elsewhere(
    arguments: argparse.Namespace, letter: Message, folder: Path
) -> argparse.Namespace:
    """Return the arguments of a host that is not the first, whose run is in a folder of its own.

    Raises
    ------
    CommandError
        If the first host has sent something else than the files of a run.
    """
    for name, content in letter["files"].items():
        path = folder / name
        if path.name not in GOES_ON_FROM or ".." in path.parts or Path(name).is_absolute():
            raise CommandError(f"host 0 has sent a file {name}, which is none to go on from")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(base64.b64decode(content))
    # Without files, the first host begins anew.
    resume = folder if arguments.resume is not None and letter["files"] else None
    return argparse.Namespace(**{**vars(arguments), "out_dir": folder, "resume": resume})


def start_worker(task: Task) -> Worker:
    """Start the process that trains; Ctrl-C is for this one alone."""
    context = get_context("spawn")
    receiver, sender = context.Pipe(duplex=False)
    process = context.Process(target=work, args=(task, sender))
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        process.start()
    finally:
        signal.signal(signal.SIGINT, before)
    sender.close()
    return Worker(process, receiver)


def work(task: Task, reasons: Connection) -> None:
    """Train, as a process of its own, and end it."""
    threading.Thread(target=end_with_parent, daemon=True).start()
    divert_libraries(task.log)
    if task.place.index:
        sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115, until the end
    status = FAILED
    try:
        status = run_command(task.program, lambda: train_with_jax(task, reasons))
    except Exception:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        # At a regular exit, JAX would wait for hosts that do not come.
        os._exit(status)


def train_with_jax(task: Task, reasons: Connection) -> int:
    """Train with JAX's processes on the other hosts, and return the exit status."""
    import jax
    from tqdm import tqdm

    # Its own is a semaphore of the system, which would outlive this process if that is killed.
    tqdm.set_lock(threading.RLock())
    jax.config.update("jax_cpu_collectives_implementation", "gloo")
    tell_gloo(task.address)
    host, place = task.place.address[0], task.place
    address = f"[{host}]:{task.port}" if ":" in host else f"{host}:{task.port}"
    try:
        jax.distributed.initialize(
            address,
            place.count,
            place.index,
            cluster_detection_method="deactivate",
            initialization_timeout=MEETING_SECONDS,
            coordinator_bind_address=address,
        )
        status = task.train()
        if status == 0:
            jax.distributed.shutdown()
    except jax.errors.JaxRuntimeError as error:
        reasons.send_bytes(str(error).splitlines()[0].encode())
        return JAX_FAILED
    return status


def tell_gloo(address: str) -> None:
    """Let Gloo, which sums over hosts on CPUs, wait for the others at an address of this host.

    Else it takes the one that the host's own name stands for, which may be 127.0.1.1, as on Debian; JAX
    has no setting for it.
    """
    for name in ("jaxlib._jax", "jaxlib.xla_extension"):  # new, and before
        with suppress(ImportError, AttributeError):
            library: Any = import_module(name)
            make = library.make_gloo_tcp_collectives
            library.make_gloo_tcp_collectives = partial(make, hostname=address)


def end_with_parent() -> None:
    """End this process as soon as the one that has started it is gone."""
    parent = parent_process()
    if parent is not None:
        parent.join()
        os._exit(FAILED)


def divert_libraries(log: Path) -> None:
    """Let what libraries below Python print go to a file; Python's own streams stay as they are."""
    sys.stdout = os.fdopen(os.dup(1), "w", encoding="utf-8", buffering=1)
    sys.stderr = os.fdopen(os.dup(2), "w", encoding="utf-8", buffering=1)
    handle = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    for stream in (1, 2):
        os.dup2(handle, stream)


def watch(task: Task, worker: Worker, links: Mapping[int, Link], advice: str) -> int:
    """Wait until training or another host ends, tell the others, and return the exit status.

    Parameters
    ----------
    task : Task
    worker : Worker
    links : mapping of int to Link
        To the other hosts; all but the first one have one to the first.
    advice : str
        What can be done if training has not come to its end.
    """

    def tell(end: End) -> None:
        for index, link in links.items():
            if index != end.host:
                link.send(end._asdict())

    try:
        lost = wait_for_end(worker, dict(links))
        status = worker.stop(GRACE_SECONDS)  # it may have its own reason to end, and say so
    except KeyboardInterrupt:
        tell(End(task.place.index, "was interrupted"))
        worker.stop(0)
        complain(task.program, f"interrupted; {advice}")
        return INTERRUPTED
    if status == 0:
        tell(End(task.place.index, ""))
        return 0
    log = task.log.read_text(errors="replace") if task.log.exists() else ""
    end = lost or End(task.place.index, worker.how_it_ended(log))
    tell(end)
    if status != FAILED:
        if lost is None and HEARTBEAT not in log:
            # A fault of this host: what libraries say of it may help.
            lines = log.splitlines(keepends=True)
            sys.stderr.writelines(line for line in lines if not line.startswith("[Gloo]"))
        complain(task.program, f"host {end.host} {end.how}; {advice}")
    return FAILED


def wait_for_end(worker: Worker, links: dict[int, Link]) -> End | None:
    """Wait until training ends or another host is lost, and return what has become of that host."""
    lost = None
    while lost is None and worker.process.is_alive():
        lost = next_loss(links, None, worker.process.sentinel)
    if lost is None and worker.has_lost_others:
        # It may know before the process that watches.
        lost = next_loss(links, GRACE_SECONDS)
    return lost


def next_loss(links: dict[int, Link], seconds: float | None, *also: int) -> End | None:
    """Wait for news of other hosts, and return it if one is lost.

    Parameters
    ----------
    links : dict of int to Link
        Those that have given all their news are removed.
    seconds : float or None
        To wait at most; None is for ever.
    *also : int
        What ends the wait, too.
    """
    ready = wait([*(link.connection for link in links.values()), *also], seconds)
    for index, link in list(links.items()):
        if link.connection in ready:
            del links[index]
            message = link.receive(GRACE_SECONDS)
            if message is None:
                return End(index, "cannot be reached any more")
            end = End(**message)
            if end.how:
                return end
    return None
