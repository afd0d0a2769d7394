"""Word vectors with negative sampling: only the rows of the words at hand are updated."""

import numpy as np
import theano
import theano.tensor as T
from theano.ifelse import ifelse

vocabulary, dim, n_negative = 10, 6, 4
rng = np.random.RandomState(0)
floatX = theano.config.floatX
W_in = theano.shared(np.asarray(0.1 * rng.randn(vocabulary, dim), dtype=floatX), name="W_in")
W_out = theano.shared(np.zeros((vocabulary, dim), dtype=floatX), name="W_out")
cache = theano.shared(np.zeros((vocabulary, dim), dtype=floatX), name="cache")

target = T.iscalar("target")
context = T.ivector("context")
negatives = T.imatrix("negatives")
h = W_in[target]
good = W_out[context]
bad = W_out[negatives]
cost = -T.sum(T.log(T.nnet.sigmoid(T.dot(good, h))))
cost -= T.sum(T.log(T.nnet.sigmoid(-(bad * h).sum(axis=2))))

g_h, g_good, g_bad = theano.grad(cost, [h, good, bad])
new_cache = T.inc_subtensor(cache[target], g_h**2)
scale = ifelse(T.gt(g_h.norm(2), 1.0), 1.0 / g_h.norm(2), T.constant(1.0, dtype=floatX))
step = 0.3 * scale * g_h / T.sqrt(new_cache[target] + 0.1)
out = T.inc_subtensor(W_out[context], -0.2 * g_good)
out = T.inc_subtensor(out[negatives.flatten()], -0.2 * g_bad.reshape((-1, dim)))
train = theano.function(
    [target, context, negatives],
    cost,
    updates={W_in: T.inc_subtensor(h, -step), W_out: out, cache: new_cache},
)
similarity = theano.function(
    [], T.dot(W_in, W_in.T) / T.outer(W_in.norm(2, axis=1), W_in.norm(2, axis=1))
)

# Words of the same half of the vocabulary occur together.
for epoch in range(60):
    costs = []
    for word in range(vocabulary):
        half = 5 * (word // 5)
        near = rng.randint(half, half + 5, size=3).astype("int32")
        far = rng.randint(0, vocabulary, size=(2, n_negative)).astype("int32")
        costs.append(train(word, near, far))
    if epoch % 20 == 19:
        print("epoch %d, cost %f" % (epoch, np.mean(costs)))
s = similarity()
same = (s[:5, :5].sum() + s[5:, 5:].sum() - vocabulary) / 40
print("same half %f, other half %f" % (same, s[:5, 5:].mean()))
