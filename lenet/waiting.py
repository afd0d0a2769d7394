"""Waiting of OpenMP's and OpenBLAS' threads, which is set before they are loaded."""

import os
from collections.abc import MutableMapping

# How long a thread that waits spins before it sleeps. GCC's runtime counts rounds of a loop, 300 000 by
# default (milliseconds), LLVM's counts milliseconds, 200 by default; each ignores the other's variable.
SPINNING = {"GOMP_SPINCOUNT": "1000", "KMP_BLOCKTIME": "1"}
# OpenBLAS', that of NumPy and SciPy, ask the clock for 2**26 ticks by default, some 20 ms, and OMP_WAIT_POLICY
# does not matter to them. 2**14 are microseconds, as the rounds above.
BLAS_SPINNING = {"OPENBLAS_THREAD_TIMEOUT": "14"}


def bound_spinning(environment: MutableMapping[str, str] = os.environ) -> None:
    """Let threads of OpenMP and OpenBLAS that wait spin shortly and then sleep.

    By default they spin for longer than a small step of training takes. Beside other programs, they then
    hold the CPU which the thread that they wait for needs. What the user has set stays: OMP_WAIT_POLICY,
    GOMP_SPINCOUNT (GCC), KMP_BLOCKTIME (LLVM), OPENBLAS_THREAD_TIMEOUT.

    Such a library reads its variables once, as it is loaded, and one that is in the process already
    does not notice this. OpenMP's comes later than ``import lenet`` unless a library whose runtime the kernels
    share was imported before it: some builds of PyTorch, and a NumPy whose BLAS uses OpenMP; OpenBLAS comes
    with NumPy. Then import lenet first, or set the variable in the shell. Programs that this one starts inherit it.
    """
    if not environment.get("OMP_WAIT_POLICY"):
        for name, value in SPINNING.items():
            environment.setdefault(name, value)
    for name, value in BLAS_SPINNING.items():
        environment.setdefault(name, value)
