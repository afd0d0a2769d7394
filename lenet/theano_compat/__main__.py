"""Run a program that was written for Theano: ``python -m lenet.theano_compat SCRIPT [ARGS...]``."""

import sys

from lenet.theano_compat.runner import main

if __name__ == "__main__":
    sys.exit(main())
