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
    weights = central_diff_weights(order, n)
    return sum(w * func(x0 + k * dx, *args) for w, k in zip(weights, places, strict=True)) / dx**n


def central_diff_weights(Np: int, ndiv: int = 1) -> np.ndarray:
    """Return the weights of `Np` points for a derivative by central differences."""
    places = np.arange(Np) - Np // 2
    powers = np.vander(places.astype(float), increasing=True).T
    return np.linalg.solve(powers, np.eye(Np)[ndiv]) * float(np.prod(np.arange(1, ndiv + 1)))


def itemfreq(a: Any) -> np.ndarray:
    """Return the values of an array, and how often each is there."""
    return np.stack(np.unique(a, return_counts=True), axis=1)


def binom_test(x: Any, n: Any = None, p: float = 0.5, alternative: str = "two-sided") -> float:
    """Return the p-value of `x` successes in `n` trials, or of both numbers."""
    from scipy.stats import binomtest

    successes, trials = (x[0], sum(x)) if np.ndim(x) else (x, n)
    value: float = binomtest(int(successes), int(trials), p, alternative).pvalue
    return value


def chisqprob(chisq: Any, df: Any) -> Any:
    """Return how likely a sum of `df` squares is to be more than `chisq`."""
    from scipy.special import chdtrc

    return chdtrc(df, chisq)


def find_repeats(arr: Any) -> tuple[np.ndarray, np.ndarray]:
    """Return the numbers that are there more than once, and how often."""
    values, counts = np.unique(np.asarray(arr, float), return_counts=True)
    return values[counts > 1], counts[counts > 1]


def nanmean(x: Any, axis: Any = 0) -> Any:
    """Return the mean of what is a number."""
    return np.nanmean(x, axis)


def nanmedian(x: Any, axis: Any = 0) -> Any:
    """Return the median of what is a number."""
    return np.nanmedian(x, axis)


def nanstd(x: Any, axis: Any = 0, bias: bool = False) -> Any:
    """Return the standard deviation of what is a number, of a sample unless `bias`."""
    return np.nanstd(x, axis, ddof=not bias)


def signaltonoise(a: Any, axis: Any = 0, ddof: int = 0) -> Any:
    """Return means divided by standard deviations, 0 where there is no deviation."""
    mean, deviation = np.mean(a, axis), np.std(a, axis, ddof=ddof)
    return np.where(deviation == 0, 0, mean / np.where(deviation == 0, 1, deviation))


def ss(a: Any, axis: Any = 0) -> Any:
    """Return the sum of squares."""
    return np.sum(np.square(a), axis)


def threshold(
    a: Any, threshmin: float | None = None, threshmax: float | None = None, newval: float = 0
) -> np.ndarray:
    """Return an array with a value in place of what is below or above bounds."""
    found = np.array(a)
    low = -np.inf if threshmin is None else threshmin
    found[(found < low) | (found > (np.inf if threshmax is None else threshmax))] = newval
    return found


def lpn(n: int, z: float) -> tuple[np.ndarray, np.ndarray]:
    """Return Legendre's polynomials up to a degree, and their derivatives."""
    from scipy.special import legendre_p_all

    values, slopes = legendre_p_all(n, z, diff_n=1)
    return values, slopes


def lpmn(m: int, n: int, z: float) -> tuple[np.ndarray, np.ndarray]:
    """Return associated Legendre functions, of shape (m + 1, n + 1), and derivatives."""
    from scipy.special import assoc_legendre_p_all

    values, slopes = assoc_legendre_p_all(n, abs(m), z, diff_n=1)
    if m < 0:
        return values[:, [0, *range(-1, m - 1, -1)]].T, slopes[:, [0, *range(-1, m - 1, -1)]].T
    return values[:, : m + 1].T, slopes[:, : m + 1].T


def qmf(hk: Any) -> list[float]:
    """Return the high-pass filter of a low-pass one, of as many numbers."""
    return [each * (-1) ** at for at, each in enumerate(hk[::-1])]


def kulsinski(u: Any, v: Any) -> float:
    """Return Kulsinski's distance of two vectors of truth values."""
    u, v = np.asarray(u, bool), np.asarray(v, bool)
    other = len(u) + np.sum(u != v)
    return float((other - np.sum(u & v)) / other)


def median_absolute_deviation(x: Any, axis: Any = 0, scale: float = 1.4826, **options: Any) -> Any:
    """Return the median distance from the median, scaled as of normal numbers."""
    from scipy.stats import median_abs_deviation

    return scale * median_abs_deviation(x, axis, **options)


def sph_harm(m: Any, n: Any, theta: Any, phi: Any) -> Any:
    """Return spherical harmonics at a longitude `theta` and a polar angle `phi`."""
    from scipy.special import sph_harm_y

    return sph_harm_y(n, m, phi, theta)


def wminkowski(u: Any, v: Any, p: float, w: Any) -> float:
    """Return Minkowski's distance, in which differences are multiplied by weights."""
    return float(np.linalg.norm(np.multiply(w, np.subtract(u, v)), p))


def ricker(points: int, a: float) -> np.ndarray:
    """Return the second derivative of a normal density of width `a`, as a wavelet."""
    squares = (np.arange(points) - (points - 1) / 2) ** 2 / a**2
    return 2 / (np.sqrt(3 * a) * np.pi**0.25) * (1 - squares) * np.exp(-squares / 2)


def morlet(M: int, w: float = 5.0, s: float = 1.0, complete: bool = True) -> np.ndarray:
    """Return a wave of a frequency `w` in a normal density, of `M` points."""
    x = np.linspace(-s * 2 * np.pi, s * 2 * np.pi, M)
    wave = np.exp(1j * w * x) - (np.exp(-0.5 * w**2) if complete else 0)
    return wave * np.exp(-0.5 * x**2) * np.pi**-0.25


def cwt(data: Any, wavelet: Callable[..., Any], widths: Any, **options: Any) -> np.ndarray:
    """Return the convolutions of data with wavelets, of shape (widths, data)."""
    rows = []
    for width in widths:
        wave = wavelet(min(10 * width, len(data)), width, **options)
        rows.append(np.convolve(data, np.conj(wave)[::-1], mode="same"))
    return np.array(rows)


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
    linalg.gmres = called_otherwise(linalg.gmres, restrt="restart")


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
