"""A step of gradient descent of the model zoo's GoogLeNet, with random weights and images."""

import lasagne
import numpy as np
import theano
from googlenet import build_model

images, labels = theano.tensor.tensor4("images"), theano.tensor.ivector("labels")
network = build_model()["prob"]
loss = lasagne.objectives.categorical_crossentropy(
    lasagne.layers.get_output(network, images, deterministic=True), labels
).mean()
weights = lasagne.layers.get_all_params(network, trainable=True)
step = theano.function(
    [images, labels], loss, updates=lasagne.updates.sgd(loss, weights, learning_rate=0.01)
)
batch = np.random.RandomState(1).uniform(-1, 1, (2, 3, 224, 224)).astype("float32")
for _ in range(3):
    print("loss", float(step(batch, np.array([1, 7], "int32"))))
