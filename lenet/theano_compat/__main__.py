"""Run a Theano program: ``python -m lenet.theano_compat SCRIPT [ARGS...]``."""

import sys

from lenet.theano_compat.runner import main

# PyTensor's gradients and graphs are walked by calls: four for each layer of a chain.
MOST_CALLS = 20_000

if __name__ == "__main__":
    sys.setrecursionlimit(max(sys.getrecursionlimit(), MOST_CALLS))
    sys.exit(main())
