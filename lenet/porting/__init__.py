"""Porting: programs for Theano rewritten for PyTensor and `lenet.nnet`."""
