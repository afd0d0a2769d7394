"""``python -m lenet``: see `lenet.main`."""

import sys

from lenet.main import main

if __name__ == "__main__":
    sys.exit(main())
