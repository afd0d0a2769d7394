"""The flags that share the work among devices and hosts."""

import argparse
import os
from typing import Any

from lenet.commands.flags import natural, positive_int
from lenet.errors import CommandError

TITLE = "several devices"
HOST_FLAGS = ("coordinator", "num_hosts", "host_index")
MAX_PORT = 65535


def address(text: str) -> tuple[str, int]:
    """Return host and port of an argument such as ``10.0.0.1:1234`` or ``[::1]:1234``."""
    host, _, port = text.rpartition(":")
    if not host or not port.isdecimal() or not 1 <= int(port) <= MAX_PORT:
        raise argparse.ArgumentTypeError(
            f"expected HOST:PORT, with a port from 1 to {MAX_PORT}, got {text!r}"
        )
    return host.strip("[]"), int(port)


def device_options() -> dict[str, dict[str, Any]]:
    """Return each flag with its arguments for `add_argument`."""
    return {
        "--devices": {
            "type": positive_int,
            "default": 1,
            "metavar": "N",
            "help": "devices of each host that share every batch, with --backend jax: GPUs or, without "
            "them, as many parts of the CPU (default: %(default)s)",
        },
        "--coordinator": {
            "type": address,
            "metavar": "HOST:PORT",
            "help": "train on several hosts, which all run the same command: an address of host 0, and a "
            "port that is free there; not needed in a job of SLURM or Open MPI",
        },
        "--num_hosts": {
            "type": positive_int,
            "metavar": "N",
            "help": "number of hosts, with --coordinator",
        },
        "--host_index": {
            "type": natural,
            "metavar": "K",
            "help": "which of the hosts this is, from 0, with --coordinator; host 0 writes the files",
        },
    }


def add_device_flags(parser: argparse.ArgumentParser) -> None:
    """Add the flags to a parser, in a group of their own."""
    group = parser.add_argument_group(TITLE)
    for flag, options in device_options().items():
        group.add_argument(flag, **options)


def check_devices(arguments: argparse.Namespace) -> None:
    """Raise `CommandError` if batches cannot be shared as the arguments say."""
    several = "--devices" if arguments.devices > 1 else "--coordinator"
    if arguments.backend != "jax" and (arguments.devices > 1 or arguments.coordinator is not None):
        raise CommandError(f"{several} goes with --backend jax, not {arguments.backend}")
    devices = arguments.devices * number_of_hosts(arguments)
    if devices > arguments.batch_size:
        raise CommandError(
            f"{devices} devices are more than a batch has images (--batch_size {arguments.batch_size})"
        )


def runs_among_hosts(arguments: argparse.Namespace) -> bool:
    """Return whether there are other hosts, by the flags or, without them, by a cluster's job.

    Raises
    ------
    CommandError
        If a flag that tells of them is missing or cannot be.
    """
    missing = [f"--{name}" for name in HOST_FLAGS if getattr(arguments, name) is None]
    if len(missing) == len(HOST_FLAGS):
        return number_of_hosts(arguments) > 1
    if missing:
        given = ", ".join(f"--{name}" for name in HOST_FLAGS)
        raise CommandError(f"{given} go together: {' and '.join(missing)} is missing")
    if arguments.host_index >= arguments.num_hosts:
        raise CommandError(
            f"--host_index {arguments.host_index}: expected a number from 0 to "
            f"{arguments.num_hosts - 1}, of {arguments.num_hosts} hosts"
        )
    return True


def number_of_hosts(arguments: argparse.Namespace) -> int:
    """Return how many hosts train together, by the flags or, without them, by a cluster's job."""
    if arguments.num_hosts is not None:
        return arguments.num_hosts
    # The backend of a run to go on with is not known on all hosts yet.
    share = arguments.backend == "jax" or arguments.resume is not None
    return cluster_size() if share else 1


def cluster_size() -> int:
    """Return the number of processes of this job of Open MPI or step of SLURM; 1 outside of one.

    JAX knows both by these variables, too.
    """
    of_job = {
        "OMPI_MCA_orte_hnp_uri": "OMPI_COMM_WORLD_SIZE",
        "SLURM_STEP_NODELIST": "SLURM_NTASKS",
    }
    sizes = (os.environ.get(size, "") for job, size in of_job.items() if job in os.environ)
    return max((int(size) for size in sizes if size.isdecimal()), default=1)
