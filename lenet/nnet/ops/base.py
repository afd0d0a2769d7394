"""Base class of the Ops whose C code lives in files below ``c_code/``."""

import re
from collections.abc import Sequence
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any, ClassVar

from pytensor.graph.basic import Apply
from pytensor.link.c.op import OpenMPOp
from pytensor.scalar import upcast
from pytensor.tensor.variable import TensorVariable

C_CODE = Path(__file__).parents[1] / "c_code"
INCLUDE = re.compile(r'^#include "(.*)"\n', re.MULTILINE)


@cache
def read_c_code(files: tuple[str, ...]) -> str:
    """Text of headers of ``c_code/`` with those that they include, each once.

    PyTensor compiles a module in a folder of its own, where our headers are not.
    """
    seen = set[str]()

    def text(name: str) -> str:
        if name in seen:
            return ""
        seen.add(name)
        return INCLUDE.sub(lambda found: text(found[1]), (C_CODE / name).read_text("utf-8"))

    return "\n".join(map(text, files))


class CFileOp(OpenMPOp):
    """An Op that calls one templated C++ function of ``c_code/``.

    A subclass names the header (`c_files`; those that it includes follow), the function
    (`c_function`), and says what its sizes are: either to the compiler (`c_shape`) or as the first
    argument (`c_geometry`). OpenMP is asked for whatever the number of threads, so that one and two
    threads run the very same machine code.
    """

    __props__: ClassVar[tuple[str, ...]] = ()
    c_files: ClassVar[tuple[str, ...]]
    c_function: ClassVar[str]

    def __init__(self) -> None:
        super().__init__(openmp=True)

    def infer_output_shape(self, node: Apply, shapes: Sequence[tuple]) -> tuple:
        """Return the symbolic shape of the output for the symbolic shapes of the inputs."""
        raise NotImplementedError

    def infer_shape(self, *arguments: Any) -> list[tuple]:
        # PyTensor 3.0 passes the function graph first; later versions do not.
        node, shapes = arguments[-2:]
        return [self.infer_output_shape(node, shapes)]

    def sibling(self, op: type["CFileOp"]) -> "CFileOp":
        """Return the Op of class `op` with the same properties."""
        return op(*(getattr(self, name) for name in self.__props__))

    def as_floats(self, tensors: Sequence[TensorVariable], verb: str) -> list[TensorVariable]:
        """Return the tensors in one floating-point type, as PyTensor's arithmetic does.

        Raises
        ------
        TypeError
            For what is neither float32 nor float64 then, as complex numbers; `verb` says in its text
            what cannot be done with them.
        """
        dtype = upcast(*(tensor.type.dtype for tensor in tensors), "float32")
        if dtype not in ("float32", "float64"):
            raise TypeError(f"{self}: cannot {verb} {dtype}, expected float32 or float64")
        return [tensor.astype(dtype) for tensor in tensors]

    def c_shape(self, name: str) -> str:
        """Return the C++ type that is the kernel's second template argument, or nothing.

        `name` is that of the node, as in PyTensor's `c_support_code_apply`.
        """
        return ""

    def c_geometry(self) -> str:
        """Return the C++ expression of the kernel's first argument, or nothing."""
        return ""

    def c_arguments(self, node: Apply, inputs: list[str], outputs: list[str]) -> list[str]:
        """Return the C++ arguments: arrays, scalars as one ``Sizes``, pointers to outputs."""
        pairs = list(zip(inputs, node.inputs, strict=True))
        arrays = [c for c, variable in pairs if variable.type.ndim]
        sizes = [
            f"*(npy_int64*)PyArray_DATA({c})" for c, variable in pairs if not variable.type.ndim
        ]
        both = [*arrays, f"lenet::Sizes{c_triple(sizes, 1)}"] if sizes else arrays
        return [*both, *(f"&{c}" for c in outputs)]

    def c_code(
        self,
        node: Apply,
        name: str,
        inputs: list[str],
        outputs: list[str],
        sub: dict[str, Any],
    ) -> str:
        types = ", ".join(filter(None, [c_type(node), self.c_shape(name)]))
        values = filter(None, [self.c_geometry(), *self.c_arguments(node, inputs, outputs)])
        call = f"lenet::{self.c_function}<{types}>({', '.join(values)})"
        return f"if ({call} < 0) {{ {sub['fail']} }}"

    def c_support_code(self, **kwargs: Any) -> str:
        return read_c_code(self.c_files)

    def c_compile_args(self, **kwargs: Any) -> list[str]:
        # GCC's default, but not that of every Clang.
        return [*super().c_compile_args(**kwargs), "-O3", "-std=gnu++17"]

    def c_code_cache_version(self) -> tuple[str, ...]:
        # The text itself is the version: whoever edits a kernel cannot forget to raise a number.
        return (sha256(read_c_code(self.c_files).encode()).hexdigest(),)


def c_type(node: Apply) -> str:
    """Return the C name (``npy_float32``...) of the element type of the node's output."""
    return f"npy_{node.outputs[0].type.dtype}"


def c_triple(values: Sequence[Any], lead: int) -> str:
    """Return a C++ initialiser of three numbers, one for each spatial axis.

    The kernels always see three axes: an image is a volume whose first axis is `lead` long.
    """
    return "{" + ", ".join(map(str, [lead] * (3 - len(values)) + list(values))) + "}"
