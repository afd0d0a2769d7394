"""TensorFlow: a `tf.function` with images channels last, as a graph and compiled by XLA."""

import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import tensorflow as tf

from benchmarks.network import L2_PEN, LEARNING_RATE, MOMENTUM, Problem, channels_last_weights
from benchmarks.workers import Call


def train_steps(threads: int, problem: Problem) -> dict[str, Call]:
    tf.config.threading.set_intra_op_parallelism_threads(threads)
    tf.config.threading.set_inter_op_parallelism_threads(threads)
    modes = {"graph": False, "XLA": True}
    return {
        name: (step_function(problem, jit_compile), lambda result: [x.numpy() for x in result])
        for name, jit_compile in modes.items()
    }


def step_function(problem: Problem, jit_compile: bool) -> tf.types.experimental.PolymorphicFunction:
    """Return a function that makes a step and returns cost and fraction of errors."""
    params = [tf.Variable(weight) for weight in channels_last_weights(problem)]
    previous = [tf.Variable(tf.zeros_like(param)) for param in params]
    images, labels = problem.data()
    batch = tf.constant(images.transpose(0, 2, 3, 1).copy()), tf.constant(labels)

    @tf.function(jit_compile=jit_compile)
    def step(images: tf.Tensor, labels: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        with tf.GradientTape() as tape:
            cost, errors = evaluate(params, images, labels)
        for param, change, grad in zip(params, previous, tape.gradient(cost, params), strict=True):
            change.assign(MOMENTUM * change - LEARNING_RATE * grad)
            param.assign_add(change)
        return cost, errors

    return lambda: step(*batch)


def evaluate(params: list, images: tf.Tensor, labels: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
    """Return cost and fraction of errors; pooling comes before ReLU, which is the same but cheaper."""
    W1, b1, W2, b2, W3, b3, W4, b4, W5, b5 = params
    x = tf.cast(images, tf.float32) / 255
    x = tf.nn.relu(tf.nn.max_pool2d(convolved(x, W1, b1), 2, 2, "VALID"))
    x = tf.nn.relu(tf.nn.max_pool2d(convolved(x, W2, b2), 2, 2, "VALID"))
    x = tf.nn.relu(convolved(x, W3, b3))
    x = tf.nn.relu(tf.reshape(x, (len(images), -1)) @ W4 + b4)
    scores = x @ W5 + b5
    losses = tf.nn.sparse_softmax_cross_entropy_with_logits(labels, scores)
    squares = tf.add_n([tf.reduce_sum(W * W) for W in (W1, W2, W3, W4)])
    wrong = tf.argmax(scores, 1, tf.int32) != labels
    return tf.reduce_mean(losses) + L2_PEN * squares, tf.reduce_mean(tf.cast(wrong, tf.float32))


def convolved(x: tf.Tensor, W: tf.Variable, b: tf.Variable) -> tf.Tensor:
    return tf.nn.bias_add(tf.nn.conv2d(x, W, 1, "VALID"), b)
