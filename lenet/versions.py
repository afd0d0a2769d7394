"""Versions of lenet, Python and the packages that determine the results."""

import platform
from importlib.metadata import version


def versions() -> dict[str, str]:
    """Return the versions of lenet, Python, PyTensor and NumPy."""
    from lenet import __version__

    packages = {name: version(name) for name in ("pytensor", "numpy")}
    return {"lenet": __version__, "python": platform.python_version(), **packages}
