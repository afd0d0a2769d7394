"""Theano's ``theano.tensor.slinalg``: the linear algebra of SciPy."""

from typing import Any, ClassVar

import numpy as np
import pytensor.tensor as pt
from pytensor.raise_op import CheckAndRaise
from pytensor.tensor import linalg
from pytensor.tensor.linalg import eigvalsh, expm, kron
from pytensor.tensor.variable import TensorVariable

from lenet.theano_compat.forwarding import forward
from lenet.theano_compat.old_constructor import stand_in
from lenet.theano_compat.recognised import Recognising

__all__ = [
    "MATRIX_STRUCTURES",
    "Cholesky",
    "Eigvalsh",
    "Expm",
    "Solve",
    "cholesky",
    "eigvalsh",
    "expm",
    "kron",
    "solve",
    "solve_lower_triangular",
    "solve_symmetric",
    "solve_upper_triangular",
]

MATRIX_STRUCTURES = (
    "general",
    "symmetric",
    "lower_triangular",
    "upper_triangular",
    "hermitian",
    "banded",
    "diagonal",
    "toeplitz",
)

__getattr__ = forward(
    __name__,
    "pytensor.tensor.linalg",
    missing=dict.fromkeys(["CholeskyGrad", "EigvalshGrad", "ExpmGrad"], "use theano.grad"),
)

Expm = stand_in("Expm", linalg.Expm)


class Cholesky(metaclass=Recognising):
    """Finds the triangular root of a positive definite matrix.

    Parameters
    ----------
    lower : bool
        Whether the root is the lower triangle.
    on_error : {'raise', 'nan'}
        What a matrix that is not positive definite gives: an error, or numbers that are not.
    """

    operations: ClassVar[tuple[type, ...]] = (linalg.Cholesky,)

    def __init__(self, lower: bool = True, on_error: str = "raise") -> None:
        self.lower, self.on_error = lower, on_error

    def __call__(self, x: Any) -> TensorVariable:
        """Return the root of `x`."""
        root = linalg.cholesky(x, self.lower)
        if self.on_error == "nan":
            return root
        defined = CheckAndRaise(np.linalg.LinAlgError, "the matrix is not positive definite")
        return defined(root, pt.all(~pt.isnan(root)))


cholesky = Cholesky()


class Solve(metaclass=Recognising):
    """Solves a system of linear equations.

    Parameters
    ----------
    A_structure : str
        What is known of the matrix, one of `MATRIX_STRUCTURES`.
    lower, overwrite_A, overwrite_b : bool
        Make no difference: the structure says which triangle is meant.
    """

    operations: ClassVar[tuple[type, ...]] = (linalg.Solve, linalg.SolveTriangular)

    def __init__(
        self,
        A_structure: str = "general",
        lower: bool = False,
        overwrite_A: bool = False,
        overwrite_b: bool = False,
    ) -> None:
        if A_structure not in MATRIX_STRUCTURES:
            raise ValueError(f"A_structure is {A_structure!r}, expected one of {MATRIX_STRUCTURES}")
        self.A_structure = A_structure

    def __call__(self, A: Any, b: Any) -> TensorVariable:
        """Solve ``dot(A, x) = b`` for ``x``, where `b` is a vector or a matrix."""
        A, b = pt.as_tensor_variable(A), pt.as_tensor_variable(b)
        if self.A_structure.endswith("_triangular"):
            lower = self.A_structure == "lower_triangular"
            return linalg.solve_triangular(A, b, lower=lower, b_ndim=b.ndim)
        return linalg.solve(A, b, b_ndim=b.ndim)


solve = Solve()
solve_lower_triangular = Solve("lower_triangular", lower=True)
solve_upper_triangular = Solve("upper_triangular")
solve_symmetric = Solve("symmetric")


class Eigvalsh(metaclass=Recognising):
    """Finds the generalised eigenvalues of symmetric matrices.

    Parameters
    ----------
    lower : bool
        Whether the lower triangles are looked at.
    """

    operations: ClassVar[tuple[type, ...]] = (linalg.Eigvalsh,)

    def __init__(self, lower: bool = True) -> None:
        self.lower = lower

    def __call__(self, a: Any, b: Any = None) -> TensorVariable:
        """Return the eigenvalues of `a`, or those with respect to `b`."""
        return eigvalsh(a, b, self.lower)
