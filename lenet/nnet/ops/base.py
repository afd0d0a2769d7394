"""Base class of the Ops that C++ kernels below ``c_code/`` compute."""

from collections.abc import Collection, Sequence
from hashlib import sha256
from typing import Any, ClassVar

from pytensor.graph.basic import Apply, Variable
from pytensor.link.c.op import COp
from pytensor.link.c.type import CDataType
from pytensor.scalar import upcast
from pytensor.tensor.variable import TensorVariable

from lenet.nnet.kernels.interface import Argument, Kernel, c_type, kernel_text, read_c_code
from lenet.nnet.kernels.library import KernelError, LoadedKernel, load_kernel
from lenet.nnet.kernels.thunk import KernelThunk, start_library

GLUE = read_c_code(("python_glue.h",))


class CFileOp(COp):
    """An Op that calls one templated C++ function of ``c_code/``.

    A subclass names the header (`c_files`; those that it includes follow), the function
    (`c_function`), and says what its sizes are: either to the compiler (`c_shape`) or as the first
    argument (`c_geometry`). Every backend calls the same kernel. OpenMP is asked for whatever the
    number of threads, so that one and two threads run the very same machine code.
    """

    __props__: ClassVar[tuple[str, ...]] = ()
    c_files: ClassVar[tuple[str, ...]]
    c_function: ClassVar[str]
    c_flags: ClassVar[tuple[str, ...]] = ()
    # Whether inputs without axes are sizes that decide on the results' shapes, not numbers to calculate with.
    takes_sizes: ClassVar[bool] = True
    # PyTensor hands it to the C code: which kernel to call.
    params_type = CDataType(
        "lenet::Entry*", extra_support_code=GLUE, version=sha256(GLUE.encode()).hexdigest()
    )

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

    def c_shape(self) -> str:
        """Return the C++ type that is the kernel's second template argument, or nothing."""
        return ""

    def c_geometry(self) -> str:
        """Return the C++ expression of the kernel's first argument, or nothing.

        It may make use of ``numbers``, which are `c_numbers`.
        """
        return ""

    def c_numbers(self) -> tuple[int, ...]:
        """Return the parameters that the kernel is told when it runs.

        Ops that differ in nothing else have the same kernel.
        """
        return ()

    def c_support(self) -> str:
        """Return C++ definitions of one's own."""
        return ""

    def c_arguments(self, node: Apply, inputs: list[str], outputs: list[str]) -> list[str]:
        """Return the C++ arguments: arrays, sizes as one ``Sizes``, pointers to outputs."""
        pairs = list(zip(inputs, map(self.is_size, node.inputs), strict=True))
        arrays = [f"&{c}" for c, is_size in pairs if not is_size]
        sizes = [f"{c}.at<std::int64_t>()" for c, is_size in pairs if is_size]
        if sizes:
            arrays.append(f"lenet::Sizes{{{', '.join(three(sizes, '1'))}}}")
        return [*arrays, *(f"&{c}" for c in outputs)]

    def is_size(self, variable: Variable) -> bool:
        """Return whether an input is a size."""
        return self.takes_sizes and not variable.type.ndim

    def kernel(self, node: Apply) -> Kernel:
        """Return what is to be compiled for a node.

        Raises
        ------
        NotImplementedError
            If there is no kernel for its types.
        """
        inputs, outputs = map(Argument.of, node.inputs), map(Argument.of, node.outputs)
        types = ", ".join(filter(None, [c_type(node.outputs[0].type.dtype), self.c_shape()]))
        names = (
            [f"{kind}{n}" for n in range(len(v))]
            for kind, v in (("i", node.inputs), ("o", node.outputs))
        )
        values = filter(None, [self.c_geometry(), *self.c_arguments(node, *names)])
        body = f"lenet::{self.c_function}<{types}>({', '.join(values)})"
        text = kernel_text(self.c_files, self.c_support(), list(inputs), list(outputs), body)
        return Kernel(text, self.c_flags)

    def load(self, node: Apply) -> LoadedKernel:
        """Return the kernel of a node, compiled and loaded.

        Raises
        ------
        KernelError
            If the compiler fails.
        """
        try:
            return load_kernel(self.kernel(node))
        except KernelError as error:
            raise KernelError(f"the C++ compiler has failed on {self}") from error

    def get_params(self, node: Apply) -> Any:
        return self.load(node).entry(self.c_numbers()).capsule

    def make_c_thunk(
        self,
        node: Apply,
        storage_map: dict,
        compute_map: dict | None,
        no_recycling: Collection[Variable],
    ) -> KernelThunk:
        # Without a module of PyTensor's for each Op and type, which takes a second to compile.
        start_library()
        kernel = self.load(node)
        return KernelThunk(kernel, self.c_numbers(), node, storage_map, compute_map, no_recycling)

    def c_code(
        self,
        node: Apply,
        name: str,
        inputs: list[str],
        outputs: list[str],
        sub: dict[str, Any],
    ) -> str:
        # Where a graph is one module.
        overwritten = getattr(self, "destroy_map", {})
        results = ", ".join(
            f"{{&{c}, NPY_{variable.type.dtype.upper()}, {variable.type.ndim}, {overwritten.get(n, [-1])[0]}}}"
            for n, (c, variable) in enumerate(zip(outputs, node.outputs, strict=True))
        )
        return f"""{{
            if (lenet::call_kernel(*{sub["params"]}, {{{", ".join(inputs)}}}, {{{results}}}) < 0) {{
                {sub["fail"]}
            }}
        }}"""

    def c_compile_args(self, **kwargs: Any) -> list[str]:
        # GCC's default, but not that of every Clang.
        return ["-std=gnu++17"]

    def c_code_cache_version(self) -> tuple[int, ...]:
        # The text of what the code calls is the version of `params_type`.
        return (1,)


def three(values: Sequence[Any], lead: Any) -> tuple:
    """Return three numbers, one for each spatial axis.

    The kernels always see three axes: an image is a volume whose first axis is `lead` long.
    """
    return (lead,) * (3 - len(values)) + tuple(values)
