"""A small library of layers: classes that know their shapes, outputs found by walking the graph."""

from collections import OrderedDict

import numpy as np
import theano
import theano.tensor as T
from blobs import stripes
from theano.compile.sharedvalue import SharedVariable
from theano.sandbox.rng_mrg import MRG_RandomStreams
from theano.tensor.signal import pool


def floatX(arr):
    return np.asarray(arr, dtype=theano.config.floatX)


def as_theano_expression(value):
    if isinstance(value, theano.gof.Variable):
        return value
    return theano.tensor.as_tensor_variable(value)


def collect_shared_vars(expressions):
    if isinstance(expressions, theano.Variable):
        expressions = [expressions]
    found = theano.gof.graph.inputs(reversed(expressions))
    return [v for v in found if isinstance(v, SharedVariable)]


class Layer(object):
    def __init__(self, incoming, name=None):
        self.input_layer = incoming
        self.input_shape = incoming.output_shape
        self.params = OrderedDict()
        self.name = name

    @property
    def output_shape(self):
        return self.get_output_shape_for(self.input_shape)

    def get_output_shape_for(self, input_shape):
        return input_shape

    def add_param(self, value, name, **tags):
        value = theano.shared(floatX(value), name=name)
        self.params[value] = set(tag for tag in tags if tags[tag])
        return value


class InputLayer(object):
    def __init__(self, shape, name="input"):
        self.output_shape = tuple(shape)
        self.params = OrderedDict()
        variable_type = T.TensorType(
            theano.config.floatX, [s == 1 for s in shape], name=name + ".type"
        )
        self.input_var = variable_type(name + ".input")


class Conv2DLayer(Layer):
    def __init__(self, incoming, rng, num_filters, filter_size, pad="valid", **kwargs):
        super(Conv2DLayer, self).__init__(incoming, **kwargs)
        self.num_filters = num_filters
        self.filter_size = filter_size
        self.pad = pad
        shape = (num_filters, self.input_shape[1], filter_size, filter_size)
        self.W = self.add_param(rng.normal(0, 0.3, size=shape), "W", regularizable=True)
        self.b = self.add_param(np.zeros(num_filters), "b")

    def get_output_shape_for(self, s):
        sides = tuple(side if self.pad == "half" else side - self.filter_size + 1 for side in s[2:])
        return (s[0], self.num_filters) + sides

    def get_output_for(self, input, **kwargs):
        conved = T.nnet.conv2d(
            input,
            self.W,
            input_shape=self.input_shape,
            filter_shape=self.W.get_value(borrow=True).shape,
            border_mode=self.pad,
            subsample=(1, 1),
            filter_flip=False,
        )
        return T.nnet.relu(conved + self.b.dimshuffle("x", 0, "x", "x"))


class Pool2DLayer(Layer):
    def __init__(self, incoming, pool_size, mode="max", **kwargs):
        super(Pool2DLayer, self).__init__(incoming, **kwargs)
        self.pool_size = pool_size
        self.mode = mode

    def get_output_shape_for(self, s):
        return s[:2] + tuple(side // p for side, p in zip(s[2:], self.pool_size))

    def get_output_for(self, input, **kwargs):
        return pool.pool_2d(
            input, ws=self.pool_size, stride=self.pool_size, ignore_border=True, mode=self.mode
        )


class BatchNormLayer(Layer):
    def __init__(self, incoming, alpha=0.1, epsilon=1e-4, **kwargs):
        super(BatchNormLayer, self).__init__(incoming, **kwargs)
        self.alpha = alpha
        self.epsilon = epsilon
        self.mean = self.add_param(np.zeros(self.input_shape[1]), "mean", running=True)
        self.inv_std = self.add_param(np.ones(self.input_shape[1]), "inv_std", running=True)
        self.gamma = self.add_param(np.ones(self.input_shape[1]), "gamma")

    def get_output_for(self, input, deterministic=False, **kwargs):
        axes = (0,) + tuple(range(2, input.ndim))
        input_mean = input.mean(axes)
        input_inv_std = T.inv(T.sqrt(input.var(axes) + self.epsilon))
        mean, inv_std = self.mean, self.inv_std
        if not deterministic:
            mean, inv_std = input_mean, input_inv_std
            running_mean = theano.clone(self.mean, share_inputs=False)
            running_inv_std = theano.clone(self.inv_std, share_inputs=False)
            running_mean.default_update = (1 - self.alpha) * running_mean + self.alpha * input_mean
            running_inv_std.default_update = (
                1 - self.alpha
            ) * running_inv_std + self.alpha * input_inv_std
            mean += 0 * running_mean
            inv_std += 0 * running_inv_std
        pattern = ["x", 0] + ["x"] * (input.ndim - 2)
        return (input - mean.dimshuffle(pattern)) * (self.gamma * inv_std).dimshuffle(pattern)


class DropoutLayer(Layer):
    def __init__(self, incoming, rng, p=0.5, **kwargs):
        super(DropoutLayer, self).__init__(incoming, **kwargs)
        self._srng = MRG_RandomStreams(rng.randint(1, 2147462579))
        self.p = p

    def get_output_for(self, input, deterministic=False, **kwargs):
        if deterministic or self.p == 0:
            return input
        retain_prob = T.constant(1) - self.p
        input /= retain_prob
        mask_shape = self.input_shape
        if any(s is None for s in mask_shape):
            mask_shape = input.shape
        return input * self._srng.binomial(mask_shape, p=retain_prob, dtype=input.dtype)


class DenseLayer(Layer):
    def __init__(self, incoming, rng, num_units, nonlinearity, **kwargs):
        super(DenseLayer, self).__init__(incoming, **kwargs)
        num_inputs = int(np.prod(self.input_shape[1:]))
        self.num_units = num_units
        self.nonlinearity = nonlinearity
        self.W = self.add_param(
            rng.normal(0, 0.3, size=(num_inputs, num_units)), "W", regularizable=True
        )
        self.b = self.add_param(np.zeros(num_units), "b")

    def get_output_shape_for(self, input_shape):
        return (input_shape[0], self.num_units)

    def get_output_for(self, input, **kwargs):
        if input.ndim > 2:
            input = input.flatten(2)
        return self.nonlinearity(T.dot(input, self.W) + self.b)


def get_all_layers(layer):
    layers = [layer]
    while hasattr(layers[-1], "input_layer"):
        layers.append(layers[-1].input_layer)
    return layers[::-1]


def get_output(layer, inputs=None, **kwargs):
    layers = get_all_layers(layer)
    out = layers[0].input_var if inputs is None else as_theano_expression(inputs)
    for each in layers[1:]:
        out = each.get_output_for(out, **kwargs)
    return out


def get_all_params(layer, without=None):
    return [p for l in get_all_layers(layer) for p, tags in l.params.items() if without not in tags]


def nesterov_momentum(loss, params, learning_rate, momentum=0.9):
    updates = OrderedDict()
    for param, grad in zip(params, theano.grad(loss, params)):
        updates[param] = param - learning_rate * grad
    for param in params:
        value = param.get_value(borrow=True)
        velocity = theano.shared(
            np.zeros(value.shape, dtype=value.dtype), broadcastable=param.broadcastable
        )
        x = momentum * velocity + updates[param] - param
        updates[velocity] = x
        updates[param] = momentum * x + updates[param]
    return updates


rng = np.random.RandomState(4)
images, labels = stripes(rng, 256, side=8)
images = floatX(images.reshape(-1, 1, 8, 8))
targets = np.asarray(labels, dtype="int32")

network = InputLayer((None, 1, 8, 8))
input_var = network.input_var
network = Conv2DLayer(network, rng, num_filters=4, filter_size=3, pad="half")
network = BatchNormLayer(network)
network = Pool2DLayer(network, (2, 2))
network = DropoutLayer(network, rng, p=0.1)
network = DenseLayer(network, rng, 2, T.nnet.softmax)
target_var = T.ivector("targets")

prediction = get_output(network)
loss = T.nnet.categorical_crossentropy(prediction, target_var).mean()
params = get_all_params(network, without="running")
loss = loss + 1e-4 * sum(T.sum(p**2) for p in get_all_params(network) if p.name == "W")
updates = nesterov_momentum(loss, params, learning_rate=0.02)
test_prediction = get_output(network, deterministic=True)
test_acc = T.mean(T.eq(T.argmax(test_prediction, axis=1), target_var), dtype=theano.config.floatX)
train_fn = theano.function([input_var, target_var], loss, updates=updates)
val_fn = theano.function([input_var, target_var], test_acc)

print("shared variables %d" % len(collect_shared_vars(test_prediction)))
print("output shape %s" % (network.output_shape,))
for epoch in range(8):
    indices = np.arange(len(images))
    rng.shuffle(indices)
    err = [
        train_fn(images[indices[i : i + 32]], targets[indices[i : i + 32]])
        for i in range(0, len(images), 32)
    ]
    print("epoch %d, cost %f" % (epoch, np.mean(err)))
print("error %f" % (1 - val_fn(images, targets)))
weights = [p.get_value() for p in get_all_params(network)]
np.testing.assert_array_equal(weights[2] != 0, True)  # the running mean has been updated
