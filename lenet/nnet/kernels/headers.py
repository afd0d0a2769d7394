"""Headers that GCC has compiled once, of the standard library for many kernels.

A fifth of the time that the compiler takes for a kernel goes to them.
"""

import subprocess
import sys
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory

from pytensor import config

# A folder with as many kernels, or modules, gets compiled headers, which take as long as they save so many.
WORTH_HEADERS = 8
HEADERS = """\
#include <algorithm>
#include <cmath>
#include <cstdarg>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <exception>
#include <initializer_list>
#include <limits>
#include <memory>
#include <new>
#include <optional>
#include <type_traits>
#include <utility>
#include <vector>
#ifdef _OPENMP
#include <omp.h>
#endif
"""


def can_precompile() -> bool:
    """Return whether the compiler is GCC, which checks headers that it finds compiled."""
    cxx = config.cxx  # outside Linux, g++ may be Clang
    return sys.platform == "linux" and "g++" in Path(cxx).name and "clang" not in cxx


def compile_headers(text: str, command: Sequence[str], target: Path, scratch: Path) -> None:
    """Compile headers into a file, which appears whole; nothing if the compiler fails.

    Parameters
    ----------
    text : str
        What includes them.
    command : sequence of str
        The compiler's, with the flags of what is to include them.
    target : Path
    scratch : Path
        A folder on the same disk, where the compiler writes until it is done.
    """
    with TemporaryDirectory(dir=scratch) as unfinished:
        header, made = Path(unfinished, "headers.h"), Path(unfinished, target.name)
        header.write_text(text, "utf-8")
        arguments = [*command, "-x", "c++-header", str(header), "-o", str(made)]
        if not subprocess.run(arguments, capture_output=True, check=False).returncode:
            made.replace(target)


def headers_file(folder: Path, command: Sequence[str]) -> Path:
    """Return the file of the headers for one command of the compiler.

    GCC looks for what is compiled beside it, in a file that is named ``.gch`` in addition. It may crash on headers that
    were compiled with other flags, so that each command has its own.
    """
    parts = "\0".join([HEADERS, config.gcc_version_str, *command])
    return folder / f"headers_{sha256(parts.encode()).hexdigest()[:32]}.h"


def compiled(header: Path) -> Path:
    """Return the file beside headers that holds them compiled."""
    return header.with_name(f"{header.name}.gch")


def include_headers(folder: Path, command: Sequence[str]) -> list[str]:
    """Return the arguments that name the compiled headers, if there are such."""
    header = headers_file(folder, command)
    return ["-include", str(header)] if compiled(header).exists() else []


def forget_headers(folder: Path, command: Sequence[str]) -> None:
    """Remove the compiled headers, which may be damaged."""
    compiled(headers_file(folder, command)).unlink(missing_ok=True)


def precompile(folder: Path, command: Sequence[str]) -> None:
    """Compile the headers, unless that has been done; kernels can do without."""
    header = headers_file(folder, command)
    if not can_precompile() or compiled(header).exists():
        return
    folder.mkdir(parents=True, exist_ok=True)
    header.write_text(HEADERS, "utf-8")  # named to GCC, which reads what is compiled
    compile_headers(HEADERS, command, compiled(header), folder)
