import os
import re
import shutil
import subprocess
import sysconfig
from itertools import chain

import pytest
from pytensor.link.c.cmodule import std_include_dirs

from lenet.nnet.kernels.interface import C_CODE, read_c_code
from tests.nnet.ops.test_fused_conv import SHAPES

HEADERS = sorted(path.name for path in C_CODE.glob("*.h"))
# A package of PyPI has clang-format, too.
SEARCHED = os.pathsep.join([sysconfig.get_path("scripts"), os.environ["PATH"]])
FLAGS = [
    *("-std=gnu++17", "-fsyntax-only", "-fopenmp", "-O0", "-Wall", "-Wextra", "-Werror"),
    "-Wno-unknown-pragmas",  # Clang does not know those of GCC
]
# The one header that stands between Python and the others.
GLUE = "python_glue.h"
FLAGS_OF_GLUE = [
    "-DNPY_NO_DEPRECATED_API=NPY_1_7_API_VERSION",
    *chain.from_iterable(("-isystem", folder) for folder in std_include_dirs()),
]


@pytest.mark.parametrize("compiler", ["g++", "clang++"])
@pytest.mark.parametrize("header", HEADERS)
def test_header_compiles_by_itself(header, compiler):
    if not shutil.which(compiler):
        pytest.skip(f"there is no {compiler}")
    command = [compiler, *FLAGS, *(FLAGS_OF_GLUE if header == GLUE else []), "-x", "c++", "-"]
    program = f'#include "{C_CODE / header}"\n'
    done = subprocess.run(command, input=program, capture_output=True, text=True, check=False)
    assert not done.returncode, done.stderr


@pytest.mark.parametrize("header", [name for name in HEADERS if name != GLUE])
def test_kernels_know_nothing_of_python(header):
    text = read_c_code((header,))
    assert not re.findall(
        r"\b(?:Py[A-Z]\w*_\w+|Py_\w+|npy_\w+|NPY_\w+)|#include <(?:Python|numpy)", text
    )


def includes(text):
    return re.findall(r'#include "(.*)"', text)


@pytest.mark.parametrize("header", HEADERS)
def test_text_has_each_header_once_and_after_what_it_includes(header):
    needed, left = set(), [header]
    while left:
        needed.add(name := left.pop())
        left += set(includes((C_CODE / name).read_text("utf-8"))) - needed
    text = read_c_code((header,))
    assert not includes(text)
    begins = {}
    for name in needed:
        # From the first declaration on, a header has no includes.
        own = (C_CODE / name).read_text("utf-8")
        body = own[own.index("namespace lenet {") :]
        assert text.count(body) == 1, name
        begins[name] = text.index(body)
    for name in needed:
        for other in includes((C_CODE / name).read_text("utf-8")):
            assert begins[other] < begins[name], (other, name)
    assert len(re.findall(r"#ifndef LENET_", text)) == len(needed)


def test_headers_of_several_files_come_once():
    text = read_c_code(("elementary.h", "elementwise.h"))
    assert text.count("#define LENET_COMMON_H") == 1
    assert text.index("#define LENET_ELEMENTARY_H") < text.index("#define LENET_ELEMENTWISE_H")


def test_fused_kernels_use_every_constant_that_is_given_to_them():
    given = re.findall(r"Given::(\w+)", (C_CODE / "conv_pool.h").read_text("utf-8"))
    assert sorted(given) == sorted(SHAPES["lenet"].c_constants())


def test_headers_are_formatted():
    if not (program := shutil.which("clang-format", path=SEARCHED)):
        pytest.skip("there is no clang-format")
    version = subprocess.run([program, "--version"], capture_output=True, text=True, check=True)
    if int(re.search(r"version (\d+)", version.stdout)[1]) < 20:
        pytest.skip("clang-format before 20 indents lambdas with attributes otherwise")
    command = [program, "--dry-run", "-Werror", *(C_CODE / name for name in HEADERS)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert not done.returncode, done.stderr
