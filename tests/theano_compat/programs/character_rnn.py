"""A recurrent net that predicts the next word: truncated gradients, clipping, a default argument."""

import numpy as np
import theano
import theano.tensor as T
from blobs import repeating_words
from theano.gradient import grad_clip


class RNNTheano(object):
    def __init__(self, rng, word_dim, hidden_dim=16, bptt_truncate=4):
        def weights(rows, columns, name):
            bound = np.sqrt(1.0 / columns)
            value = rng.uniform(-bound, bound, (rows, columns))
            return theano.shared(name=name, value=value.astype(theano.config.floatX))

        self.U = weights(hidden_dim, word_dim, "U")
        self.V = weights(word_dim, hidden_dim, "V")
        self.W = weights(hidden_dim, hidden_dim, "W")
        self.mV = theano.shared(name="mV", value=np.zeros_like(self.V.get_value()))

        x = T.ivector("x")
        y = T.ivector("y")

        def forward_prop_step(x_t, s_t_prev, U, V, W):
            s_t = T.tanh(U[:, x_t] + W.dot(s_t_prev))
            o_t = T.nnet.softmax(V.dot(s_t))
            return [o_t[0], s_t]

        [o, s], updates = theano.scan(
            forward_prop_step,
            sequences=x,
            outputs_info=[None, dict(initial=T.zeros(hidden_dim))],
            non_sequences=[self.U, self.V, self.W],
            truncate_gradient=bptt_truncate,
            strict=True,
        )
        prediction = T.argmax(o, axis=1)
        o_error = T.sum(T.nnet.categorical_crossentropy(o, y))
        dU, dV, dW = [grad_clip(T.grad(o_error, p), -1, 1) for p in (self.U, self.V, self.W)]
        mV = 0.9 * self.mV + 0.1 * dV**2

        learning_rate = T.scalar("learning_rate")
        decay = T.scalar("decay")
        self.predict = theano.function([x], prediction)
        self.ce_error = theano.function([x, y], o_error)
        self.sgd_step = theano.function(
            [x, y, learning_rate, theano.In(decay, value=1.0)],
            [],
            updates=[
                (self.U, self.U - decay * learning_rate * dU),
                (self.V, self.V - decay * learning_rate * dV),
                (self.W, self.W - decay * learning_rate * dW),
                (self.mV, mV),
            ],
        )


rng = np.random.RandomState(10)
words = repeating_words(rng, 20, length=12).astype("int32").T
X, Y = words[:, :-1], words[:, 1:]
model = RNNTheano(rng, word_dim=8)
print("cost %f" % (sum(model.ce_error(x, y) for x, y in zip(X, Y)) / Y.size))
for epoch in range(4):
    for x, y in zip(X, Y):
        model.sgd_step(x, y, 0.1)
    loss = sum(model.ce_error(x, y) for x, y in zip(X, Y)) / Y.size
    print("epoch %d, cost %f" % (epoch, loss))
print("error %f" % np.mean([np.mean(model.predict(x) != y) for x, y in zip(X, Y)]))
