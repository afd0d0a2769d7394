"""Saved models of Theano's libraries and of Keras, read and made networks of lenet; docs/import.md."""
