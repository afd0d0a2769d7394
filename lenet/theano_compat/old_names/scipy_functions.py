"""Classes, attributes and arguments that SciPy has dropped."""

from collections.abc import Callable
from functools import wraps
from typing import Any, ClassVar

import numpy as np

from lenet.theano_compat.arguments import called_otherwise


class interp2d:  # noqa: N801, SciPy's name
    """Interpolation of values on a grid, as `scipy.interpolate` had it.

    Parameters
    ----------
    x, y : array_like
        Columns and rows of the grid.
    z : array_like
        Values, of shape (rows, columns).
    kind : str
        "linear", "cubic" or "quintic".

    Raises
    ------
    ValueError
        If the values are not on a grid.
    """

    DEGREES: ClassVar[dict[str, int]] = {"linear": 1, "cubic": 3, "quintic": 5}

    def __init__(self, x: Any, y: Any, z: Any, kind: str = "linear", **options: Any) -> None:
        from scipy.interpolate import RectBivariateSpline

        x, y, z = np.unique(x), np.unique(y), np.asarray(z)
        if z.size != len(x) * len(y):
            raise ValueError(
                f"interp2d: {z.size} values, expected {len(y)} x {len(x)}: of points that are on no grid, use "
                "scipy.interpolate.griddata"
            )
        degree = self.DEGREES[kind]
        self.spline = RectBivariateSpline(y, x, z.reshape(len(y), len(x)), kx=degree, ky=degree)

    def __call__(self, x: Any, y: Any, dx: int = 0, dy: int = 0) -> np.ndarray:
        """Return the values of a grid, of shape (rows, columns), or (columns,) of one row."""
        values = self.spline(np.sort(np.atleast_1d(y)), np.sort(np.atleast_1d(x)), dx=dy, dy=dx)
        found: np.ndarray = values[0] if len(values) == 1 else values
        return found


def derivative(
    func: Callable[..., Any], x0: float, dx: float = 1.0, n: int = 1, args: Any = (), order: int = 3
) -> Any:
    """Return a derivative by central differences."""
    places = np.arange(order) - order // 2
    weights = np.linalg.solve(
        np.vander(places.astype(float), increasing=True).T, np.eye(order)[n]
    ) * float(np.prod(np.arange(1, n + 1)))
    return sum(w * func(x0 + k * dx, *args) for w, k in zip(weights, places, strict=True)) / dx**n


def give_sparse_attributes() -> None:
    """Give sparse matrices ``A``, ``H`` and their like."""
    from scipy.sparse import spmatrix

    if not hasattr(spmatrix, "A"):
        spmatrix.A = property(lambda self: self.toarray())
        spmatrix.H = property(lambda self: self.T.conj())


def take_eigenvalues() -> None:
    """Let `scipy.linalg` be told `eigvals`, `sym_pos` and `cond`."""
    from scipy import linalg

    for name in ("eigh", "eigvalsh"):
        setattr(linalg, name, called_otherwise(getattr(linalg, name), eigvals="subset_by_index"))
    linalg.pinv = called_otherwise(linalg.pinv, cond="rtol", rcond="rtol")
    linalg.solve = of_positive_matrices(linalg.solve)


def of_positive_matrices(solve: Callable[..., Any]) -> Callable[..., Any]:
    """Return ``scipy.linalg.solve`` that takes `sym_pos`."""

    @wraps(solve)
    def solved(*arguments: Any, sym_pos: bool = False, **options: Any) -> Any:
        return solve(*arguments, **({"assume_a": "pos"} if sym_pos else {}), **options)

    return solved


def take_tolerances() -> None:
    """Let solvers of `scipy.sparse.linalg` be told `tol`."""
    from scipy.sparse import linalg

    for name in ("bicg", "bicgstab", "cg", "cgs", "gmres", "lgmres", "minres", "qmr"):
        setattr(linalg, name, called_otherwise(getattr(linalg, name), tol="rtol"))


def keep_dimensions_of_modes() -> None:
    """Let ``scipy.stats.mode`` keep the axis of which it takes the mode."""
    from scipy import stats

    now = stats.mode

    @wraps(now)
    def mode(*arguments: Any, **options: Any) -> Any:
        return now(*arguments, **{"keepdims": True, **options})

    stats.mode = mode


def give_interp2d() -> None:
    """Give ``scipy.interpolate.interp2d``, whose name but tells that it is gone."""
    from scipy import interpolate

    interpolate.interp2d = interp2d
