"""Peak memory of augmented training with 2 and 8 crops: `python -m benchmarks.memory`.

One epoch of ``lenet/train.py --dataset cifar10 --data_augm --ncrops N`` in a process of its own; what
the operating system has recorded as its largest resident set is printed. Further arguments go to
`lenet-train`.
"""

import argparse
import os
import sys
import tempfile

from benchmarks.machine import describe_machine, train_command


def peak_mebibytes(flags: list[str]) -> float:
    """Run the command and return the largest resident set of its process."""
    with tempfile.TemporaryDirectory() as folder:
        process = train_command([*flags, "--out_dir", folder])
        _, status, usage = os.wait4(process.pid, 0)
    if status:
        raise SystemExit(f"the command failed with status {os.waitstatus_to_exitcode(status)}")
    return usage.ru_maxrss / (1024 * 1024 if sys.platform == "darwin" else 1024)


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    _, rest = parser.parse_known_args(argv)
    flags = ["--dataset", "cifar10", "--nepochs", "1", "--data_augm", "--ncrops"]
    peaks = {ncrops: peak_mebibytes([*flags, str(ncrops), *rest]) for ncrops in (2, 8)}
    print(f"\n{describe_machine()}")
    for ncrops, peak in peaks.items():
        print(f"--ncrops {ncrops}: peak resident memory {peak:.0f} MiB")
    return 0


if __name__ == "__main__":
    sys.exit(main())
