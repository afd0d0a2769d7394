"""Notebooks of Jupyter and IPython, run as programs."""

import json
import subprocess
import sys

import pytest


def cells(*texts):
    return [{"cell_type": "code", "source": text.splitlines(True)} for text in texts]


@pytest.fixture
def run(tmp_path):
    def run(content, *flags):
        path = tmp_path / "lesson.ipynb"
        path.write_text(content if isinstance(content, str) else json.dumps(content))
        return subprocess.run(
            [sys.executable, "-m", "lenet.theano_compat", *flags, path.name],
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
            cwd=tmp_path,
        )

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
