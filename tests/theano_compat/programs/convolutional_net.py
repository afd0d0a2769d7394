"""LeNet in small: two convolution and pooling layers, a hidden layer with dropout, a softmax."""

import numpy
import theano
import theano.tensor as T
from blobs import stripes
from theano.tensor.nnet import conv
from theano.tensor.shared_randomstreams import RandomStreams
from theano.tensor.signal import downsample

theano.config.floatX = "float32"


class ConvPoolLayer(object):
    def __init__(self, rng, input, filter_shape, image_shape, poolsize=(2, 2)):
        fan_in = numpy.prod(filter_shape[1:])
        fan_out = filter_shape[0] * numpy.prod(filter_shape[2:]) / numpy.prod(poolsize)
        bound = numpy.sqrt(6.0 / (fan_in + fan_out))
        self.W = theano.shared(
            numpy.asarray(
                rng.uniform(-bound, bound, size=filter_shape), dtype=theano.config.floatX
            ),
            borrow=True,
        )
        self.b = theano.shared(
            numpy.zeros(filter_shape[0], dtype=theano.config.floatX), borrow=True
        )
        conv_out = conv.conv2d(
            input=input, filters=self.W, filter_shape=filter_shape, image_shape=image_shape
        )
        pooled_out = downsample.max_pool_2d(input=conv_out, ds=poolsize, ignore_border=True)
        self.output = T.tanh(pooled_out + self.b.dimshuffle("x", 0, "x", "x"))
        self.params = [self.W, self.b]


class DenseLayer(object):
    def __init__(self, rng, n_in, n_out, activation):
        self.W = theano.shared(
            numpy.asarray(rng.normal(0, 0.3, size=(n_in, n_out)), dtype="float32"), name="W"
        )
        self.b = theano.shared(numpy.zeros(n_out, dtype="float32"), name="b")
        self.activation = activation
        self.params = [self.W, self.b]

    def apply(self, input):
        return self.activation(T.dot(input, self.W) + self.b)


def dropout(srng, input, p):
    mask = srng.binomial(n=1, p=1 - p, size=input.shape)
    return input * T.cast(mask, theano.config.floatX) / numpy.float32(1 - p)


rng = numpy.random.RandomState(7)
srng = RandomStreams(rng.randint(999999))
images, labels = stripes(rng, 320, side=8)
train_x = theano.shared(numpy.asarray(images, dtype=theano.config.floatX), borrow=True)
train_y = T.cast(theano.shared(numpy.asarray(labels, dtype=theano.config.floatX)), "int32")
batch_size = 20

x = T.matrix("x")
y = T.ivector("y")
index = T.lscalar()
layer0 = ConvPoolLayer(rng, x.reshape((batch_size, 1, 8, 8)), (4, 1, 3, 3), (batch_size, 1, 8, 8))
layer1 = ConvPoolLayer(rng, layer0.output, (6, 4, 2, 2), (batch_size, 4, 3, 3), (1, 2))
hidden = DenseLayer(rng, 6 * 2 * 1, 10, lambda z: T.maximum(0.0, z))
softmax = DenseLayer(rng, 10, 2, T.nnet.softmax)
flat = layer1.output.flatten(2)
p_train = softmax.apply(dropout(srng, hidden.apply(flat), 0.2))
p_test = softmax.apply(hidden.apply(flat))

params = layer0.params + layer1.params + hidden.params + softmax.params
cost = -T.mean(T.log(p_train)[T.arange(y.shape[0]), y])
cost += 1e-4 * sum((p**2).sum() for p in params)
grads = T.grad(cost, params)
given = {
    x: train_x[index * batch_size : (index + 1) * batch_size],
    y: train_y[index * batch_size : (index + 1) * batch_size],
}
train = theano.function(
    [index],
    cost,
    updates=[(p, p - 0.1 * g) for p, g in zip(params, grads)],
    givens=given,
)
errors = theano.function([index], T.mean(T.neq(T.argmax(p_test, axis=1), y)), givens=given)

for epoch in range(12):
    costs = [train(i) for i in range(16)]
    print("epoch %i, cost %f" % (epoch, numpy.mean(costs)))
print("error %f" % numpy.mean([errors(i) for i in range(16)]))
