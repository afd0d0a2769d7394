"""Element-wise Ops as loops that a compiler can vectorise.

As soon as one argument is broadcast (a bias, a learning rate), PyTensor's Elemwise steps through all
arrays by their strides, and for each element it calls the C library's `tanh`, say. `lenet.nnet.rewrites`
puts this Op in its place.
"""

from collections.abc import Sequence
from hashlib import sha256
from typing import Any

from pytensor.graph.basic import Apply
from pytensor.link.c.op import OpenMPOp
from pytensor.scalar import get_scalar_type
from pytensor.tensor.elemwise import Elemwise

from lenet.nnet.kernels.interface import c_type, read_c_code
from lenet.nnet.ops.elementary import with_elementary_functions

C_CODE = read_c_code(("python_glue.h", "elementary.h", "elementwise.h"))


class FlatElemwise(OpenMPOp):
    """An element-wise Op on arrays and numbers that may be broadcast along any axes.

    Parameters
    ----------
    elemwise : Elemwise
        The Op to carry out, in place if that is; its outputs are of floating point.
    """

    __props__ = ("elemwise",)

    def __init__(self, elemwise: Elemwise) -> None:
        self.elemwise = elemwise
        self.destroy_map = elemwise.destroy_map
        # Whatever the number of threads, so that one and two run the very same machine code.
        super().__init__(openmp=True)

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
        return Apply(with_elementary_functions(self.elemwise.scalar_op), inputs, outputs)

    def c_code(
        self, node: Apply, name: str, inputs: list[str], outputs: list[str], sub: dict[str, Any]
    ) -> str:
        # An argument that comes twice has one name.
        arguments = dict(zip(inputs, node.inputs, strict=True))
        arrays = {c: variable for c, variable in arguments.items() if not is_number(variable)}
        masks = [varying_axes(variable) for variable in arrays.values()]
        # A block of a row is a part of this axis, or whole parts of those around it.
        last = max(axis for mask in masks for axis, varies in enumerate(mask) if varies)
        before, in_row, inside, after = [], [], [], []
        for c, variable in arguments.items():
            dtype = c_type(variable.type.dtype)
            if is_number(variable):
                before.append(f"const {dtype} {c}_value = *({dtype}*)PyArray_DATA({c});")
                continue
            row = f"elements.row<{dtype}>({list(arrays).index(c)}, row)"
            if varying_axes(variable)[last]:
                in_row.append(f"const {dtype}* const {c}_elements = {row} + begin;")
                inside.append(f"const {dtype} {c}_value = {c}_elements[i];")
            else:
                in_row.append(f"const {dtype} {c}_value = *{row};")
        overwritten = {outputs[o]: inputs[i] for o, i in self.elemwise.inplace_pattern.items()}
        for c, variable in zip(outputs, node.outputs, strict=True):
            dtype, number = c_type(variable.type.dtype), f"NPY_{variable.type.dtype.upper()}"
            if overwritten.get(c) in arrays:
                before.append(f"lenet::take_over(&{c}, {overwritten[c]});")
            before.append(
                f"{dtype}* const {c}_data = static_cast<{dtype}*>(lenet::prepare_array("
                f"&{c}, {len(masks[0])}, elements.shape(), {number}));"
                f"if (!{c}_data) {{ {sub['fail']} }}"
            )
            in_row.append(f"{dtype}* const {c}_elements = {c}_data + place;")
            inside.append(f"{dtype} {c}_result;")
            after.append(f"{c}_elements[i] = {c}_result;")
        scalar_node = self.scalar_node(node)
        scalar_code = scalar_node.op.c_code(
            scalar_node,
            f"{name}_scalar_",
            [f"{c}_value" for c in inputs],
            [f"{c}_result" for c in outputs],
            sub,
        )
        c_masks = ", ".join("{" + ", ".join(str(int(v)) for v in mask) + "}" for mask in masks)
        sizes = f"{len(arrays)}, {len(masks[0])}"
        aligned = "".join(f"const lenet::NumpyArray {c}_array({c});" for c in arrays)
        valid = " && ".join(f"{c}_array" for c in arrays)
        views = "".join(f"const lenet::Array {c}_view = {c}_array.view();" for c in arrays)
        return f"""{{
            {aligned}
            if (!({valid})) {{ {sub["fail"]} }}
            {views}
            char message[lenet::MESSAGE_SIZE] = "";
            lenet::outcome() = {{lenet::DONE, message}};
            const lenet::Elementwise<{sizes}> elements(
                {{{", ".join(f"&{c}_view" for c in arrays)}}}, {{{c_masks}}});
            if (!elements) {{
                lenet::set_python_error(lenet::outcome().status, message);
                {sub["fail"]}
            }}
            {" ".join(before)}
            const lenet::WithoutGil released(PyArray_NBYTES({outputs[0]}));
            elements.run([&](lenet::Index row, lenet::Index place, lenet::Index begin, lenet::Index size)
                             __attribute__((noinline)) {{
                {" ".join(in_row)}
                #pragma omp simd
                for (lenet::Index i = 0; i < size; ++i) {{
                    {" ".join(inside)}
                    {scalar_code}
                    {" ".join(after)}
                }}
            }});
        }}"""

    def c_support_code(self, **kwargs: Any) -> str:
        return C_CODE + self.elemwise.scalar_op.c_support_code(**kwargs)

    def c_support_code_apply(self, node: Apply, name: str) -> str:
        scalar_node = self.scalar_node(node)
        return scalar_node.op.c_support_code_apply(scalar_node, f"{name}_scalar_")

    def c_header_dirs(self, **kwargs: Any) -> list[str]:
        return self.elemwise.c_header_dirs(**kwargs)

    def c_compile_args(self, **kwargs: Any) -> list[str]:
        # Nobody reads errno or the flags of exceptions, for whose sake branches would stay branches.
        own = ["-O3", "-std=gnu++17", "-fno-math-errno", "-fno-trapping-math"]
        return [*super().c_compile_args(**kwargs), *own]

    def c_code_cache_version_apply(self, node: Apply) -> tuple:
        scalar_node = self.scalar_node(node)
        version = scalar_node.op.c_code_cache_version_apply(scalar_node)
        # Without a version, PyTensor's cache keeps nothing.
        return (sha256(C_CODE.encode()).hexdigest(), version) if version else ()

    def __str__(self) -> str:
        return f"Flat{self.elemwise}"


def varying_axes(variable: Any) -> list[bool]:
    """Return for each axis whether an array has it rather than is broadcast along it."""
    return [size != 1 for size in variable.type.shape]


def is_number(variable: Any) -> bool:
    """Return whether an array always holds a single number."""
    return not any(varying_axes(variable))
