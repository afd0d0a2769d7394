"""What BinaryNet asks of pylearn2: MNIST's images, as rows of fractions, and labels."""

import gzip
import pickle


class MNIST:
    """A part of MNIST, of the pickle of deeplearning.net."""

    def __init__(self, which_set, start=0, stop=None, center=False):
        with gzip.open("mnist.pkl.gz", "rb") as file:
            train, valid, test = pickle.load(file, encoding="latin1")
        self.X, labels = test if which_set == "test" else valid if start else train
        self.y = labels.reshape(-1, 1)
