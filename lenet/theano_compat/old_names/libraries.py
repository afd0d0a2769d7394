"""C++ of the old names, compiled where there is a compiler."""

import ctypes
from pathlib import Path
from typing import TypeVar

__all__ = ["compiled"]

Library = TypeVar("Library", bound=ctypes.CDLL)


def compiled(path: Path, kind: type[Library]) -> Library | None:
    """Return the library of a file of C++, or None if there is no compiler.

    Parameters
    ----------
    path : Path
    kind : type
        `ctypes.PyDLL` of what calls Python, else `ctypes.CDLL`.

    Raises
    ------
    BackendError
        If there is no place for compiled code.
    """
    # Not before: the old names are given to programs that use no kernels, too.
    from pytensor import config

    from lenet.compile.folder import require_compile_folder
    from lenet.nnet.kernels.interface import Kernel
    from lenet.nnet.kernels.library import KernelError, compile_kernel

    if not config.cxx:
        return None
    require_compile_folder()
    try:
        return kind(str(compile_kernel(Kernel(path.read_text("utf-8"), tuned=False))))
    except (KernelError, OSError):
        return None
