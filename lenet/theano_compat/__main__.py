"""Run a Theano program: ``python -m lenet.theano_compat SCRIPT [ARGS...]``."""

import sys

from lenet.theano_compat.runner import allow_deep_calls, main

if __name__ == "__main__":
    allow_deep_calls()
    sys.exit(main())
