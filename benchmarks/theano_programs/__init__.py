"""Old programs for Theano, run as they stand: see `benchmarks.theano_programs.__main__`."""
