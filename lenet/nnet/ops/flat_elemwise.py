"""Element-wise Ops as loops that a compiler can vectorise.

As soon as one argument is broadcast (a bias, a learning rate), PyTensor's Elemwise steps through all
arrays by their strides, and for each element it calls the C library's `tanh`, say. `lenet.nnet.rewrites`
puts this Op in its place.
"""

from collections.abc import Sequence
from typing import Any

from pytensor.graph.basic import Apply
from pytensor.scalar import get_scalar_type
from pytensor.tensor.elemwise import Elemwise

from lenet.nnet.kernels.interface import Argument, Kernel, c_type, kernel_text
from lenet.nnet.ops.base import CFileOp
from lenet.nnet.ops.elementary import with_elementary_functions

PREFIX = "scalar_"
FAILURE = (
    "goto failure"  # there is no such place: `lenet.nnet.rewrites` leaves what may fail to PyTensor
)


class FlatElemwise(CFileOp):
    """An element-wise Op on arrays and numbers that may be broadcast along any axes.

    Parameters
    ----------
    elemwise : Elemwise
        The Op to carry out, in place if that is; its outputs are of floating point.
    """

    __props__ = ("elemwise",)
    c_files = ("scalars.h", "elementary.h", "elementwise.h")
    # Nobody reads errno or the flags of exceptions, for whose sake branches would stay branches.
    c_flags = ("-fno-math-errno", "-fno-trapping-math")

    def __init__(self, elemwise: Elemwise) -> None:
        self.elemwise = elemwise
        self.destroy_map = elemwise.destroy_map

    @property
    def scalar_op(self) -> Any:
        """Op of each element."""
        return self.elemwise.scalar_op

    def make_node(self, *inputs: Any) -> Apply:
        node = self.elemwise.make_node(*inputs)
        return Apply(self, node.inputs, [output.type() for output in node.outputs])

    def infer_shape(self, *arguments: Any) -> list[tuple]:
        node, shapes = arguments[-2:]
        # The first array that has an axis says how long it is.
        known = dict[int, Any]()
        for variable, shape in zip(node.inputs, shapes, strict=True):
            for axis, varies in enumerate(varying_axes(variable)):
                if varies:
                    known.setdefault(axis, shape[axis])
        shape = tuple(known.get(axis, 1) for axis in range(node.outputs[0].type.ndim))
        return [shape] * len(node.outputs)

    def perform(self, node: Apply, inputs: Sequence[Any], output_storage: list[list]) -> None:
        self.elemwise.prepare_node(node, None, None, "py")
        self.elemwise.perform(node, inputs, output_storage)

    def scalar_node(self, node: Apply) -> Apply:
        """Return the node that does with single numbers what `node` does with arrays."""
        inputs, outputs = (
            [get_scalar_type(dtype=v.type.dtype).make_variable() for v in variables]
            for variables in (node.inputs, node.outputs)
        )
        return Apply(with_elementary_functions(self.scalar_op), inputs, outputs)

    def kernel(self, node: Apply) -> Kernel:
        # An argument that comes twice is read once.
        first = {variable: f"i{n}" for n, variable in reversed([*enumerate(node.inputs)])}
        inputs = [first[variable] for variable in node.inputs]
        outputs = [f"o{n}" for n in range(len(node.outputs))]
        arguments = [Argument.of(variable) for variable in node.inputs]
        results = [Argument.of(variable) for variable in node.outputs]
        declared = [f"const lenet::Array& {c}" for c in first.values()]
        declared += [f"lenet::Output& {c}" for c in outputs]
        body = f"elementwise({', '.join([*first.values(), *outputs])})"
        support = f"""{"".join(self.support_code(node))}
inline int elementwise({", ".join(declared)}) {{
{self.loop(node, inputs, outputs)}
}}
"""
        folders = [f"-I{folder}" for folder in self.scalar_op.c_header_dirs()]
        text = kernel_text(self.c_files, support, arguments, results, body)
        return Kernel(text, (*self.c_flags, *folders))

    def support_code(self, node: Apply) -> list[str]:
        """Return what the scalar Op needs before its code: headers, and definitions.

        The names that it takes of NumPy are those of ``c_code/scalars.h``.
        """
        scalar_node = self.scalar_node(node)
        op = scalar_node.op
        headers = [f"#include {header}\n" for header in op.c_headers()]
        parts = [*headers, op.c_support_code(), op.c_support_code_apply(scalar_node, PREFIX)]
        return [part.replace("#include <numpy/npy_math.h>\n", "") for part in parts]

    def scalar_code(self, node: Apply, inputs: list[str], outputs: list[str]) -> str:
        """Return the C code of an element, for the names of numbers."""
        scalar_node = self.scalar_node(node)
        code = scalar_node.op.c_code(scalar_node, PREFIX, inputs, outputs, {"fail": FAILURE})
        return str(code)

    def loop(self, node: Apply, inputs: list[str], outputs: list[str]) -> str:
        """Return the C++ code of the loop, for the names of arrays."""
        variables = dict(zip(inputs, node.inputs, strict=True))
        arrays = {c: variable for c, variable in variables.items() if not is_number(variable)}
        masks = [varying_axes(variable) for variable in arrays.values()]
        # A block of a row is a part of this axis, or whole parts of those around it.
        last = max(axis for mask in masks for axis, varies in enumerate(mask) if varies)
        axes = len(masks[0])
        before, in_row, inside, after = [], [], [], []
        for c, variable in variables.items():
            dtype = c_type(variable.type.dtype)
            if is_number(variable):
                before.append(f"const {dtype} {c}_value = {c}.at<{dtype}>();")
                continue
            row = f"elements.row<{dtype}>({list(arrays).index(c)}, row)"
            if varying_axes(variable)[last]:
                in_row.append(f"const {dtype}* const {c}_elements = {row} + begin;")
                inside.append(f"const {dtype} {c}_value = {c}_elements[i];")
            else:
                in_row.append(f"const {dtype} {c}_value = *{row};")
        for c, variable in zip(outputs, node.outputs, strict=True):
            dtype = c_type(variable.type.dtype)
            before.append(
                f"{dtype}* const {c}_data = lenet::prepare_output<{dtype}>(&{c}, shape, {axes});"
            )
            in_row.append(f"{dtype}* const {c}_elements = {c}_data + place;")
            inside.append(f"{dtype} {c}_result;")
            after.append(f"{c}_elements[i] = {c}_result;")
        values, results = [f"{c}_value" for c in inputs], [f"{c}_result" for c in outputs]
        c_masks = ", ".join("{" + ", ".join(str(int(v)) for v in mask) + "}" for mask in masks)
        return f"""\
    const lenet::Array* const arrays[] = {{&{", &".join(arrays)}}};
    constexpr bool varies[{len(arrays)}][{axes}] = {{{c_masks}}};
    lenet::Index shape[{axes}];
    if (!lenet::common_shape(arrays, varies, shape)) return -1;
    {" ".join(before)}
    if (!({" && ".join(f"{c}_data" for c in outputs)})) return -1;
    const lenet::Elementwise<{len(arrays)}, {axes}> elements(arrays, varies, shape, {last});
    if (!elements) return -1;
    elements.run([&](lenet::Index row, lenet::Index place, lenet::Index begin, lenet::Index size)
                     __attribute__((noinline)) {{
        {" ".join(in_row)}
#pragma omp simd
        for (lenet::Index i = 0; i < size; ++i) {{
            {" ".join(inside)}
            {self.scalar_code(node, values, results)}
            {" ".join(after)}
        }}
    }});
    return 0;"""

    def __str__(self) -> str:
        return f"Flat{self.elemwise}"


def varying_axes(variable: Any) -> list[bool]:
    """Return for each axis whether an array has it rather than is broadcast along it."""
    return [size != 1 for size in variable.type.shape]


def is_number(variable: Any) -> bool:
    """Return whether an array always holds a single number."""
    return not any(varying_axes(variable))
