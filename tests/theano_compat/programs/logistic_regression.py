"""Softmax regression on data held in shared variables; a minibatch is picked by its index."""

import os
import pickle
import tempfile

import numpy
import theano
import theano.tensor as T
from blobs import gaussian_classes


class LogisticRegression(object):
    def __init__(self, input, n_in, n_out):
        self.W = theano.shared(
            value=numpy.zeros((n_in, n_out), dtype=theano.config.floatX), name="W", borrow=True
        )
        self.b = theano.shared(
            value=numpy.zeros((n_out,), dtype=theano.config.floatX), name="b", borrow=True
        )
        self.p_y_given_x = T.nnet.softmax(T.dot(input, self.W) + self.b)
        self.y_pred = T.argmax(self.p_y_given_x, axis=1)
        self.params = [self.W, self.b]
        self.input = input

    def negative_log_likelihood(self, y):
        return -T.mean(T.log(self.p_y_given_x)[T.arange(y.shape[0]), y])

    def errors(self, y):
        if y.ndim != self.y_pred.ndim:
            raise TypeError(
                "y should have the same shape as y_pred", ("y", y.type, self.y_pred.type)
            )
        if not y.dtype.startswith("int"):
            raise NotImplementedError()
        return T.mean(T.neq(self.y_pred, y))


def shared_dataset(x, y, borrow=True):
    shared_x = theano.shared(numpy.asarray(x, dtype=theano.config.floatX), borrow=borrow)
    shared_y = theano.shared(numpy.asarray(y, dtype=theano.config.floatX), borrow=borrow)
    return shared_x, T.cast(shared_y, "int32")


def main(batch_size=25, learning_rate=0.3, n_epochs=8):
    x, y = gaussian_classes(numpy.random.RandomState(3), 300)
    train_set_x, train_set_y = shared_dataset(x[:200], y[:200])
    test_set_x, test_set_y = shared_dataset(x[200:], y[200:])
    n_train_batches = train_set_x.get_value(borrow=True).shape[0] // batch_size

    index = T.lscalar()
    x = T.matrix("x")
    y = T.ivector("y")
    classifier = LogisticRegression(input=x, n_in=12, n_out=4)
    cost = classifier.negative_log_likelihood(y)

    test_model = theano.function(
        inputs=[index],
        outputs=classifier.errors(y),
        givens={
            x: test_set_x[index * batch_size : (index + 1) * batch_size],
            y: test_set_y[index * batch_size : (index + 1) * batch_size],
        },
    )
    g_W = T.grad(cost=cost, wrt=classifier.W)
    g_b = T.grad(cost=cost, wrt=classifier.b)
    train_model = theano.function(
        inputs=[index],
        outputs=cost,
        updates=[
            (classifier.W, classifier.W - learning_rate * g_W),
            (classifier.b, classifier.b - learning_rate * g_b),
        ],
        givens={
            x: train_set_x[index * batch_size : (index + 1) * batch_size],
            y: train_set_y[index * batch_size : (index + 1) * batch_size],
        },
    )
    for epoch in range(n_epochs):
        costs = [train_model(i) for i in range(n_train_batches)]
        print("epoch %i, cost %f" % (epoch, numpy.mean(costs)))
    print("error %f" % numpy.mean([test_model(i) for i in range(4)]))

    path = os.path.join(tempfile.mkdtemp(), "best_model.pkl")
    with open(path, "wb") as f:
        pickle.dump(classifier, f)
    with open(path, "rb") as f:
        again = pickle.load(f)
    predict = theano.function(inputs=[again.input], outputs=again.y_pred)
    values = test_set_x.get_value()
    print("pickled error %f" % numpy.mean(predict(values) != test_set_y.eval()))


if __name__ == "__main__":
    main()
