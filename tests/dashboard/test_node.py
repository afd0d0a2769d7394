"""The tests of the page's program that need no browser."""

import subprocess
from pathlib import Path

from tests.show.node import NODE, needs_node


@needs_node
def test_the_tests_under_node_pass():
    paths = sorted((Path(__file__).parent / "page").glob("*.test.js"))
    done = subprocess.run([NODE, "--test", *paths], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
    assert "fail 0" in done.stdout
