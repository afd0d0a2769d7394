"""Settings that all tests share."""

import os

# One BLAS thread: NumPy's threads and those of the kernels would fight for the same cores.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
os.environ.setdefault("MPLBACKEND", "Agg")
