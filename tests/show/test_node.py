"""The tests of the page's program that need no Python."""

import subprocess

from tests.show.node import HERE, NODE, needs_node


@needs_node
def test_the_tests_under_node_pass():
    paths = sorted((HERE / "page").glob("*.test.js"))
    done = subprocess.run([NODE, "--test", *paths], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
    assert "# fail 0" in done.stdout or "fail 0" in done.stdout
