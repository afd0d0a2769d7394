"""Numbers of threads: how many there may be, how many there are, and how libraries get to know."""

import os

from lenet.errors import BackendError

MAX_THREADS = 1024


def default_threads() -> int:
    """Return OMP_NUM_THREADS if it is set, else the number of CPUs that this process may use.

    Raises
    ------
    BackendError
        If OMP_NUM_THREADS is not a number that PyTensor accepts.
    """
    text = os.environ.get("OMP_NUM_THREADS", "")
    if not text:
        available = getattr(os, "sched_getaffinity", None)  # Linux only
        return min(len(available(0)) if available else os.cpu_count() or 1, MAX_THREADS)
    if not text.isdecimal() or not 1 <= int(text) <= MAX_THREADS:
        raise BackendError(
            f"the environment variable OMP_NUM_THREADS is {text!r}: expected a number from 1 to "
            f"{MAX_THREADS}; change it or pass --threads"
        )
    return int(text)


def limit_threads(threads: int) -> None:
    """Give the loaded OpenMP runtimes `threads` threads, and BLAS one.

    A matrix product sums in an order that depends on the number of BLAS threads; one thread gives the
    same bits always. BLAS comes first, because one that is built with OpenMP changes that number too.
    """
    from threadpoolctl import threadpool_limits

    threadpool_limits(limits=1, user_api="blas")
    threadpool_limits(limits=threads, user_api="openmp")
