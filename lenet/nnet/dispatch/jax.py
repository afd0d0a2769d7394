"""JAX implementation of the Ops: all are one primitive, `jax_primitive.kernel_p`."""

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
from pytensor.graph.basic import Apply, Variable
from pytensor.link.jax.dispatch import jax_funcify

from lenet.nnet.dispatch.concrete_sizes import ConcreteShape
from lenet.nnet.dispatch.jax_primitive import call
from lenet.nnet.ops.base import CFileOp
from lenet.nnet.ops.relu import ScalarRelu, ScalarReluGrad
from lenet.nnet.ops.symbolic_pool import SymbolicPoolOp


@jax_funcify.register(CFileOp)
def jax_funcify_kernel(op: CFileOp, node: Apply, **kwargs: Any) -> Callable:
    def typed(value: Any, variable: Variable) -> Any:
        """Cast a floating-point number to the type that the graph declares.

        If 64-bit types are enabled in JAX, PyTensor's functions sometimes promote float32 to float64.
        """
        is_float = variable.type.dtype.startswith("float")
        return jnp.asarray(value, variable.type.dtype) if is_float else value

    def compute(*inputs: Any) -> Any:
        results = call(op, *map(typed, inputs, node.inputs))
        return results if len(results) > 1 else results[0]

    return compute


@jax_funcify.register(ConcreteShape)
def jax_funcify_concrete_shape(op: ConcreteShape, node: Apply, **kwargs: Any) -> Callable:
    def concrete_shape(array: jax.Array) -> jax.Array:
        return array

    return concrete_shape


@jax_funcify.register(SymbolicPoolOp)
def jax_funcify_symbolic_pool(op: SymbolicPoolOp, node: Apply, **kwargs: Any) -> Callable:
    raise TypeError(
        f"{op}: JAX needs a window, stride and padding that are known before the graph runs: give "
        "numbers, or images whose shape is known"
    )


@jax_funcify.register(ScalarRelu)
def jax_funcify_relu(op: ScalarRelu, node: Apply, **kwargs: Any) -> Callable:
    def relu(x: jax.Array) -> jax.Array:
        return jnp.where(x <= 0, 0, x)

    return relu


@jax_funcify.register(ScalarReluGrad)
def jax_funcify_relu_grad(op: ScalarReluGrad, node: Apply, **kwargs: Any) -> Callable:
    def relu_grad(x: jax.Array, gradient: jax.Array) -> jax.Array:
        at_zero = gradient * op.slope_at_zero if op.slope_at_zero else 0
        return jnp.where(x > 0, gradient, jnp.where(x == 0, at_zero, 0))

    return relu_grad
