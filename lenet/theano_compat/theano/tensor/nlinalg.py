"""Theano's ``theano.tensor.nlinalg``: the linear algebra of NumPy."""

from functools import partial, reduce
from typing import Any

import pytensor.tensor as pt
from pytensor.tensor import linalg
from pytensor.tensor.basic import AllocDiag as PyTensorAllocDiag
from pytensor.tensor.basic import ExtractDiag as PyTensorExtractDiag
from pytensor.tensor.linalg import (
    det,
    matrix_inverse,
    matrix_power,
    pinv,
    svd,
    tensorinv,
    tensorsolve,
)
from pytensor.tensor.type import complex_dtypes
from pytensor.tensor.variable import TensorVariable

from lenet.theano_compat.forwarding import forward
from lenet.theano_compat.old_constructor import stand_in

__all__ = [
    "SVD",
    "AllocDiag",
    "Det",
    "Eig",
    "Eigh",
    "ExtractDiag",
    "MatrixInverse",
    "MatrixPinv",
    "QRFull",
    "QRIncomplete",
    "TensorInv",
    "TensorSolve",
    "alloc_diag",
    "det",
    "diag",
    "eig",
    "eigh",
    "extract_diag",
    "lstsq",
    "matrix_dot",
    "matrix_inverse",
    "matrix_power",
    "norm",
    "pinv",
    "qr",
    "svd",
    "tensorinv",
    "tensorsolve",
    "trace",
]

__getattr__ = forward(
    __name__,
    "pytensor.tensor.linalg",
    missing={"EighGrad": "use theano.grad"},
)

Det = stand_in("Det", linalg.Det)
Eig = stand_in("Eig", linalg.Eig, linalg.Eigh)
MatrixInverse = stand_in("MatrixInverse", linalg.MatrixInverse)
MatrixPinv = stand_in("MatrixPinv", linalg.MatrixPinv, build=partial(linalg.MatrixPinv, False))
SVD = stand_in("SVD", linalg.SVD)
TensorInv = stand_in("TensorInv", linalg.TensorInv)
TensorSolve = stand_in("TensorSolve", linalg.TensorSolve)


def eigh_operation(UPLO: str = "L") -> linalg.Eigh:
    """Return the operation of `eigh`."""
    return linalg.Eigh(lower=UPLO == "L")


Eigh = stand_in("Eigh", linalg.Eigh, build=eigh_operation)


def diag(x: Any) -> TensorVariable:
    """Return the diagonal of a matrix, or the diagonal matrix of a vector.

    Raises
    ------
    TypeError
        If `x` is neither.
    """
    x = pt.as_tensor_variable(x)
    if x.ndim not in (1, 2):
        raise TypeError(f"diag: {x} has {x.ndim} axes, expected a vector or a matrix")
    return pt.diag(x)


def alloc_diag(x: Any) -> TensorVariable:
    """Return the matrix that has a vector as its diagonal."""
    return pt.diag(x)


def extract_diag(x: Any) -> TensorVariable:
    """Return the diagonal of a matrix."""
    return pt.diagonal(x)


def alloc_diag_function() -> Any:
    """Return `alloc_diag`."""
    return alloc_diag


def extract_diag_function(view: bool = False) -> Any:
    """Return `extract_diag`."""
    return extract_diag


AllocDiag = stand_in("AllocDiag", PyTensorAllocDiag, build=alloc_diag_function)
ExtractDiag = stand_in("ExtractDiag", PyTensorExtractDiag, build=extract_diag_function)


def trace(X: Any) -> TensorVariable:
    """Return the sum of a matrix's diagonal."""
    return extract_diag(X).sum()


def matrix_dot(*args: Any) -> TensorVariable:
    """Return the product of matrices."""
    return reduce(pt.dot, args)


def eig(a: Any) -> list[TensorVariable]:
    """Return a matrix's eigenvalues and its eigenvectors, in columns.

    As in Theano they are of the type of the matrix: of complex numbers, the real parts are left.
    """
    a = pt.as_tensor_variable(a)
    if a.dtype in complex_dtypes:
        return linalg.eig(a)
    return [pt.real(each).astype(a.dtype) for each in linalg.eig(a)]


def eigh(a: Any, UPLO: str = "L") -> list[TensorVariable]:
    """Return the eigenvalues of a symmetric matrix and its eigenvectors, in columns.

    Parameters
    ----------
    a : tensor_like, shape (n, n)
    UPLO : {'L', 'U'}
        Whether the lower or the upper triangle is looked at.
    """
    return linalg.eigh(a, lower=UPLO == "L")


def qr(a: Any, mode: str = "reduced") -> Any:
    """Return an orthonormal and a triangular matrix whose product is `a`.

    Parameters
    ----------
    a : tensor_like, shape (m, n)
    mode : {'reduced', 'complete', 'r', 'raw'}
        As for ``numpy.linalg.qr``.
    """
    if mode == "r":
        return linalg.qr(a, "reduced")[1]
    return linalg.qr(a, mode)


def qr_function(mode: str) -> Any:
    """Return `qr` with a mode."""
    return partial(qr, mode=mode)


QRFull = stand_in("QRFull", linalg.QR, build=qr_function)
QRIncomplete = stand_in("QRIncomplete", linalg.QR, build=qr_function)


def lstsq_function() -> Any:
    """Return the function of least squares.

    It takes two matrices and the least ratio of singular values.
    """
    return linalg.lstsq


lstsq = stand_in("lstsq", linalg.Lstsq, build=lstsq_function)


def norm(x: Any, ord: Any) -> TensorVariable:
    """Return the norm of a vector or a matrix.

    Parameters
    ----------
    x : tensor_like
    ord : {None, 'fro', 'inf', '-inf'} or number
        As for ``numpy.linalg.norm``, but for infinity.

    Raises
    ------
    ValueError
        If `x` is a scalar.
    NotImplementedError
        If it has more than two axes.
    """
    x = pt.as_tensor_variable(x)
    if x.ndim == 0:
        raise ValueError(f"norm: {x} is a scalar, expected a vector or a matrix")
    if x.ndim > 2:
        raise NotImplementedError(f"norm: {x} has {x.ndim} axes, expected 1 or 2")
    return linalg.norm(x, ord)
