"""A restricted Boltzmann machine: persistent contrastive divergence, its Gibbs chain in a scan."""

import numpy
import theano
import theano.tensor as T
from blobs import stripes
from theano.sandbox.rng_mrg import MRG_RandomStreams as RandomStreams


class RBM(object):
    def __init__(self, input, n_visible, n_hidden, numpy_rng):
        floatX = theano.config.floatX
        self.theano_rng = RandomStreams(numpy_rng.randint(2**30))
        W = numpy.asarray(numpy_rng.uniform(-0.1, 0.1, size=(n_visible, n_hidden)), dtype=floatX)
        self.W = theano.shared(value=W, name="W", borrow=True)
        self.hbias = theano.shared(numpy.zeros(n_hidden, dtype=floatX), name="hbias", borrow=True)
        self.vbias = theano.shared(numpy.zeros(n_visible, dtype=floatX), name="vbias", borrow=True)
        self.input = input
        self.n_visible = n_visible
        self.params = [self.W, self.hbias, self.vbias]

    def free_energy(self, v_sample):
        wx_b = T.dot(v_sample, self.W) + self.hbias
        vbias_term = T.dot(v_sample, self.vbias)
        hidden_term = T.sum(T.log(1 + T.exp(wx_b)), axis=1)
        return -hidden_term - vbias_term

    def sample(self, pre_sigmoid):
        mean = T.nnet.sigmoid(pre_sigmoid)
        return mean, self.theano_rng.binomial(
            size=mean.shape, n=1, p=mean, dtype=theano.config.floatX
        )

    def gibbs_hvh(self, h0_sample):
        pre_sigmoid_v1 = T.dot(h0_sample, self.W.T) + self.vbias
        v1_mean, v1_sample = self.sample(pre_sigmoid_v1)
        h1_mean, h1_sample = self.sample(T.dot(v1_sample, self.W) + self.hbias)
        return [pre_sigmoid_v1, v1_mean, v1_sample, h1_mean, h1_sample]

    def get_cost_updates(self, lr, persistent, k):
        (pre_sigmoid, _, nv_samples, _, nh_samples), updates = theano.scan(
            self.gibbs_hvh,
            outputs_info=[None, None, None, None, persistent],
            n_steps=k,
            name="gibbs_hvh",
        )
        chain_end = nv_samples[-1]
        cost = T.mean(self.free_energy(self.input)) - T.mean(self.free_energy(chain_end))
        gparams = T.grad(cost, self.params, consider_constant=[chain_end])
        for gparam, param in zip(gparams, self.params):
            updates[param] = param - gparam * T.cast(lr, dtype=theano.config.floatX)
        updates[persistent] = nh_samples[-1]
        return self.get_pseudo_likelihood_cost(updates), updates

    def get_pseudo_likelihood_cost(self, updates):
        bit_i_idx = theano.shared(value=0, name="bit_i_idx")
        xi = T.round(self.input)
        fe_xi = self.free_energy(xi)
        xi_flip = T.set_subtensor(xi[:, bit_i_idx], 1 - xi[:, bit_i_idx])
        fe_xi_flip = self.free_energy(xi_flip)
        updates[bit_i_idx] = (bit_i_idx + 1) % self.n_visible
        return T.mean(self.n_visible * T.log(T.nnet.sigmoid(fe_xi_flip - fe_xi)))


rng = numpy.random.RandomState(123)
images, _ = stripes(rng, 400, side=5)
batch_size = 20
data = theano.shared(numpy.asarray(images, dtype=theano.config.floatX), borrow=True)
persistent_chain = theano.shared(
    numpy.zeros((batch_size, 16), dtype=theano.config.floatX), borrow=True
)
index = T.lscalar()
x = T.matrix("x")
rbm = RBM(x, n_visible=25, n_hidden=16, numpy_rng=rng)
cost, updates = rbm.get_cost_updates(lr=0.1, persistent=persistent_chain, k=3)
train_rbm = theano.function(
    [index],
    cost,
    updates=updates,
    givens={x: data[index * batch_size : (index + 1) * batch_size]},
    name="train_rbm",
)
for epoch in range(20):
    mean_cost = [train_rbm(i) for i in range(400 // batch_size)]
    print("epoch %d, cost %f" % (epoch, -numpy.mean(mean_cost)))

# Samples: a scan over the visible units, compiled on its own.
start = theano.shared(numpy.asarray(images[:10], dtype=theano.config.floatX))


def gibbs_vhv(v0_sample):
    _, h1_sample = rbm.sample(T.dot(v0_sample, rbm.W) + rbm.hbias)
    return rbm.sample(T.dot(h1_sample, rbm.W.T) + rbm.vbias)


(vis_mfs, vis_samples), updates = theano.scan(gibbs_vhv, outputs_info=[None, start], n_steps=5)
updates.update({start: vis_samples[-1]})
sample_fn = theano.function([], [vis_mfs[-1], vis_samples[-1]], updates=updates, name="sample_fn")
means, samples = sample_fn()
print("samples are binary: %s" % (sorted(set(samples.ravel())) == [0.0, 1.0]))
print("chain has moved on: %s" % bool((start.get_value() == samples).all()))
