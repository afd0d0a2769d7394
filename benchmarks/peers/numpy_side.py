"""The matrix product of NumPy's BLAS."""

import numpy as np

from benchmarks.workers import Call


def products(threads: int, sizes: tuple[int, ...]) -> dict[str, Call]:
    calls: dict[str, Call] = {}
    for size in sizes:
        a = np.random.default_rng(0).standard_normal((size, size), dtype=np.float32)
        out = np.empty_like(a)
        calls[str(size)] = (lambda a=a, out=out: np.matmul(a, a, out=out)), lambda c: [c]
    return calls
