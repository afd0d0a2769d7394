"""A small network that has learnt the digits of scikit-learn, for tests of what uses one."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
FLAGS = "--dataset digits --lwidth 6 8 10 24 --nepochs 12 --batch_size 20 --lr 0.02 --initialiser glorot --show"


def train_digits(folder):
    """Train as a user does and return the folder of the run."""
    run = folder / "run"
    subprocess.run(
        [
            sys.executable,
            str(ROOT / "lenet" / "train.py"),
            *FLAGS.split(),
            "--threads=1",
            "--out_dir",
            str(run),
        ],
        env={**os.environ, "OMP_NUM_THREADS": "1"},
        check=True,
        capture_output=True,
    )
    return run
