"""Checks of the flags that share the work among devices and hosts."""

import os

from lenet.errors import CommandError
from lenet.training.options import RunOptions

HOST_FLAGS = ("coordinator", "num_hosts", "host_index")


def check_devices(options: RunOptions) -> None:
    """Raise `CommandError` if batches cannot be shared as the options say."""
    several = "--devices" if options.devices > 1 else "--coordinator"
    if options.backend != "jax" and (options.devices > 1 or options.coordinator is not None):
        raise CommandError(f"{several} goes with --backend jax, not {options.backend}")
    devices = options.devices * number_of_hosts(options)
    if options.batch_size and devices > options.batch_size:
        raise CommandError(
            f"{devices} devices are more than a batch has images (--batch_size {options.batch_size})"
        )


def runs_among_hosts(options: RunOptions) -> bool:
    """Return whether there are other hosts, by the flags or else by a cluster's job.

    Raises
    ------
    CommandError
        If a flag that tells of them is missing or cannot be.
    """
    index, number = options.host_index, options.num_hosts
    missing = [f"--{name}" for name in HOST_FLAGS if getattr(options, name) is None]
    if len(missing) == len(HOST_FLAGS):
        return number_of_hosts(options) > 1
    if index is None or number is None or missing:
        given = ", ".join(f"--{name}" for name in HOST_FLAGS)
        raise CommandError(f"{given} go together: {' and '.join(missing)} is missing")
    if index >= number:
        raise CommandError(
            f"--host_index {index}: expected a number from 0 to {number - 1}, of {number} hosts"
        )
    return True


def number_of_hosts(options: RunOptions) -> int:
    """Return the number of hosts that train, by the flags or else by a cluster's job."""
    if options.num_hosts is not None:
        return options.num_hosts
    # The backend of a run to go on with is not known on all hosts yet.
    share = options.backend == "jax" or options.resume is not None
    return cluster_size() if share else 1


def cluster_size() -> int:
    """Return the number of processes of this job of Open MPI or step of SLURM.

    It is 1 outside of one.

    JAX knows both by these variables, too.
    """
    of_job = {
        "OMPI_MCA_orte_hnp_uri": "OMPI_COMM_WORLD_SIZE",
        "SLURM_STEP_NODELIST": "SLURM_NTASKS",
    }
    sizes = (os.environ.get(size, "") for job, size in of_job.items() if job in os.environ)
    return max((int(size) for size in sizes if size.isdecimal()), default=1)
