"""Entry point of ``python -m lenet.graph``; see `lenet.graph.command`."""

import sys

from lenet.graph.command import main

if __name__ == "__main__":
    sys.exit(main())
