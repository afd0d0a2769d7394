"""Parts of SciPy that needed no import, or lay in what are modules today."""

import sys

import scipy


def behave_as_before() -> None:
    """Let ``scipy.misc`` be imported when it is first asked for, as others are."""
    if "misc" not in scipy.submodules:
        scipy.submodules.append("misc")


def be_packages() -> None:
    """Let modules that were packages have parts, looked for among the old names."""
    for name in ("dsolve", "eigen", "isolve"):
        module = sys.modules.get(f"scipy.sparse.linalg.{name}")
        if module is not None and not hasattr(module, "__path__"):
            module.__path__ = []
