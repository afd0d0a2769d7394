"""Porting: programs for Theano rewritten, in their source, for PyTensor and `lenet.nnet`."""
