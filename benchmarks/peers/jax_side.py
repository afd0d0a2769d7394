"""JAX: one jitted step that donates its parameters, channels first and last."""

from collections.abc import Callable

import jax
import jax.numpy as jnp
import numpy as np

from benchmarks.network import (
    L2_PEN,
    LEARNING_RATE,
    MOMENTUM,
    Problem,
    as_correlation,
    channels_last_weights,
)
from benchmarks.workers import Call


def train_steps(threads: int, problem: Problem) -> dict[str, Call]:
    """JAX takes as many threads as the process may use CPUs."""
    images, labels = problem.data()
    first = [as_correlation(W) if W.ndim == 4 else W for W in problem.weights()]
    last = channels_last_weights(problem)
    layouts = {
        "channels first": (first, images, ("NCHW", "OIHW", "NCHW")),
        "channels last": (last, images.transpose(0, 2, 3, 1), ("NHWC", "HWIO", "NHWC")),
    }
    return {
        name: (step_function(weights, layout, batch, labels), list)
        for name, (weights, batch, layout) in layouts.items()
    }


def step_function(
    weights: list[np.ndarray], layout: tuple[str, str, str], images: np.ndarray, labels: np.ndarray
) -> Callable[[], tuple[jax.Array, jax.Array]]:
    """Return a function that makes a step and returns cost and fraction of errors."""
    params = [jnp.asarray(weight) for weight in weights]
    state = params, [jnp.zeros_like(param) for param in params]
    batch = jnp.asarray(images), jnp.asarray(labels)

    def step(state: tuple, images: jax.Array, labels: jax.Array) -> tuple:
        params, previous = state
        cost = jax.value_and_grad(evaluate, has_aux=True)
        outputs, grads = cost(params, layout, images, labels)
        pairs = zip(previous, grads, strict=True)
        changes = [MOMENTUM * change - LEARNING_RATE * grad for change, grad in pairs]
        params = [param + change for param, change in zip(params, changes, strict=True)]
        return (params, changes), outputs

    jitted = jax.jit(step, donate_argnums=0)

    def call() -> tuple[jax.Array, jax.Array]:
        nonlocal state
        state, outputs = jax.block_until_ready(jitted(state, *batch))
        return outputs

    return call


def evaluate(
    params: list, layout: tuple[str, str, str], images: jax.Array, labels: jax.Array
) -> tuple[jax.Array, jax.Array]:
    """Return cost and fraction of errors; pooling comes before ReLU, which is the same but cheaper."""
    W1, b1, W2, b2, W3, b3, W4, b4, W5, b5 = params
    x = images.astype(jnp.float32) / 255
    x = jax.nn.relu(pooled(convolved(x, W1, b1, layout), layout))
    x = jax.nn.relu(pooled(convolved(x, W2, b2, layout), layout))
    x = jax.nn.relu(convolved(x, W3, b3, layout))
    x = jax.nn.relu(x.reshape(len(x), -1) @ W4 + b4)
    scores = x @ W5 + b5
    log_p = jax.nn.log_softmax(scores)
    cost = -jnp.take_along_axis(log_p, labels[:, None], 1).mean()
    squares = sum((W * W).sum() for W in (W1, W2, W3, W4))
    return cost + L2_PEN * squares, (scores.argmax(1) != labels).mean()


def convolved(x: jax.Array, W: jax.Array, b: jax.Array, layout: tuple[str, str, str]) -> jax.Array:
    y = jax.lax.conv_general_dilated(x, W, (1, 1), "VALID", dimension_numbers=layout)
    return y + (b[:, None, None] if layout[0] == "NCHW" else b)


def pooled(x: jax.Array, layout: tuple[str, str, str]) -> jax.Array:
    """Return the maxima of 2x2 windows; the gradient of `reduce_window` is no faster on CPUs."""
    rows = layout[0].index("H")
    *shape, _ = (*x.shape[:rows], x.shape[rows] // 2, 2, x.shape[rows + 1] // 2, 2, 0)
    return x.reshape(*shape, *x.shape[rows + 2 :]).max((rows + 1, rows + 3))
