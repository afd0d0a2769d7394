"""Thread counts: the default, and limits for OpenMP and BLAS."""

import os

from lenet.cpus import available_cpus
from lenet.errors import BackendError

MAX_THREADS = 1024


def default_threads() -> int:
    """Return OMP_NUM_THREADS if set, else the number of CPUs to be had.

    Raises
    ------
    BackendError
        If OMP_NUM_THREADS is not a number that PyTensor accepts.
    """
    text = os.environ.get("OMP_NUM_THREADS", "")
    if not text:
        return min(available_cpus(), MAX_THREADS)
    if not text.isdecimal() or not 1 <= int(text) <= MAX_THREADS:
        raise BackendError(
            f"the environment variable OMP_NUM_THREADS is {text!r}: expected a number from 1 to "
            f"{MAX_THREADS}; change it or pass --threads"
        )
    return int(text)


def limit_threads(threads: int) -> None:
    """Set the number of OpenMP threads, and use a single BLAS thread.

    A matrix product sums in an order that depends on the number of BLAS threads; with one thread, the result
    always has the same bits. BLAS comes first, because a BLAS built with OpenMP changes the OpenMP limit too.
    """
    from threadpoolctl import threadpool_limits

    threadpool_limits(limits=1, user_api="blas")
    threadpool_limits(limits=threads, user_api="openmp")
