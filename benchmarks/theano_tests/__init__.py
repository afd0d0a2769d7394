"""Theano's own tests, run on `lenet.theano_compat`."""
