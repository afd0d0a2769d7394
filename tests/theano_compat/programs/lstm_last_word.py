"""An LSTM over padded sequences with a mask, its parameters in a dictionary, trained by Adadelta."""

from collections import OrderedDict

import numpy
import theano
from blobs import repeating_words
from theano import config, tensor
from theano.sandbox.rng_mrg import MRG_RandomStreams as RandomStreams


def numpy_floatX(data):
    return numpy.asarray(data, dtype=config.floatX)


def init_tparams(rng, n_words, dim):
    params = OrderedDict()
    params["Wemb"] = 0.1 * rng.randn(n_words, dim)
    params["lstm_W"] = 0.3 * rng.randn(dim, 4 * dim)
    params["lstm_U"] = 0.3 * rng.randn(dim, 4 * dim)
    params["lstm_b"] = numpy.zeros((4 * dim,))
    params["U"] = 0.3 * rng.randn(dim, n_words)
    params["b"] = numpy.zeros((n_words,))
    tparams = OrderedDict()
    for kk, pp in params.items():
        tparams[kk] = theano.shared(numpy_floatX(pp), name=kk)
    return tparams


def lstm_layer(tparams, state_below, dim_proj, mask):
    nsteps = state_below.shape[0]
    n_samples = state_below.shape[1] if state_below.ndim == 3 else 1
    assert mask is not None

    def _slice(_x, n, dim):
        if _x.ndim == 3:
            return _x[:, :, n * dim : (n + 1) * dim]
        return _x[:, n * dim : (n + 1) * dim]

    def _step(m_, x_, h_, c_):
        preact = tensor.dot(h_, tparams["lstm_U"])
        preact += x_
        i = tensor.nnet.sigmoid(_slice(preact, 0, dim_proj))
        f = tensor.nnet.sigmoid(_slice(preact, 1, dim_proj))
        o = tensor.nnet.sigmoid(_slice(preact, 2, dim_proj))
        c = tensor.tanh(_slice(preact, 3, dim_proj))
        c = f * c_ + i * c
        c = m_[:, None] * c + (1.0 - m_)[:, None] * c_
        h = o * tensor.tanh(c)
        h = m_[:, None] * h + (1.0 - m_)[:, None] * h_
        return h, c

    state_below = tensor.dot(state_below, tparams["lstm_W"]) + tparams["lstm_b"]
    rval, updates = theano.scan(
        _step,
        sequences=[mask, state_below],
        outputs_info=[
            tensor.alloc(numpy_floatX(0.0), n_samples, dim_proj),
            tensor.alloc(numpy_floatX(0.0), n_samples, dim_proj),
        ],
        name="lstm_layers",
        n_steps=nsteps,
    )
    return rval[0]


def adadelta(tparams, grads, x, mask, y, cost):
    def zeros(suffix):
        return [
            theano.shared(p.get_value() * numpy_floatX(0.0), name="%s_%s" % (k, suffix))
            for k, p in tparams.items()
        ]

    zipped_grads, running_up2, running_grads2 = zeros("grad"), zeros("rup2"), zeros("rgrad2")
    zgup = [(zg, g) for zg, g in zip(zipped_grads, grads)]
    rg2up = [(rg2, 0.9 * rg2 + 0.1 * (g**2)) for rg2, g in zip(running_grads2, grads)]
    f_grad_shared = theano.function(
        [x, mask, y], cost, updates=zgup + rg2up, name="adadelta_f_grad_shared"
    )
    updir = [
        -tensor.sqrt(ru2 + 1e-3) / tensor.sqrt(rg2 + 1e-3) * zg
        for zg, ru2, rg2 in zip(zipped_grads, running_up2, running_grads2)
    ]
    ru2up = [(ru2, 0.9 * ru2 + 0.1 * (ud**2)) for ru2, ud in zip(running_up2, updir)]
    param_up = [(p, p + ud) for p, ud in zip(tparams.values(), updir)]
    lr = tensor.scalar(name="lr")
    f_update = theano.function(
        [lr], [], updates=ru2up + param_up, on_unused_input="ignore", name="adadelta_f_update"
    )
    return f_grad_shared, f_update


def build_model(tparams, dim_proj):
    trng = RandomStreams(123)
    use_noise = theano.shared(numpy_floatX(0.0))
    x = tensor.matrix("x", dtype="int64")
    mask = tensor.matrix("mask", dtype=config.floatX)
    y = tensor.vector("y", dtype="int64")
    n_timesteps = x.shape[0]
    n_samples = x.shape[1]
    emb = tparams["Wemb"][x.flatten()].reshape([n_timesteps, n_samples, dim_proj])
    proj = lstm_layer(tparams, emb, dim_proj, mask=mask)
    proj = proj[-1]
    proj = tensor.switch(
        use_noise,
        proj * trng.binomial(proj.shape, p=0.8, n=1, dtype=proj.dtype),
        proj * 0.8,
    )
    pred = tensor.nnet.softmax(tensor.dot(proj, tparams["U"]) + tparams["b"])
    f_pred = theano.function([x, mask], pred.argmax(axis=1), name="f_pred")
    off = 1e-8 if pred.dtype != "float16" else 1e-6
    cost = -tensor.log(pred[tensor.arange(n_samples), y] + off).mean()
    return use_noise, x, mask, y, f_pred, cost


rng = numpy.random.RandomState(11)
words = repeating_words(rng, 64, length=5)
lengths = rng.randint(2, 5, size=64)
targets = words[lengths, numpy.arange(64)]
mask_values = (numpy.arange(5)[:, None] < lengths[None, :]).astype(config.floatX)
tparams = init_tparams(rng, n_words=8, dim=16)
use_noise, x, mask, y, f_pred, cost = build_model(tparams, dim_proj=16)
grads = tensor.grad(cost, wrt=list(tparams.values()))
f_grad_shared, f_update = adadelta(tparams, grads, x, mask, y, cost)
for epoch in range(60):
    use_noise.set_value(1.0)
    value = f_grad_shared(words, mask_values, targets)
    f_update(0.0)
    if epoch % 20 == 19:
        print("epoch %i, cost %f" % (epoch, value))
use_noise.set_value(0.0)
print("error %f" % (f_pred(words, mask_values) != targets).mean())
