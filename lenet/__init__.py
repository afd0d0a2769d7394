"""LeNet on PyTensor: Theano's way of building convolutional networks, alive and fast."""

__version__ = "0.2.0"
