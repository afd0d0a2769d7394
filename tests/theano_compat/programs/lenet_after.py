"""LeNet on scikit-learn's digits, ported to PyTensor; docs/porting.md shows how."""

import numpy
import pytensor
import pytensor.tensor as T
from sklearn.datasets import load_digits

from lenet.nnet import categorical_crossentropy, conv2d, pool_2d, softmax

BATCH, BATCHES = 50, 35


def on_device(values):
    return pytensor.shared(numpy.asarray(values, dtype=pytensor.config.floatX), borrow=True)


class ConvPoolLayer(object):
    def __init__(self, rng, input, filter_shape, image_shape):
        bound = numpy.sqrt(3.0 / numpy.prod(filter_shape[1:]))
        self.W = on_device(rng.uniform(-bound, bound, size=filter_shape))
        self.b = on_device(numpy.zeros(filter_shape[0]))
        maps = conv2d(
            input=input, filters=self.W, filter_shape=filter_shape, input_shape=image_shape
        )
        pooled = pool_2d(input=maps, ws=(2, 2), ignore_border=True)
        self.output = T.tanh(pooled + self.b.dimshuffle("x", 0, "x", "x"))
        self.params = [self.W, self.b]


class DenseLayer(object):
    def __init__(self, rng, input, n_in, n_out, activation):
        bound = numpy.sqrt(3.0 / n_in)
        self.W = on_device(rng.uniform(-bound, bound, size=(n_in, n_out)))
        self.b = on_device(numpy.zeros(n_out))
        self.output = activation(T.dot(input, self.W) + self.b)
        self.params = [self.W, self.b]


rng = numpy.random.RandomState(23455)
digits = load_digits()
order = rng.permutation(len(digits.target))
images = on_device(digits.data[order] / 16.0)
labels = T.cast(on_device(digits.target[order]), "int32")

x = T.matrix("x")
y = T.ivector("y")
index = T.lscalar("index")

layer0 = ConvPoolLayer(rng, x.reshape((BATCH, 1, 8, 8)), (8, 1, 3, 3), (BATCH, 1, 8, 8))
layer1 = ConvPoolLayer(rng, layer0.output, (16, 8, 2, 2), (BATCH, 8, 3, 3))
layer2 = DenseLayer(rng, layer1.output.flatten(ndim=2), 16, 32, T.tanh)
layer3 = DenseLayer(rng, layer2.output, 32, 10, softmax)

cost = categorical_crossentropy(layer3.output, y).mean()
errors = T.mean(T.neq(T.argmax(layer3.output, axis=1), y))
params = layer0.params + layer1.params + layer2.params + layer3.params
updates = [(param, param - 0.3 * grad) for param, grad in zip(params, T.grad(cost, params))]
batch = {
    x: images[index * BATCH : (index + 1) * BATCH],
    y: labels[index * BATCH : (index + 1) * BATCH],
}
train = pytensor.function([index], [cost, errors], updates=updates, givens=batch, mode="CVM")

for epoch in range(1, 6):
    results = [train(i) for i in range(BATCHES)]
    print("epoch %i, cost %.4f, error %.4f" % ((epoch,) + tuple(numpy.mean(results, axis=0))))
