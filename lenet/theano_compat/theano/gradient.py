"""Theano's ``theano.gradient``: derivatives of expressions."""

from collections.abc import Sequence
from typing import Any

from pytensor import gradient
from pytensor.gradient import (
    DisconnectedInputError,
    DisconnectedType,
    NullTypeGradError,
    ZeroGrad,
    disconnected_grad,
    grad_clip,
    grad_not_implemented,
    grad_scale,
    grad_undefined,
    undefined_grad,
    zero_grad,
)
from pytensor.graph.basic import Variable
from pytensor.graph.traversal import ancestors
from pytensor.raise_op import Assert
from pytensor.tensor import as_tensor_variable
from pytensor.tensor.type import continuous_dtypes

from lenet.theano_compat.forwarding import forward
from lenet.theano_compat.op_methods import by_r_op
from lenet.theano_compat.test_values import with_late_test_values

__all__ = [
    "ConsiderConstant",
    "DisconnectedInputError",
    "DisconnectedType",
    "Lop",
    "NullTypeGradError",
    "Rop",
    "consider_constant",
    "consider_constant_",
    "disconnected_grad",
    "format_as",
    "grad",
    "grad_clip",
    "grad_not_implemented",
    "grad_scale",
    "grad_undefined",
    "hessian",
    "jacobian",
    "subgraph_grad",
    "undefined_grad",
    "verify_grad",
    "zero_grad",
]

__getattr__ = forward(__name__, "pytensor.gradient")

hessian = with_late_test_values(gradient.hessian)
jacobian = with_late_test_values(gradient.jacobian)
subgraph_grad = with_late_test_values(gradient.subgraph_grad)
consider_constant = zero_grad
ConsiderConstant = ZeroGrad
consider_constant_ = ZeroGrad()


@with_late_test_values
def grad(
    cost: Variable | None,
    wrt: Any,
    consider_constant: Any = None,
    disconnected_inputs: str = "raise",
    add_names: bool = True,
    known_grads: Any = None,
    return_disconnected: str = "zero",
    null_gradients: str = "raise",
) -> Any:
    """Return the gradients of a scalar with respect to variables: ``theano.grad``.

    Theano let a cost have axes of length one.
    """
    if cost is not None and cost.type.ndim and all(cost.type.broadcastable):
        cost = cost.dimshuffle()
    if known_grads is not None and not isinstance(known_grads, dict):
        known_grads = dict(known_grads)
    if wrt is not None and not isinstance(wrt, Variable | list | tuple):
        wrt = list(wrt)
    for each in wrt if isinstance(wrt, list | tuple) else ():
        if not isinstance(each, Variable):
            raise TypeError(f"grad: expected a variable to differentiate by, got {each!r}")
    return gradient.grad(
        cost,
        wrt,
        consider_constant=listed(consider_constant),
        disconnected_inputs=disconnected_inputs,
        add_names=add_names,
        known_grads=known_grads,
        return_disconnected=return_disconnected,
        null_gradients=null_gradients,
    )


@with_late_test_values
def Rop(
    f: Any,
    wrt: Any,
    eval_points: Any,
    disconnected_outputs: str = "raise",
    return_disconnected: str = "zero",
) -> Any:
    """Return the product of the Jacobian of `f` and `eval_points`.

    It is made of two products with transposed Jacobians, but for Ops with a derivative of their own.

    Raises
    ------
    ValueError
        If an operation in between has no derivative, as in Theano, or a point has another number of axes than its
        variable.
    """
    if not isinstance(f, Variable | list | tuple):
        f = as_tensor_variable(f)
    variables = f if isinstance(f, list | tuple) else [f]
    inputs = wrt if isinstance(wrt, list | tuple) else [wrt]
    points = eval_points if isinstance(eval_points, list | tuple) else [eval_points]
    for each, point in zip(inputs, points, strict=False):
        axes = [getattr(variable.type, "ndim", None) for variable in (each, point)]
        if axes[0] != axes[1]:
            raise ValueError(f"Rop: {each} has {axes[0]} axes, but its point {point} has {axes[1]}")
    before = set(ancestors(variables))
    nodes = (variable.owner for variable in before if variable.owner is not None)
    has_own = any(
        getattr(node.op, "pushforward_overrides", None) is not None
        or type(node.op).pushforward is by_r_op
        for node in nodes
    )
    is_real = all(getattr(each.type, "dtype", "") in continuous_dtypes for each in variables)
    depends = not has_own and is_real and any(each in before for each in inputs)
    if disconnected_outputs == "raise" and depends:
        disconnected_outputs = "ignore"  # shapes depend on them, if nothing else does

    def derive(by_own: bool) -> Any:
        return gradient.pushforward(
            f,
            wrt,
            eval_points,
            use_op_pushforward=by_own,
            disconnected_outputs=disconnected_outputs,
            return_disconnected=return_disconnected,
        )

    try:
        try:
            derivatives = derive(has_own)
        except NotImplementedError:  # PyTensor has no such derivative of some operation beside them
            derivatives = derive(False)
    except gradient.NullTypeGradError as error:
        raise ValueError(f"Rop: {error}") from error
    if isinstance(derivatives, list | tuple):
        return type(derivatives)(with_arguments(each, inputs) for each in derivatives)
    return with_arguments(derivatives, inputs)


def with_arguments(derivative: Any, inputs: Sequence[Any]) -> Any:
    """Return a derivative that has arrays for arguments, whether it needs them or not.

    So it was in Theano: a function of the derivative of ``dot(x, W)`` may have `W` for an argument. What is no variable is left out.
    """
    if not isinstance(derivative, Variable):
        return derivative
    used = set(ancestors([derivative]))
    variables = [each for each in inputs if isinstance(each, Variable)]
    unused = [each for each in variables if each not in used and each.type.ndim]
    if not unused:
        return derivative
    return Assert("a length is negative")(derivative, *(each.shape[0] >= 0 for each in unused))


@with_late_test_values
def Lop(
    f: Any,
    wrt: Any,
    eval_points: Any,
    consider_constant: Any = None,
    disconnected_inputs: str = "raise",
) -> Any:
    """Return the product of `eval_points` and the Jacobian of `f`."""
    return gradient.pullback(
        f,
        wrt,
        eval_points,
        consider_constant=listed(consider_constant),
        disconnected_inputs=disconnected_inputs,
    )


def verify_grad(fun: Any, pt: Any, n_tests: int = 2, rng: Any = None, **keywords: Any) -> None:
    """Compare a gradient with finite differences, in Theano's mode.

    Raises
    ------
    pytensor.gradient.GradientError
        If they differ.
    """
    from lenet.theano_compat.theano.compile.mode import get_mode

    keywords["mode"] = get_mode(keywords.get("mode"))
    gradient.verify_grad(fun, pt, n_tests=n_tests, rng=rng, **keywords)


verify_grad.E_grad = gradient.GradientError  # type: ignore[attr-defined]


def format_as(use_list: bool, use_tuple: bool, outputs: Any) -> Any:
    """Return outputs as a list, as a tuple, or the only one of them by itself."""
    if use_list and use_tuple:
        raise ValueError("format_as: both use_list and use_tuple are True, expected at most one")
    if not use_list and not use_tuple and isinstance(outputs, list | tuple):
        (outputs,) = outputs
        return outputs
    if use_list:
        return list(outputs) if isinstance(outputs, list | tuple) else [outputs]
    if use_tuple:
        return tuple(outputs) if isinstance(outputs, list | tuple) else (outputs,)
    return outputs


def listed(variables: Any) -> Sequence[Variable] | None:
    """Return variables in a list; Theano took a single one too."""
    return [variables] if isinstance(variables, Variable) else variables
