"""Notebooks as programs."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from lenet.theano_compat.notebooks import Notebook, cells_of, python_of
from lenet.theano_compat.runner import code_of


def notebook_of(*cells, **metadata):
    found = [{"cell_type": "code", "source": each} for each in cells]
    return json.dumps({"cells": found, "metadata": metadata}).encode()


def results_of(*cells):
    """Return what is printed by cells that need no magic."""
    notebook = Notebook.read(notebook_of(*cells), "some.ipynb")
    shown = []
    exec(code_of(notebook, "some.ipynb", []), {"__show_result__": shown.append})
    return shown


def test_magics_in_texts_brackets_and_long_lines_are_pythons():
    text = 'x = """\n%matplotlib\n!ls\nwhat?\n"""\ny = (7\n%4)\nz = 9 \\\n  % x'
    assert python_of(text, "cell 1") == text.split("\n")
    assert results_of("'''a\n%time b'''", "(17 # ' ( \n%5)", "'it\\'s \"\"\" (' \\\n%()") == [
        *("a\n%time b", 2, 'it\'s """ ('),
    ]


def test_what_only_a_notebook_has_is_left_out(capsys):
    lines = "%matplotlib inline\nlen?\nif 1:\n    %matplotlib\na = !ls\n%time b = 3\n?len"
    assert python_of(lines, "cell 1") == [
        *("# %matplotlib inline", "# len?", "if 1:", "    pass  # %matplotlib"),
        *("a = []  # a = !ls", "b = 3", "# ?len"),
    ]
    assert "cell 1: a = !ls is left out" in capsys.readouterr().err


def test_cells_show_their_last_results():
    assert results_of() == results_of("", "# nothing") == []
    assert results_of("  1\n  2", "3;", "x = 4\r\nx", "5 # five", "'a\x0cb\u2028'") == [
        *(2, 4, 5, "a\x0cb\u2028"),
    ]


def test_pythons_future_may_come_late():
    assert results_of("%matplotlib inline\n1", "from __future__ import division\n3 / 2") == [1, 1.5]


@pytest.mark.parametrize(
    "metadata",
    [
        {"kernelspec": {"language": "R"}},
        {"kernelspec": {"name": "ir"}, "language_info": {"name": "R"}},
        {"kernelspec": {"name": "julia-0.6"}},
        {"language": "Julia"},
    ],
)
def test_other_languages_are_refused(metadata):
    with pytest.raises(ValueError, match=r"is a notebook of (R|Julia), expected one of Python"):
        cells_of(notebook_of("x <- 1", **metadata), "some.ipynb")


def test_formats_from_2_to_4_are_read():
    sheets = {"worksheets": [{"cells": [{"cell_type": "code", "input": ["a\n", "b"]}]}]}
    assert cells_of(json.dumps(sheets).encode(), "") == [("a\nb", False)]
    assert cells_of(notebook_of("a", kernelspec={"name": "python2"}), "") == [("a", False)]
    for wrong in (b"", b"[1]", b'{"cells": null}', b"\xff"):
        with pytest.raises(ValueError, match="is no notebook"):
            cells_of(wrong, "some.ipynb")


def test_files_are_run_in_the_folder_of_the_notebook(tmp_path):
    folder = tmp_path / "inner"
    folder.mkdir()
    (folder / "other.py").write_text("import sys\nprint(sys.argv, __name__)\nfound = 42\n")
    cells = (
        "%run other 5 'six seven'\nfound",
        "get_ipython().magic('run other.py')",
        "%env SOME_NAME=text\nimport os; os.environ['SOME_NAME']",
        "%cd ..\nos.path.exists('inner')",
        "1 / 0",
    )
    (folder / "some.ipynb").write_bytes(notebook_of(*cells))
    done = subprocess.run(
        [sys.executable, "-m", "lenet.theano_compat", str(Path("inner", "some.ipynb"))],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        timeout=120,
        check=False,
    )
    assert done.stdout.splitlines() == [
        *("['other.py', '5', 'six seven'] __main__", "42", "['other.py'] __main__"),
        *("'text'", "True"),
    ]
    assert done.stderr.endswith(
        f"ZeroDivisionError: division by zero\n{folder / 'some.ipynb'}: cell 5\n"
    )


@pytest.mark.parametrize("kind", ["error", "pyerr"])
def test_a_cell_that_is_to_fail_ends_no_program(kind):
    content = json.loads(notebook_of("a = 1\n1 / 0\na = 2", "a"))
    content["cells"][0]["outputs"] = [{"output_type": kind}]
    notebook = Notebook.read(json.dumps(content).encode(), "some.ipynb")
    shown = []
    names = {"__show_result__": shown.append, "__tell_error__": lambda: shown.append("told")}
    exec(code_of(notebook, "some.ipynb", []), names)
    assert shown == ["told", 1]


def cells(*texts):
    return [{"cell_type": "code", "source": text.splitlines(True)} for text in texts]


@pytest.fixture
def run(tmp_path):
    def run(content, *flags):
        path = tmp_path / "lesson.ipynb"
        path.write_text(content if isinstance(content, str) else json.dumps(content))
        done = subprocess.run(
            [sys.executable, "-m", "lenet.theano_compat", *flags, path.name],
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
            cwd=tmp_path,
        )
        done.stderr = done.stderr.replace(f"{tmp_path.resolve()}{os.sep}", "")
        return done

    return run


def test_what_cells_come_to_is_printed(run):
    done = run(
        {
            "cells": [
                *cells("%matplotlib inline\nimport theano\nx = theano.tensor.dscalar('x')"),
                {"cell_type": "markdown", "source": ["text that is not run"]},
                *cells(
                    "f = theano.function([x], 2 * x, mode='FAST_COMPILE')\nf(3)\n\n# a remark\n\n",
                    "1\n2;",
                    "None",
                    "print('a')\ndisplay('b')\n'c'",
                ),
            ]
        }
    )
    assert done.stderr == ""
    assert done.stdout == "array(6.)\na\nb\n'c'\n"


def test_magics_are_left_out_or_are_python(run):
    lines = "%pylab inline\nif pi > 3:\n    %time x = 3\nprint(x, zeros(1), 'number %d' \n % x)"
    shell = "!ls\nname = 4\n%timeit name"
    done = run({"cells": cells(lines, shell, "%%time\nname", "%%bash\necho no", "x")})
    assert done.stdout == "3 [0.] number 3\n4\n3\n"
    assert done.stderr.splitlines() == [
        "theano_compat: lesson.ipynb, cell 2: !ls is left out",
        "theano_compat: lesson.ipynb, cell 2: %timeit name is left out",
        "theano_compat: lesson.ipynb, cell 4: %%bash is left out",
    ]


def test_an_error_tells_its_cell_and_quotes_it(run):
    done = run({"cells": cells("def f():\n    return 1 / 0", "3", "# now\nf()")})
    assert done.returncode == 1
    *_, what, cell = done.stderr.splitlines()
    assert (what, cell) == ("ZeroDivisionError: division by zero", "lesson.ipynb: cell 1")
    assert "    return 1 / 0" in done.stderr
    assert "    f()" in done.stderr
    assert done.stdout == "3\n"


def test_notebooks_of_python_2_and_of_early_formats(run):
    early = [{"cell_type": "code", "input": ["print 3 / 2\n", "7 / 2"]}]
    content = {"nbformat": 3, "worksheets": [{"cells": early}]}
    assert run(content, "--python2").stdout == "1\n3\n"
    assert "for Python 2" in run(content).stderr


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("{", "lesson.ipynb is no notebook (JSONDecodeError"),
        ("[]", "lesson.ipynb is no notebook (AttributeError"),
        ({"cells": [{}]}, "lesson.ipynb is no notebook (KeyError"),
        (
            {"cells": [], "metadata": {"kernelspec": {"language": "R"}}},
            "lesson.ipynb is a notebook of R, expected one of Python",
        ),
    ],
)
def test_what_is_no_notebook_is_one_line(run, content, expected):
    done = run(content)
    assert done.returncode == 1
    (line,) = done.stderr.splitlines()
    assert line.startswith(f"theano_compat: {expected}")
