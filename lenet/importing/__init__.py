"""Saved models of Theano's libraries and of Keras, made networks of lenet."""
