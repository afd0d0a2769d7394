"""A generator and a discriminator of numbers, trained in turns with Adam."""

import numpy as np
import theano
import theano.tensor as T
from theano.tensor.shared_randomstreams import RandomStreams

floatX = theano.config.floatX
np_rng = np.random.RandomState(1)
srng = RandomStreams(np_rng.randint(1000))


def adam(cost, params, lr=0.01, b1=0.5, b2=0.999, e=1e-8):
    updates = []
    i = theano.shared(np.asarray(0.0, dtype=floatX))
    i_t = i + 1.0
    fix1 = 1.0 - b1**i_t
    fix2 = 1.0 - b2**i_t
    lr_t = lr * (T.sqrt(fix2) / fix1)
    for p, g in zip(params, T.grad(cost, params)):
        m = theano.shared(p.get_value() * 0.0)
        v = theano.shared(p.get_value() * 0.0)
        m_t = (b1 * m) + ((1.0 - b1) * g)
        v_t = (b2 * v) + ((1.0 - b2) * T.sqr(g))
        updates += [(m, m_t), (v, v_t), (p, p - lr_t * m_t / (T.sqrt(v_t) + e))]
    updates.append((i, i_t))
    return updates


def weights(n_in, n_out):
    return theano.shared(np.asarray(np_rng.normal(0, 0.3, size=(n_in, n_out)), dtype=floatX))


def bias(n):
    return theano.shared(np.zeros(n, dtype=floatX), broadcastable=(False,))


gen_params = [weights(2, 8), bias(8), weights(8, 1), bias(1)]
discrim_params = [weights(1, 12), bias(12), weights(12, 1), bias(1)]


def gen(Z, w, b, w2, b2):
    return T.dot(T.nnet.relu(T.dot(Z, w) + b, alpha=0.2), w2) + b2


def discrim(X, w, b, w2, b2):
    h = T.tanh(T.dot(X, w) + b)
    return T.clip(T.nnet.sigmoid(T.dot(h, w2) + b2), 1e-6, 1 - 1e-6)


X = T.matrix()
n = T.iscalar("n")
Z = srng.uniform(size=(n, 2), low=-1.0, high=1.0)
gX = gen(Z, *gen_params)
p_real = discrim(X, *discrim_params)
p_gen = discrim(gX, *discrim_params)
bce = T.nnet.binary_crossentropy
d_cost = bce(p_real, T.ones(p_real.shape)).mean() + bce(p_gen, T.zeros(p_gen.shape)).mean()
g_cost = bce(p_gen, T.ones(p_gen.shape)).mean()
cost = [g_cost, d_cost]
_train_g = theano.function([n], cost[0], updates=adam(g_cost, gen_params))
_train_d = theano.function([X, n], cost, updates=adam(d_cost, discrim_params))
_gen = theano.function([n], gX)

before = abs(_gen(200).mean() - 3.0)
for update in range(400):
    real = np.asarray(3.0 + 0.5 * np_rng.randn(32, 1), dtype=floatX)
    g, d = _train_d(real, 32)
    g = _train_g(32)
    if update % 100 == 99:
        print("update %d, generator %f, discriminator %f" % (update, g, d))
print("distance before %f" % before)
print("distance %f" % abs(_gen(200).mean() - 3.0))
