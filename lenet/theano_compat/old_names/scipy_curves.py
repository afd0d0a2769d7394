"""Splines and integrals that SciPy has dropped."""

from collections.abc import Callable
from typing import Any

import numpy as np


def spline(xk: Any, yk: Any, xnew: Any, order: int = 3, **options: Any) -> np.ndarray:
    """Return the smoothest spline through points, at new places.

    Its highest derivatives jump as little as they can at the points, as that of `scipy.interpolate.spline` did.

    Parameters
    ----------
    xk, yk : array_like
        Places, in rising order, and the values there.
    xnew : array_like
        New places.
    order : int
        Degree of the polynomials between the points.
    """
    from scipy.interpolate import BSpline
    from scipy.linalg import lstsq, null_space

    xk, yk = np.asarray(xk, float), np.asarray(yk, float)
    ends = np.repeat(xk[0], order), np.repeat(xk[-1], order)
    knots = np.concatenate([ends[0], xk, ends[1]])
    basis = BSpline(knots, np.eye(len(xk) + order - 1), order)
    through = basis(xk)
    middles = (xk[1:] + xk[:-1]) / 2
    jumps = np.diff(basis.derivative(order)(middles), axis=0)
    found = lstsq(through, yk)[0]
    free = null_space(through)
    if free.size and len(jumps):
        found = found - free @ lstsq(jumps @ free, jumps @ found)[0]
    values: np.ndarray = BSpline(knots, found, order)(xnew)
    return values


def quadrature(
    func: Callable[..., Any],
    a: float,
    b: float,
    args: Any = (),
    tol: float = 1.49e-8,
    rtol: float = 1.49e-8,
    maxiter: int = 50,
    vec_func: bool = True,
    miniter: int = 1,
) -> tuple[float, float]:
    """Return an integral by Gauss's quadrature, and the last change as its error."""
    from scipy.integrate import fixed_quad

    args = args if isinstance(args, tuple) else (args,)
    values = func if vec_func else np.vectorize(func)
    value = error = np.inf
    for n in range(miniter, max(miniter + 1, maxiter) + 1):
        value, last = fixed_quad(values, a, b, args, n=n)[0], value
        error = abs(value - last)
        if error < tol or error < rtol * abs(value):
            break
    return value, error


def romberg(
    function: Callable[..., Any], a: float, b: float, args: Any = (), **options: Any
) -> float:
    """Return an integral, by SciPy's adaptive quadrature."""
    from scipy.integrate import quad

    value: float = quad(function, a, b, args if isinstance(args, tuple) else (args,))[0]
    return value
