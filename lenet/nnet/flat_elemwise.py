"""Element-wise Ops whose arrays all have one shape, as one loop over their elements.

As soon as one argument is a single number (a learning rate, say), PyTensor's Elemwise steps through all
arrays by their strides, which no compiler vectorises. `lenet.nnet.rewrites` puts this Op in its place.
"""

from collections.abc import Sequence
from typing import Any

from pytensor.graph.basic import Apply
from pytensor.scalar import get_scalar_type
from pytensor.tensor.elemwise import Elemwise

from lenet.nnet.c_op import CFileOp

# With fewer elements, to wake other threads takes longer than the loop.
SMALLEST_PARALLEL_LOOP = 32768


class FlatElemwise(CFileOp):
    """An element-wise Op on arrays of one shape and single numbers.

    Parameters
    ----------
    elemwise : Elemwise
        The Op to carry out, in place if that is; its outputs are of floating point.
    """

    __props__ = ("elemwise",)
    c_files = ("common.h",)

    def __init__(self, elemwise: Elemwise) -> None:
        self.elemwise = elemwise
        self.destroy_map = elemwise.destroy_map
        super().__init__()

    def make_node(self, *inputs: Any) -> Apply:
        node = self.elemwise.make_node(*inputs)
        return Apply(self, node.inputs, [output.type() for output in node.outputs])

    def infer_shape(self, *arguments: Any) -> list[tuple]:
        node, shapes = arguments[-2:]
        shape = next(s for s, v in zip(shapes, node.inputs, strict=True) if not is_number(v))
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
        return Apply(self.elemwise.scalar_op, inputs, outputs)

    def c_code(
        self, node: Apply, name: str, inputs: list[str], outputs: list[str], sub: dict[str, Any]
    ) -> str:
        # An argument that comes twice has one name.
        arguments = dict(zip(inputs, node.inputs, strict=True))
        arrays = [c for c, v in arguments.items() if not is_number(v)]
        values = [f"{c}_value" for c in inputs]
        results = [f"{c}_result" for c in outputs]
        before, inside, after, valid = [], [], [], []
        for c, variable in arguments.items():
            value = f"{c}_value"
            dtype = f"npy_{variable.type.dtype}"
            if is_number(variable):
                before.append(f"const {dtype} {value} = *({dtype}*)PyArray_DATA({c});")
            else:
                before.append(
                    f"const lenet::Contiguous {c}_array({c});"
                    f"const {dtype}* const {c}_elements = {c}_array.data<{dtype}>();"
                )
                inside.append(f"const {dtype} {value} = {c}_elements[i];")
                valid.append(f"{c}_elements")
        overwritten = {outputs[o]: inputs[i] for o, i in self.elemwise.inplace_pattern.items()}
        for c, result, variable in zip(outputs, results, node.outputs, strict=True):
            dtype = f"npy_{variable.type.dtype}"
            if overwritten.get(c) in arrays:
                call = f"take_over<{dtype}>(&{c}, {overwritten[c]})"
            else:
                call = f"prepare_output<{dtype}>(&{c}, lenet::shape_of({arrays[0]}))"
            before.append(f"{dtype}* const {c}_data = lenet::{call};")
            inside.append(f"{dtype} {result};")
            after.append(f"{c}_data[i] = {result};")
            valid.append(f"{c}_data")
        scalar_code = self.elemwise.scalar_op.c_code(
            self.scalar_node(node), f"{name}_scalar_", values, results, sub
        )
        return f"""{{
            if (!lenet::have_one_shape({{{", ".join(arrays)}}})) {{ {sub["fail"]} }}
            {" ".join(before)}
            if (!({" && ".join(valid)})) {{ {sub["fail"]} }}
            const npy_intp size = PyArray_SIZE({arrays[0]});
            #pragma omp parallel for simd if (size >= {SMALLEST_PARALLEL_LOOP})
            for (npy_intp i = 0; i < size; ++i) {{
                {" ".join(inside)}
                {scalar_code}
                {" ".join(after)}
            }}
        }}"""

    def c_support_code(self, **kwargs: Any) -> str:
        return super().c_support_code(**kwargs) + self.elemwise.scalar_op.c_support_code(**kwargs)

    def c_support_code_apply(self, node: Apply, name: str) -> str:
        scalar_node = self.scalar_node(node)
        return self.elemwise.scalar_op.c_support_code_apply(scalar_node, f"{name}_scalar_")

    def c_header_dirs(self, **kwargs: Any) -> list[str]:
        return self.elemwise.c_header_dirs(**kwargs)

    def c_code_cache_version_apply(self, node: Apply) -> tuple:
        scalar_op = self.elemwise.scalar_op
        version = scalar_op.c_code_cache_version_apply(self.scalar_node(node))
        # Without a version, PyTensor's cache keeps nothing.
        return (*self.c_code_cache_version(), version, SMALLEST_PARALLEL_LOOP) if version else ()

    def __str__(self) -> str:
        return f"Flat{self.elemwise}"


def is_number(variable: Any) -> bool:
    """Return whether an array always holds a single number."""
    return all(size == 1 for size in variable.type.shape)
