"""Versions of lenet, Python and packages; how optional ones are installed."""

import platform
from importlib.metadata import version


def versions() -> dict[str, str]:
    """Return the versions of lenet, Python, PyTensor and NumPy."""
    from lenet import __version__

    packages = {name: version(name) for name in ("pytensor", "numpy")}
    return {"lenet": __version__, "python": platform.python_version(), **packages}


def install_extra(extra: str) -> str:
    """Return the commands that install the packages of one of lenet's extras."""
    return f'pip install "lenet[{extra}]", or in a checkout pip install -e ".[{extra}]"'
