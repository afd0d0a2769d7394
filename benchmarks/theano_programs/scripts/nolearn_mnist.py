"""A convolutional network by nolearn on MNIST."""

import gzip
import pickle

from lasagne.layers import Conv2DLayer, DenseLayer, InputLayer, MaxPool2DLayer
from lasagne.nonlinearities import softmax
from lasagne.updates import nesterov_momentum
from nolearn.lasagne import NeuralNet

with gzip.open("mnist.pkl.gz") as file:
    (images, labels), _, (test_images, test_labels) = pickle.load(file, encoding="latin1")
net = NeuralNet(
    layers=[
        (InputLayer, {"shape": (None, 1, 28, 28)}),
        (Conv2DLayer, {"num_filters": 16, "filter_size": 5}),
        (MaxPool2DLayer, {"pool_size": 2}),
        (DenseLayer, {"num_units": 10, "nonlinearity": softmax}),
    ],
    update=nesterov_momentum,
    update_learning_rate=0.02,
    max_epochs=3,
    verbose=1,
)
net.fit(images.reshape(-1, 1, 28, 28), labels.astype("int32"))
found = net.predict(test_images.reshape(-1, 1, 28, 28))
print("accuracy", (found == test_labels).mean())
