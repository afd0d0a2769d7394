"""Run a Theano program: ``python -m lenet.theano_compat SCRIPT [ARGS...]``."""

import sys

from lenet.theano_compat.runner import main

if __name__ == "__main__":
    sys.exit(main())
