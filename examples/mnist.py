"""LeNet in one page: layers, a symbolic network, its compiled training step, and a test error.

python examples/mnist.py            MNIST, downloaded into data/ unless it is there: under 2 % of errors
python examples/mnist.py digits     scikit-learn's digits, which need no download
"""

import argparse

import numpy as np
import pytensor

from lenet.compile.backends import select_backend
from lenet.compile.threads import default_threads
from lenet.data.dataset import Split, batches
from lenet.input_pipeline import load_dataset
from lenet.layers import ConvPool, FullyConnected
from lenet.models.network import network_of_layers
from lenet.optim.updates import momentum


def main(dataset_name: str, epochs: int, batch_size: int = 100) -> float:
    """Train a network, print its errors after each epoch, and return the test error in percent."""
    # Chooses C++ and float32, and comes before anything symbolic.
    mode = select_backend("c", default_threads()).mode
    rng = np.random.default_rng(1)
    dataset = load_dataset(dataset_name)

    # A network is a list of layers. They become a graph of symbols: nothing is computed yet.
    layers = [
        ConvPool(16, kernel=5),  # convolution, 2x2 max-pooling, bias and ReLU: 16 maps
        ConvPool(32, kernel=5),
        FullyConnected(128, activation="relu"),
        FullyConnected(10, name="output"),  # a score for each class
    ]
    image_shape = dataset.train.images.shape[1:]  # channels, rows, columns
    network = network_of_layers(layers, image_shape, rng, l2_pen=0.0001)
    model = network.model

    # PyTensor derives the gradients, and compiles each function to C++ with fused kernels.
    inputs = [network.images, network.labels]
    updates = momentum(model.cost, model.params, learning_rate=0.05, momentum=0.9)
    train = pytensor.function(inputs, model.cost, updates=updates + model.updates, mode=mode)
    errors = pytensor.function(inputs, model.test_errors, mode=mode)

    def error_in_percent(split: Split) -> float:
        wrong = sum(float(errors(*batch)) * len(batch[1]) for batch in batches(split, 500))
        return 100 * wrong / len(split.labels)

    for epoch in range(1, epochs + 1):
        cost = np.mean([train(*batch) for batch in batches(dataset.train, batch_size, rng)])
        print(f"epoch {epoch}: cost {cost:.4f}, validation {error_in_percent(dataset.valid):.2f} %")
    test_error = error_in_percent(dataset.test)
    print(f"test error {test_error:.2f} %")
    return test_error


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("dataset", nargs="?", choices=("mnist", "digits"), default="mnist")
    parser.add_argument("--epochs", type=int, default=5)
    arguments = parser.parse_args()
    main(arguments.dataset, arguments.epochs)
