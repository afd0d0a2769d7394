"""Compile the training function of a known network: `python graphs.py NAME`.

Prints, as JSON, how many nodes the compiled graph has, and the processor seconds of building the graph and of
compiling it, those of the C++ compiler included. Nothing is computed: images have no size but their channels.
"""

import json
import resource
import sys

import numpy as np
import theano
import theano.tensor as T
from theano.tensor.signal.pool import pool_2d

LEARNING_RATE = np.float32(0.01)


class Builder:
    """Layers with their parameters, which are zeros: the memory of large ones is never touched."""

    def __init__(self):
        self.parameters = []

    def parameter(self, *shape):
        """Return a new shared variable."""
        self.parameters.append(theano.shared(np.zeros(shape, np.float32)))
        return self.parameters[-1]

    def conv(self, x, n_in, n_out, size, stride=1):
        """Return a convolution that keeps the size, with a bias."""
        weights, bias = self.parameter(n_out, n_in, size, size), self.parameter(n_out)
        sizes = (n_out, n_in, size, size)
        maps = T.nnet.conv2d(
            x, weights, filter_shape=sizes, border_mode=size // 2, subsample=(stride, stride)
        )
        return maps + bias.dimshuffle("x", 0, "x", "x")

    def norm(self, x, n):
        """Return maps normalised over the batch."""
        gain, shift = self.parameter(n), self.parameter(n)
        mean = x.mean(axis=(0, 2, 3), keepdims=True)
        deviation = T.sqrt(x.var(axis=(0, 2, 3), keepdims=True) + np.float32(1e-4))
        gain, shift = (each.dimshuffle("x", 0, "x", "x") for each in (gain, shift))
        return (x - mean) * (gain / deviation) + shift

    def dense(self, x, n_in, n_out):
        """Return a matrix product with a bias."""
        return T.dot(x, self.parameter(n_in, n_out)) + self.parameter(n_out)


def relu(x):
    """Return the rectifier."""
    return T.nnet.relu(x)


def pool(x, size=2, stride=None, mode="max"):
    """Return pooled maps."""
    stride = stride or size
    options = {"ignore_border": False} if stride == size else {"ignore_border": True, "pad": (1, 1)}
    return pool_2d(x, (size, size), stride=(stride, stride), mode=mode, **options)


def vgg19(build, x):
    """Sixteen convolutions and three dense layers (Simonyan and Zisserman 2014)."""
    n_in = 3
    for n_out, times in ((64, 2), (128, 2), (256, 4), (512, 4), (512, 4)):
        for _ in range(times):
            x, n_in = relu(build.conv(x, n_in, n_out, 3)), n_out
        x = pool(x)
    x = relu(build.dense(x.flatten(2), 512 * 49, 4096))
    return build.dense(relu(build.dense(x, 4096, 4096)), 4096, 1000)


def inception(build, x, n_in, widths):
    """Four branches that are put together: widths of 1x1, 3x3 and before, 5x5 and before, pooling."""
    one, before3, three, before5, five, pooled = widths
    branches = [
        relu(build.conv(x, n_in, one, 1)),
        relu(build.conv(relu(build.conv(x, n_in, before3, 1)), before3, three, 3)),
        relu(build.conv(relu(build.conv(x, n_in, before5, 1)), before5, five, 5)),
        relu(build.conv(pool(x, 3, 1), n_in, pooled, 1)),
    ]
    return T.concatenate(branches, axis=1), one + three + five + pooled


def googlenet(build, x):
    """Nine inceptions (Szegedy et al. 2014), without the two classifiers in between."""
    x = pool(relu(build.conv(x, 3, 64, 7, 2)), 3, 2)
    x = pool(relu(build.conv(relu(build.conv(x, 64, 64, 1)), 64, 192, 3)), 3, 2)
    n = 192
    for stage in (
        [(64, 96, 128, 16, 32, 32), (128, 128, 192, 32, 96, 64)],
        [
            (192, 96, 208, 16, 48, 64),
            (160, 112, 224, 24, 64, 64),
            (128, 128, 256, 24, 64, 64),
            (112, 144, 288, 32, 64, 64),
            (256, 160, 320, 32, 128, 128),
        ],
        [(256, 160, 320, 32, 128, 128), (384, 192, 384, 48, 128, 128)],
    ):
        for widths in stage:
            x, n = inception(build, x, n, widths)
        if n < 1024:
            x = pool(x, 3, 2)
    return build.dense(x.mean(axis=(2, 3)), n, 1000)


def resnet(build, x, blocks):
    """Bottlenecks with shortcuts (He et al. 2015), as many in each of four stages as `blocks` says."""
    x, n_in = pool(relu(build.norm(build.conv(x, 3, 64, 7, 2), 64)), 3, 2), 64
    for stage, times in enumerate(blocks):
        width = 64 << stage
        for block in range(times):
            stride = 2 if stage and not block else 1
            y = relu(build.norm(build.conv(x, n_in, width, 1, stride), width))
            y = relu(build.norm(build.conv(y, width, width, 3), width))
            y = build.norm(build.conv(y, width, 4 * width, 1), 4 * width)
            if not block:
                x = build.norm(build.conv(x, n_in, 4 * width, 1, stride), 4 * width)
            x, n_in = relu(x + y), 4 * width
    return build.dense(x.mean(axis=(2, 3)), n_in, 1000)


def resnet50(build, x):
    """50 layers with parameters."""
    return resnet(build, x, (3, 4, 6, 3))


def resnet152(build, x):
    """152 layers with parameters."""
    return resnet(build, x, (3, 8, 36, 3))


def densenet(build, x):
    """40 layers that each see all before them in their block (Huang et al. 2016)."""
    x, n = build.conv(x, 3, 16, 3), 16
    for block in range(3):
        for _ in range(12):
            new = build.conv(relu(build.norm(x, n)), n, 12, 3)
            x, n = T.concatenate([x, new], axis=1), n + 12
        if block < 2:
            x = pool(build.conv(relu(build.norm(x, n)), n, n, 1), mode="average_exc_pad")
    return build.dense(relu(build.norm(x, n)).mean(axis=(2, 3)), n, 10)


def unet(build, x):
    """Down four times and up again, with what was before (Ronneberger et al. 2015)."""
    left, n_in = [], 3
    for width in (64, 128, 256, 512):
        x = relu(build.conv(relu(build.conv(x, n_in, width, 3)), width, width, 3))
        left.append((x, width))
        x, n_in = pool(x), width
    x, n_in = relu(build.conv(x, n_in, 1024, 3)), 1024
    for before, width in reversed(left):
        x = T.concatenate([before, x.repeat(2, axis=2).repeat(2, axis=3)], axis=1)
        x, n_in = (
            relu(build.conv(relu(build.conv(x, width + n_in, width, 3)), width, width, 3)),
            width,
        )
    return build.conv(x, n_in, 2, 1).mean(axis=(2, 3))


def scan200(build, x):
    """A recurrent layer over 200 steps."""
    into, again, out = build.parameter(3, 64), build.parameter(64, 64), build.parameter(64, 10)
    steps = x.mean(axis=3).dimshuffle(2, 0, 1)
    states, _ = theano.scan(
        lambda step, state: T.tanh(T.dot(step, into) + T.dot(state, again)),
        sequences=steps,
        outputs_info=T.zeros((x.shape[0], 64), "float32"),
        n_steps=200,
    )
    return T.dot(states[-1], out)


def chain1000(build, x):
    """A thousand layers, one after the other."""
    x = x.mean(axis=(2, 3))
    for _ in range(1000):
        x = T.tanh(T.dot(x, build.parameter(3, 3)))
    return x


NETWORKS = {
    each.__name__: each
    for each in (vgg19, googlenet, resnet50, resnet152, densenet, unet, scan200, chain1000)
}


def processor_seconds():
    """Return the seconds of this process and of those that it has started."""
    told = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(each.ru_utime + each.ru_stime for each in told)


def main(name):
    """Build and compile, and print what it took."""
    begun = processor_seconds()
    build = Builder()
    x = T.TensorType("float32", (False,) * 4)("x")
    labels = T.lvector("labels")
    scores = NETWORKS[name](build, x)
    cost = T.nnet.categorical_crossentropy(T.nnet.softmax(scores), labels).mean()
    gradients = T.grad(cost, build.parameters)
    updates = [
        (each, each - LEARNING_RATE * gradient)
        for each, gradient in zip(build.parameters, gradients)  # noqa: B905  Python 3.7 runs it
    ]
    built = processor_seconds()
    function = theano.function([x, labels], cost, updates=updates)
    compiled = processor_seconds()
    nodes = len(function.maker.fgraph.apply_nodes)
    print(json.dumps({"nodes": nodes, "build": built - begun, "compile": compiled - built}))


if __name__ == "__main__":
    main(sys.argv[1])
