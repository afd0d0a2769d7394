"""Scripts in Theano's API, for Python 3.6 and later, that Theano and `lenet.theano_compat` both run."""
