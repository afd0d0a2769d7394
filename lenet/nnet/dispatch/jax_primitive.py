"""The primitive of JAX that all Ops are: kernels on CPUs, XLA on accelerators.

It is told the Op. XLA's machine code calls the kernel through its foreign
function interface; the derivatives are the Ops' pullbacks. While JAX traces, all sizes are numbers: the Op's own
``make_node`` checks the shapes and returns the shape of the result.

Notes
-----
XLA's convolution takes 7 to 19 times as long on a CPU.
"""

import ctypes
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache, partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import jaxlib
import numpy as np
import pytensor.tensor as pt
from jax.extend.core import Primitive
from jax.interpreters import ad, batching, mlir
from jax.sharding import Mesh, PartitionSpec
from pytensor import config
from pytensor.graph.basic import Apply, Variable
from pytensor.tensor.basic import get_underlying_scalar_constant_value

from lenet.nnet.dispatch.xla import in_xla, is_in_xla
from lenet.nnet.kernels.interface import Kernel, read_c_code
from lenet.nnet.kernels.library import KernelError, LoadedKernel, load_kernel
from lenet.nnet.ops.base import CFileOp
from lenet.nnet.ops.conv import Conv, ConvGradInputs, ConvGradWeights, ConvOp
from lenet.nnet.ops.fused_conv import (
    FusedConv,
    FusedConvGradInputs,
    FusedConvGradWeights,
)
from lenet.nnet.ops.neighbours import NeighboursOp
from lenet.nnet.ops.pool import MaxPoolGrad, MaxPoolTangent, Pool, PoolOp
from lenet.nnet.ops.static_conv_grad_inputs import StaticConvGradInputs
from lenet.nnet.ops.static_conv_grad_weights import StaticConvGradWeights

shard_map: Callable[..., Any]
if hasattr(jax, "shard_map"):
    shard_map, UNCHECKED = jax.shard_map, {"check_vma": False}
else:  # JAX before 0.6
    from jax.experimental import shard_map as before

    shard_map, UNCHECKED = before.shard_map, {"check_rep": False}

TARGET = "lenet_kernel"
KERNELS_ON_CPUS = ContextVar("KERNELS_ON_CPUS", default=True)
# The devices that share what is traced, if they do, and their axis.
MESH: ContextVar[Mesh | None] = ContextVar("MESH", default=None)

# Its arguments are an Op's arrays; its parameters are `op`, the `sizes` that follow them, and `by_kernel`, whether
# the kernel is called on CPUs.
kernel_p = Primitive(TARGET)
kernel_p.multiple_results = True


@contextmanager
def without_kernels() -> Iterator[None]:
    """Trace Ops for XLA alone."""
    token = KERNELS_ON_CPUS.set(False)
    try:
        yield
    finally:
        KERNELS_ON_CPUS.reset(token)


@contextmanager
def shared_among(mesh: Mesh) -> Iterator[None]:
    """Trace Ops so that each device of a mesh computes its part of the batch.

    The mesh has one axis. XLA computes what has no parts, as it must see into what it splits.
    """
    token = MESH.set(mesh)
    try:
        yield
    finally:
        MESH.reset(token)


def call(op: CFileOp, *inputs: Any) -> list[jax.Array]:
    """Compute an Op of arrays and sizes.

    Raises
    ------
    TypeError
        If a size is traced, so that the shape depends on the values of arrays.
    ValueError
        If the shapes do not fit, with the Op's own message.
    """
    sizes = [i for i in inputs if op.takes_sizes and not jnp.ndim(i)]
    if any(isinstance(size, jax.core.Tracer) for size in sizes):
        raise TypeError(
            f"{op}: JAX needs sizes that are known before the graph runs: give numbers, or the size "
            "of an array (image.shape[2]) without further arithmetic"
        )
    arrays = inputs[: len(inputs) - len(sizes)]
    params = {"op": op, "sizes": tuple(map(int, sizes)), "by_kernel": KERNELS_ON_CPUS.get()}
    mesh = MESH.get()
    return kernel_p.bind(*arrays, **params) if mesh is None else in_parts(mesh, arrays, params)


def in_parts(mesh: Mesh, arrays: Sequence[Any], params: dict[str, Any]) -> list[jax.Array]:
    """Compute an Op on the devices of a mesh, each its part of the batch.

    A batch that has no equal parts is computed whole by each, by kernels where XLA cannot.
    """
    op, (axis,) = params["op"], mesh.axis_names
    parts = batch_parts(op, arrays)
    batch = 0 if parts is None else len(arrays[parts.inputs.index(True)])
    if parts is None or batch % mesh.size:
        return kernel_p.bind(*arrays, **params | {"by_kernel": not is_in_xla(op)})

    def of_part(*some: Any) -> list[jax.Array]:
        results = kernel_p.bind(*some, **params)
        return [jax.lax.psum(r, axis) for r in results] if parts.are_sums else results

    split, whole = PartitionSpec(axis), PartitionSpec()
    return shard_map(
        of_part,
        mesh=mesh,
        in_specs=tuple(split if is_part else whole for is_part in parts.inputs),
        out_specs=whole if parts.are_sums else split,
        **UNCHECKED,
    )(*arrays)


class Parts(NamedTuple):
    """Inputs of an Op with the batch as first axis, and whether results sum over it."""

    inputs: tuple[bool, ...]
    are_sums: bool = False


def batch_parts(op: CFileOp, arrays: Sequence[Any]) -> Parts | None:
    """Return how an Op is shared among devices; None if it is not."""
    match op:
        case ConvGradWeights() | FusedConvGradWeights() | StaticConvGradWeights():
            return Parts((True,) * len(arrays), are_sums=True)
        case ConvGradInputs() | FusedConvGradInputs() | StaticConvGradInputs():
            return Parts((False, *(True for _ in arrays[1:])))
        case Conv() | FusedConv():
            return Parts((True, *(False for _ in arrays[1:])))
        case PoolOp() if all(array.ndim > op.spatial for array in arrays):
            return Parts((True,) * len(arrays))
    return None


def node_of(op: CFileOp, arrays: Sequence[Any], sizes: Sequence[int]) -> Apply:
    """Return the Op applied to variables of these types and shapes, and to sizes."""
    variables = (pt.tensor(dtype=str(array.dtype), shape=array.shape) for array in arrays)
    return op.make_node(*variables, *sizes)


@kernel_p.def_abstract_eval
def result_types(
    *arrays: Any, op: CFileOp, sizes: Sequence[int], **_: Any
) -> list[jax.core.ShapedArray]:
    """Return the shapes and types of the results."""
    types = [output.type for output in node_of(op, arrays, sizes).outputs]
    return [jax.core.ShapedArray(each.shape, np.dtype(each.dtype)) for each in types]


@kernel_p.def_impl
def at_once(*arrays: jax.Array, **params: Any) -> list[jax.Array]:
    """Compute an Op outside of a compiled function."""
    return compiled(**params)(*arrays)


@cache
def compiled(**params: Any) -> Callable:
    """Return a function that computes an Op, and nothing else."""
    return jax.jit(partial(kernel_p.bind, **params))


def by_xla(*arrays: jax.Array, op: CFileOp, sizes: Sequence[int], **_: Any) -> list[jax.Array]:
    """Compute an Op by JAX's own functions."""
    shape = node_of(op, arrays, sizes).outputs[0].type.shape
    return [in_xla(op, shape, *arrays)]


lower_to_xla = mlir.lower_fun(by_xla, multiple_results=True)


def lower_to_kernel(ctx: mlir.LoweringRuleContext, *operands: Any, **params: Any) -> Any:
    """Have XLA call the kernel of an Op, or compute it itself where there is none."""
    op, sizes = params["op"], params["sizes"]
    kernel = kernel_of(op, node_of(op, ctx.avals_in, sizes)) if params["by_kernel"] else None
    if kernel is None:
        return lower_to_xla(ctx, *operands, **params)
    numbers, kept_sizes = (np.array(some, np.int64) for some in (op.c_numbers(), sizes))
    lower = jax.ffi.ffi_lowering(TARGET)
    return lower(ctx, *operands, kernel=kernel.name, numbers=numbers, sizes=kept_sizes)


mlir.register_lowering(kernel_p, lower_to_xla)
mlir.register_lowering(kernel_p, lower_to_kernel, platform="cpu")


def kernel_of(op: CFileOp, node: Apply) -> LoadedKernel | None:
    """Return the kernel of a node, once the handler knows it.

    None if XLA has to do.
    """
    if not config.cxx:
        return None
    try:
        kernel = op.load(node)
        handler().lenet_add(kernel.name.encode(), kernel.function)
    except NotImplementedError:  # of its types
        return None
    except KernelError as error:
        warn_of_xla(str(error))
        return None
    return kernel


@cache
def handler() -> ctypes.CDLL:
    """Return the library of the handler, compiled and known to XLA.

    Raises
    ------
    KernelError
        If the compiler fails.
    """
    text = f"// For jaxlib {jaxlib.__version__}.\n{read_c_code(('xla_handler.h',))}"
    loaded = load_kernel(Kernel(text, (f"-I{jax.ffi.include_dir()}",)))
    jax.ffi.register_ffi_target(TARGET, jax.ffi.pycapsule(loaded.function), platform="cpu")
    return loaded.library


@cache
def warn_of_xla(reason: str) -> None:
    """Warn, once for each reason, that graphs are slow."""
    warnings.warn(f"XLA computes what kernels would, slowly: {reason}", stacklevel=2)


def linear_inputs(op: CFileOp) -> tuple[int, ...]:
    """Return in which of its inputs an Op is linear, each by itself.

    Others, of those that make something of a maximum, say where it is, and have no derivative.
    """
    if isinstance(op, ConvOp):
        return (0, 1)
    if isinstance(op, MaxPoolGrad | MaxPoolTangent):
        return (2,)
    if isinstance(op, PoolOp | NeighboursOp):
        return (0,)
    raise NotImplementedError(f"{op}: is not differentiated in JAX, but in PyTensor's graph")


def jvp(arrays: Sequence[Any], tangents: Sequence[Any], **params: Any) -> tuple[list, list]:
    """Return results and their change with that of the arrays."""
    op, results = params["op"], kernel_p.bind(*arrays, **params)
    if isinstance(op, Pool) and op.is_maximum:
        params["op"] = op.sibling(MaxPoolTangent)
        return results, kernel_p.bind(*arrays, *results, *tangents, **params)
    changes = [
        kernel_p.bind(*arrays[:n], tangents[n], *arrays[n + 1 :], **params)[0]
        for n in linear_inputs(op)
        if not isinstance(tangents[n], ad.Zero)
    ]
    return results, [sum(changes, start=jnp.zeros_like(results[0]))]


ad.primitive_jvps[kernel_p] = jvp


def transpose(
    cotangents: Sequence[Any], *arrays: Any, op: CFileOp, sizes: Sequence[int], **_: Any
) -> list[Any]:
    """Return the pullback of the one array that is not given.

    In that, an Op is linear.
    """
    is_wanted = list(map(ad.is_undefined_primal, arrays))
    types = [a.aval if wanted else a for a, wanted in zip(arrays, is_wanted, strict=True)]
    if isinstance(cotangents[0], ad.Zero):
        return [ad.Zero(t) if wanted else None for t, wanted in zip(types, is_wanted, strict=True)]
    node = node_of(op, types, sizes)
    cotangent = node.outputs[0].clone()
    values = dict(zip(node.inputs, arrays, strict=False)) | {cotangent: cotangents[0]}
    pulled = op.pullback(node.inputs, node.outputs, [cotangent])
    return [
        pulled_back(variable, values) if wanted else None
        for variable, wanted in zip(pulled, is_wanted, strict=False)
    ]


def pulled_back(variable: Variable, values: dict[Variable, Any]) -> jax.Array:
    """Return a gradient that is one Op of inputs, a cotangent and sizes."""
    inputs = (
        values[i] if i in values else int(get_underlying_scalar_constant_value(i))
        for i in variable.owner.inputs
    )
    return call(variable.owner.op, *inputs)[0]


ad.primitive_transposes[kernel_p] = transpose


def one_by_one(
    arrays: Sequence[Any], axes: Sequence[int | None], **params: Any
) -> tuple[list, list[int]]:
    """Compute an Op for each of a batch of arguments, one after the other."""
    pairs = list(zip(arrays, axes, strict=True))
    batches = [jnp.moveaxis(array, axis, 0) for array, axis in pairs if axis is not None]

    def compute(some: Sequence[Any]) -> list:
        rest = iter(some)
        each = (array if axis is None else next(rest) for array, axis in pairs)
        return kernel_p.bind(*each, **params)

    results = jax.lax.map(compute, batches)
    return results, [0] * len(results)


batching.primitive_batchers[kernel_p] = one_by_one
