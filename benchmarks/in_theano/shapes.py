"""Time convolutions of old programs and their gradients: `python shapes.py CALLS [NAME ...]`.

Prints, as JSON, the seconds of a call, the median of some, by the name of the shape and by what is computed.
"""

import json
import sys
import time

import numpy as np
import theano
import theano.tensor as T

# By name: images, filters, border mode and stride.
SHAPES = {
    "LeNet, first": ((500, 1, 28, 28), (20, 1, 5, 5), "valid", 1),
    "LeNet, second": ((500, 20, 12, 12), (50, 20, 5, 5), "valid", 1),
    "sentences, 3 words": ((50, 1, 64, 300), (100, 1, 3, 300), "valid", 1),
    "sentences, 5 words": ((50, 1, 64, 300), (100, 1, 5, 300), "valid", 1),
    "characters, one axis": ((16, 70, 1, 500), (64, 70, 1, 7), "valid", 1),
    "whole image, one channel": ((50, 1, 28, 28), (100, 1, 28, 28), "valid", 1),
    "whole maps, many channels": ((8, 512, 7, 7), (64, 512, 7, 7), "valid", 1),
    "CIFAR-10, first": ((128, 3, 32, 32), (32, 3, 3, 3), "half", 1),
    "CIFAR-10, second": ((128, 32, 32, 32), (32, 32, 3, 3), "half", 1),
    "VGG, deep": ((4, 128, 28, 28), (128, 128, 3, 3), "half", 1),
    "inception, 1 x 1": ((8, 192, 28, 28), (64, 192, 1, 1), "valid", 1),
    "ResNet, first": ((4, 3, 112, 112), (64, 3, 7, 7), "half", 2),
    "ResNet, shortcut": ((8, 128, 28, 28), (256, 128, 1, 1), "valid", 2),
    "AlexNet, first": ((4, 3, 227, 227), (96, 3, 11, 11), "valid", 4),
    "Q-network, first": ((32, 4, 84, 84), (32, 4, 8, 8), "valid", 4),
    "Q-network, second": ((32, 32, 20, 20), (64, 32, 4, 4), "valid", 2),
    "DCGAN, discriminator": ((64, 64, 14, 14), (128, 64, 5, 5), "half", 2),
}


def functions(images, filters, border, stride, known):
    """Return the convolution, and its gradients by filters and by images, compiled."""
    rng = np.random.RandomState(1)
    x, w = (theano.shared(rng.randn(*each).astype("float32")) for each in (images, filters))
    told = {"input_shape": images, "filter_shape": filters} if known else {}
    maps = T.nnet.conv2d(x, w, border_mode=border, subsample=(stride, stride), **told)
    slope = theano.shared(rng.randn(*maps.shape.eval()).astype("float32"))
    cost = (maps * slope).sum()
    return {
        "output": theano.function([], maps),
        "filters": theano.function([], T.grad(cost, w)),
        "images": theano.function([], T.grad(cost, x)),
    }


def seconds_of(function, calls):
    """Return the median of some calls, after two that are not counted."""
    taken = []
    for _ in range(calls + 2):
        begun = time.time()
        function()
        taken.append(time.time() - begun)
    return float(np.median(taken[2:]))


def main(calls, names):
    """Time all shapes, or some, with sizes that are known when compiling and that are not."""
    answer = {}
    for name in names or SHAPES:
        for known in (True, False):
            for what, function in functions(*SHAPES[name], known=known).items():
                key = "|".join([name, what, "told" if known else "not told"])
                answer[key] = seconds_of(function, calls)
    print(json.dumps(answer))


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2:])
