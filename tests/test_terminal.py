"""Standard streams that are closed, as for daemons and cron jobs."""

import subprocess
import sys

import pytest

CHECK = """
import os, subprocess, sys
from lenet.terminal import complain, run_command, say
def command():
    say("said")
    complain("program", "complained")
    from tqdm import tqdm
    for _ in tqdm(range(3)):
        pass
    print("printed", file=sys.stderr)
    sys.stdin.read()
    with open(sys.argv[1], "w") as file:
        # Its number is no standard one, into which libraries and children write.
        print(file.fileno() > 2, file=file)
        subprocess.run(["sh", "-c", "echo out; echo errors >&2"], check=True)
    return 0
sys.exit(run_command("program", command))
"""


@pytest.mark.parametrize("closed", ["2>&-", "1>&-", "0<&-", "0<&- 2>&-", "0<&- 1>&- 2>&-"])
def test_a_command_does_its_work_without_standard_streams(tmp_path, closed):
    shell = ["sh", "-c", f'exec "$@" {closed}', "sh"]
    done = subprocess.run(
        [*shell, sys.executable, "-W", "error", "-c", CHECK, tmp_path / "file"],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "file").read_text() == "True\n"
    assert done.stdout == ("" if "1>&-" in closed else "said\nout\n")
    assert ("complained" in done.stderr) == ("2>&-" not in closed)
