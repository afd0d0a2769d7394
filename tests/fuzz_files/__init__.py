"""Random search for files that do harm: each kind of file that is read, damaged or forged."""

import os

# Before NumPy is imported: a process with threads is none to fork from.
os.environ.update(OPENBLAS_NUM_THREADS="1", OMP_NUM_THREADS="1", MPLBACKEND="Agg")
