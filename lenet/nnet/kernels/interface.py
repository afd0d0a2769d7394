"""The text of a kernel, and the numbers by which a caller addresses its arrays.

``c_code/interface.h`` says what the one function of a kernel takes and returns.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

C_CODE = Path(__file__).parents[1] / "c_code"
INCLUDE = re.compile(r'^#include "(.*)"\n', re.MULTILINE)
FUNCTION = "lenet_kernel"

# Status of interface.h: what is not a failure, and the exceptions for what is.
DONE, NEEDS_OUTPUTS = 0, 1
STATUS_ERRORS: dict[int, type[Exception]] = {
    2: MemoryError,
    3: ValueError,
    4: IndexError,
    5: NotImplementedError,
    6: RuntimeError,
}
MESSAGE_SIZE = 512

C_TYPES = {
    "float32": "float",
    "float64": "double",
    "bool": "std::uint8_t",
    **{
        f"{sign}int{bits}": f"std::{sign}int{bits}_t"
        for sign in ("", "u")
        for bits in (8, 16, 32, 64)
    },
}


@cache
def read_c_code(files: tuple[str, ...]) -> str:
    """Text of headers of ``c_code/`` with those that they include, each once.

    A compiler gets it in a folder of its own, where our headers are not.
    """
    seen = set[str]()

    def text(name: str) -> str:
        if name in seen:
            return ""
        seen.add(name)
        return INCLUDE.sub(lambda found: text(found[1]), (C_CODE / name).read_text("utf-8"))

    return "\n".join(map(text, files))


def c_type(dtype: str) -> str:
    """Return the C++ name of a type of numbers.

    Raises
    ------
    NotImplementedError
        For those that kernels do not calculate with, such as complex ones.
    """
    try:
        return C_TYPES[dtype]
    except KeyError:
        raise NotImplementedError(f"no kernel calculates with {dtype}") from None


@dataclass(frozen=True)
class Argument:
    """An array that a kernel reads or writes.

    Attributes
    ----------
    dtype : str
    ndim : int
    """

    dtype: str
    ndim: int

    @classmethod
    def of(cls, variable: Any) -> "Argument":
        """Return the argument for a variable of a graph."""
        return cls(variable.type.dtype, variable.type.ndim)


@dataclass(frozen=True)
class Kernel:
    """A kernel that can be compiled: one C function without Python.

    Attributes
    ----------
    text : str
        Its C++ code.
    flags : tuple of str
        Those that it is compiled with besides those that all have.
    tuned : bool
        Whether it is compiled for this machine's CPU, and with OpenMP if there is one. Both are asked of the compiler once in a
        process, which takes a fifth of a second.
    """

    text: str
    flags: tuple[str, ...] = ()
    tuned: bool = True


@dataclass(frozen=True)
class Places:
    """Places of the words by which a caller describes arrays to a kernel.

    Attributes
    ----------
    inputs, outputs : tuple of int
        Index of the word that is the array's address; the shape and, of an input, the strides follow.
    count : int
        Number of words.
    """

    inputs: tuple[int, ...]
    outputs: tuple[int, ...]
    count: int


def places(inputs: Sequence[Argument], outputs: Sequence[Argument]) -> Places:
    """Return where the words of a kernel's arguments are."""
    ends = [0]
    for argument, sizes in [*((i, 2) for i in inputs), *((o, 1) for o in outputs)]:
        ends.append(ends[-1] + 1 + sizes * argument.ndim)
    return Places(tuple(ends[: len(inputs)]), tuple(ends[len(inputs) : -1]), ends[-1])


def kernel_text(
    files: tuple[str, ...],
    support: str,
    inputs: Sequence[Argument],
    outputs: Sequence[Argument],
    body: str,
) -> str:
    """Return the C++ code of a kernel.

    Parameters
    ----------
    files : tuple of str
        Headers of ``c_code/`` that it needs.
    support : str
        Definitions that follow them.
    inputs, outputs : sequence of Argument
        Arrays ``i0``, ``i1``, ... of the body that it reads, and ``o0``, ``o1``, ... that it writes.
    body : str
        Expression that calculates the results, and is negative if it could not; ``numbers`` are the
        parameters of the Op.
    """
    where = places(inputs, outputs)
    arrays = [
        f"    const lenet::Array i{n} = lenet::array_of<{c_type(i.dtype)}>(words + {place}, {i.ndim});"
        for n, (i, place) in enumerate(zip(inputs, where.inputs, strict=True))
    ]
    arrays += [f"    lenet::Output o{n} = {{words + {p}}};" for n, p in enumerate(where.outputs)]
    return "\n".join(
        [
            read_c_code(files),
            support,
            f'extern "C" EXPORTED int {FUNCTION}(lenet::Index* words, const lenet::Index* numbers, char* message) {{',
            "    (void)numbers;",
            *arrays,
            f"    return lenet::status_of(message, [&]() -> int {{ return {body}; }});",
            "}\n",
        ]
    )
