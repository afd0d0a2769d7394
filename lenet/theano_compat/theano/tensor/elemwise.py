"""Theano's ``theano.tensor.elemwise``: element-wise Ops, sums and DimShuffle."""

import typing
from collections.abc import Sequence

import pytensor.tensor.elemwise
from pytensor.tensor import math
from pytensor.tensor.math import All, Any, Prod, ProdWithoutZeros

from lenet.nnet.ops.flat_elemwise import FlatElemwise
from lenet.nnet.ops.reductions import SumOfSquares
from lenet.theano_compat.forwarding import forward
from lenet.theano_compat.old_constructor import OldConstructor, stand_in

__all__ = [
    "All",
    "Any",
    "CAReduce",
    "CAReduceDtype",
    "DimShuffle",
    "Elemwise",
    "Prod",
    "ProdWithoutZeros",
    "Sum",
]

__getattr__ = forward(__name__, "pytensor.tensor.elemwise", "pytensor.tensor.math")

CAReduce = stand_in("CAReduce", pytensor.tensor.elemwise.CAReduce, SumOfSquares)
CAReduceDtype = stand_in("CAReduceDtype", pytensor.tensor.elemwise.CAReduce, SumOfSquares)
Sum = stand_in("Sum", math.Sum, SumOfSquares)


class Elemwise(metaclass=OldConstructor):
    """Does with each element what `scalar_op` does with a number.

    Programs look for it in compiled functions to see whether a GPU was used.
    """

    original = pytensor.tensor.elemwise.Elemwise
    others = (FlatElemwise,)

    @staticmethod
    def build(
        scalar_op: typing.Any,
        inplace_pattern: typing.Any = None,
        name: str | None = None,
        nfunc_spec: typing.Any = None,
        openmp: typing.Any = None,
    ) -> pytensor.tensor.elemwise.Elemwise:
        """Return the operation."""
        return pytensor.tensor.elemwise.Elemwise(
            scalar_op, inplace_pattern, name, nfunc_spec, openmp
        )


class DimShuffle(metaclass=OldConstructor):
    """Puts axes in another order, adding and dropping some of length 1."""

    original = pytensor.tensor.elemwise.DimShuffle

    @staticmethod
    def build(
        input_broadcastable: Sequence, new_order: Sequence[int | str], inplace: bool = True
    ) -> pytensor.tensor.elemwise.DimShuffle:
        """Return DimShuffle for inputs of as many axes as `input_broadcastable` has.

        Raises
        ------
        ValueError
            If an axis is left out that does not broadcast.
        """
        lost = [
            axis
            for axis, broadcasts in enumerate(input_broadcastable)
            if not broadcasts and axis not in new_order
        ]
        if lost:
            raise ValueError(
                f"DimShuffle: axes {lost} do not broadcast, and are not in the new order {new_order}"
            )
        return pytensor.tensor.elemwise.DimShuffle(
            input_ndim=len(input_broadcastable), new_order=list(new_order)
        )
