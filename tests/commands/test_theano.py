import subprocess
import sys
from pathlib import Path

import pytest

from lenet.commands.theano import make_parser

COMMAND = Path(sys.executable).with_name("lenet")
NETWORK = "import theano\nvalue = theano.__version__\n"
PROGRAMS = {
    "beside it": ("lenet.py", "train.py", "from lenet import value\nprint(value)"),
    "as a package": ("lenet/net.py", "train.py", "import lenet.net\nprint(lenet.net.value)"),
    "found later": (
        *("lenet.py", "code/train.py"),
        "import sys; sys.path.append('.')\nimport os, lenet as net\nprint(net.value)",
    ),
    "for Python 2": ("lenet.py", "train2.py", "import lenet\nprint lenet.value"),
    "none": (
        "other.py",
        "train.py",
        "import lenet.layers\nfrom lenet.layers import ConvPool\n"
        "assert lenet.layers.ConvPool is ConvPool\nprint('1.0.5')",
    ),
}


@pytest.mark.parametrize(("module", "script", "text"), PROGRAMS.values(), ids=PROGRAMS)
@pytest.mark.skipif(not COMMAND.exists(), reason="the command lenet is not installed")
def test_a_program_has_a_lenet_of_its_own(module, script, text, tmp_path):
    for name, content in ((module, NETWORK), (script, text)):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(content)
    if "/" in module:
        (tmp_path / module).with_name("__init__.py").write_text("")
    flags = ["--python2"] if script == "train2.py" else []
    done = subprocess.run(
        [COMMAND, "theano", *flags, script],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.stdout, done.stderr, done.returncode) == ("1.0.5\n", "", 0)


def test_modules_and_flags_of_a_script(tmp_path):
    (tmp_path / "program.py").write_text("import sys, theano\nprint(sys.argv[1:], sys.path[0])")
    command = [COMMAND, "theano", "-m", "program", "--help", "-m"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True)
    assert done.stdout == f"['--help', '-m'] {tmp_path.resolve()}\n"


def test_help_has_a_line_for_each_flag():
    text = make_parser().format_help()
    assert all(flag in text for flag in ("-m MODULE", "--python2", "--no_old_names", "-u "))
