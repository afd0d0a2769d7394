"""Checks of the flags that share the work among devices and hosts."""

from lenet.errors import CommandError
from lenet.training.options import RunOptions

HOST_FLAGS = ("coordinator", "num_hosts", "host_index")


def check_devices(options: RunOptions) -> None:
    """Raise `CommandError` if batches cannot be shared as the options say."""
    several = "--devices" if options.devices > 1 else "--coordinator"
    if options.backend != "jax" and (options.devices > 1 or options.coordinator is not None):
        raise CommandError(f"{several} goes with --backend jax, not {options.backend}")
    devices = options.devices * (options.num_hosts or 1)
    if devices > options.batch_size:
        raise CommandError(
            f"{devices} devices are more than a batch has images (--batch_size {options.batch_size})"
        )


def runs_among_hosts(options: RunOptions) -> bool:
    """Return whether there are other hosts.

    Raises
    ------
    CommandError
        If a flag that tells of them is missing or cannot be.
    """
    index, number = options.host_index, options.num_hosts
    missing = [f"--{name}" for name in HOST_FLAGS if getattr(options, name) is None]
    if len(missing) == len(HOST_FLAGS):
        return False
    if index is None or number is None or missing:
        given = ", ".join(f"--{name}" for name in HOST_FLAGS)
        raise CommandError(f"{given} go together: {' and '.join(missing)} is missing")
    if index >= number:
        raise CommandError(
            f"--host_index {index}: expected a number from 0 to {number - 1}, of {number} hosts"
        )
    return True
