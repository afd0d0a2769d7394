"""The folder of compiled code, which PyTensor makes."""

from lenet.errors import BackendError

__all__ = ["require_compile_folder"]


def require_compile_folder() -> None:
    """Raise `BackendError` if PyTensor's folder for compiled code is not writable."""
    import pytensor

    try:
        _ = pytensor.config.compiledir  # created on access
    except (OSError, ValueError) as error:
        reason = " ".join(str(error).split())
        raise BackendError(
            f"compiled code cannot be kept in {pytensor.config.base_compiledir} ({reason}); choose another "
            "folder with PYTENSOR_FLAGS=base_compiledir=FOLDER"
        ) from error
