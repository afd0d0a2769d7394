"""Names of Theano's GPU code, to be imported and subclassed; nothing computes."""

from collections.abc import Callable
from functools import cache
from typing import Any

NO_GPU = (
    "Theano's GPU code has no successor here; leave it out to run on the CPU, or compile with "
    "PyTensor's mode='JAX' for a GPU"
)


class GpuOnly:
    """A class of Theano's GPU code, of which nothing can be computed."""

    def __init__(self, *arguments: Any, **keywords: Any) -> None:
        pass

    def __call__(self, *arguments: Any, **keywords: Any) -> Any:
        """Report that there is no GPU code.

        Raises
        ------
        NotImplementedError
        """
        raise NotImplementedError(f"{type(self).__name__}: {NO_GPU}")


def gpu_names(module: str) -> Callable[[str], Any]:
    """Return a ``__getattr__`` for a module of Theano's GPU code that has any name.

    Theano's had theirs on a machine without a GPU, too, where a program for both kinds of machines
    imports them, and goes on to run without: ``..._available`` is False.

    Parameters
    ----------
    module : str
        Its name, below `lenet.theano_compat`.
    """

    @cache
    def find(name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(f"module {module!r} has no attribute {name!r}")
        if name.endswith("_available"):
            return False  # what programs ask before they import PyCUDA or scikits.cuda
        if name[:1].isupper() and not name.isupper():
            return type(name, (GpuOnly,), {"__module__": module})
        return without_gpu(name)

    return find


def without_gpu(name: str) -> Callable[..., Any]:
    """Return a function that reports, when it is called, that there is no GPU code."""

    def report(*arguments: Any, **keywords: Any) -> Any:
        raise NotImplementedError(f"{name}: {NO_GPU}")

    report.__name__ = report.__qualname__ = name
    return report
