"""A denoising autoencoder with tied weights, trained from corrupted inputs."""

import numpy
import theano
import theano.tensor as T
from blobs import stripes
from theano.tensor.shared_randomstreams import RandomStreams


class dA(object):
    def __init__(self, numpy_rng, theano_rng=None, input=None, n_visible=64, n_hidden=30):
        if not theano_rng:
            theano_rng = RandomStreams(numpy_rng.randint(2**30))
        bound = 4 * numpy.sqrt(6.0 / (n_hidden + n_visible))
        initial_W = numpy.asarray(
            numpy_rng.uniform(low=-bound, high=bound, size=(n_visible, n_hidden)),
            dtype=theano.config.floatX,
        )
        self.W = theano.shared(value=initial_W, name="W", borrow=True)
        self.b = theano.shared(numpy.zeros(n_hidden, dtype=theano.config.floatX), name="b")
        self.b_prime = theano.shared(numpy.zeros(n_visible, dtype=theano.config.floatX))
        self.W_prime = self.W.T
        self.theano_rng = theano_rng
        self.x = T.dmatrix(name="input") if input is None else input
        self.params = [self.W, self.b, self.b_prime]

    def get_corrupted_input(self, input, corruption_level):
        return (
            self.theano_rng.binomial(
                size=input.shape, n=1, p=1 - corruption_level, dtype=theano.config.floatX
            )
            * input
        )

    def get_cost_updates(self, corruption_level, learning_rate):
        tilde_x = self.get_corrupted_input(self.x, corruption_level)
        y = T.nnet.sigmoid(T.dot(tilde_x, self.W) + self.b)
        z = T.nnet.sigmoid(T.dot(y, self.W_prime) + self.b_prime)
        L = -T.sum(self.x * T.log(z) + (1 - self.x) * T.log(1 - z), axis=1)
        cost = T.mean(L)
        gparams = T.grad(cost, self.params)
        updates = [(param, param - learning_rate * g) for param, g in zip(self.params, gparams)]
        return (cost, updates)


rng = numpy.random.RandomState(123)
images, _ = stripes(rng, 400)
train_set_x = theano.shared(numpy.asarray(images, dtype=theano.config.floatX), borrow=True)
index = T.lscalar()
x = T.matrix("x")
da = dA(numpy_rng=rng, theano_rng=RandomStreams(rng.randint(2**30)), input=x)
cost, updates = da.get_cost_updates(corruption_level=0.2, learning_rate=0.1)
train_da = theano.function(
    [index], cost, updates=updates, givens={x: train_set_x[index * 20 : (index + 1) * 20]}
)
for epoch in range(15):
    c = [train_da(i) for i in range(20)]
    print("epoch %d, cost %f" % (epoch, numpy.mean(c, dtype="float64")))
