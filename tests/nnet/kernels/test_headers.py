"""Headers that are compiled once for many kernels."""

import re

import pytensor
import pytest

from lenet.nnet.kernels import library
from lenet.nnet.kernels.headers import HEADERS, can_precompile, headers_file, precompile
from lenet.nnet.kernels.interface import C_CODE
from lenet.nnet.kernels.library import (
    command,
    compile_kernel,
    expect,
    library_path,
    start_expected,
)
from tests.nnet.kernels.test_library import kernel

needs_gcc = pytest.mark.skipif(
    not pytensor.config.cxx or not can_precompile(), reason="needs GCC on Linux"
)
INCLUDE = re.compile(r"#include <(\w+)>")


def test_headers_are_those_of_the_kernels():
    texts = {path.name: path.read_text("utf-8") for path in C_CODE.glob("*.h")}
    ours = [text for text in texts.values() if "<Python.h>" not in text and "<xla/" not in text]
    assert set(INCLUDE.findall("".join(ours))) == set(INCLUDE.findall(HEADERS))
    assert len(ours) > len(texts) / 2


@needs_gcc
def test_many_kernels_have_their_headers_compiled(folder, monkeypatch):
    monkeypatch.setattr(library, "WORTH_HEADERS", 2)
    expect([kernel("alone")])
    start_expected()
    library.COMPILERS.threads().shutdown()
    library.COMPILERS.pool = None
    assert not list(folder.glob("*.gch"))
    expect([kernel("with another")])
    start_expected()
    library.COMPILERS.threads().shutdown()
    (compiled,) = folder.glob("*.gch")
    assert compiled.with_suffix("") == headers_file(folder, command(kernel("")))
    assert library_path(kernel("with another")).exists()


@pytest.fixture
def header(folder):
    """Return headers that are compiled for a kernel."""
    arguments = command(kernel(""))
    precompile(folder, arguments)
    return headers_file(folder, arguments)


@needs_gcc
def test_compiled_headers_are_used(header):
    assert header.read_text("utf-8") == HEADERS
    header.write_text("#error GCC reads the text", "utf-8")
    assert compile_kernel(kernel("used")).exists()


@needs_gcc
def test_damaged_headers_are_left_out(header):
    compiled = header.with_name(f"{header.name}.gch")
    compiled.write_bytes(compiled.read_bytes()[:100_000])
    assert compile_kernel(kernel("damaged headers")).exists()
    assert not compiled.exists()
