"""Base class of layers.

A layer is a description, which can be copied, compared and written as JSON, until `initialise` tells it
the shape of its input and gives it weights. From then on `apply` adds it to a graph, as it behaves in
training or afterwards. Shapes have no batch: ``(channels, rows, columns)``, ``(channels, depth, rows,
columns)`` or ``(features,)``.
"""

import math
from dataclasses import dataclass, field, fields
from numbers import Integral
from typing import Any, ClassVar

import numpy as np
from pytensor.compile.sharedvalue import SharedVariable
from pytensor.tensor.variable import TensorVariable

from lenet.layers.activations import name_of
from lenet.layers.initialisers import Rng
from lenet.layers.parameters import shared_parameter

Shape = tuple[int, ...]
Updates = list[tuple[SharedVariable, TensorVariable]]
SecondDerivatives = tuple[TensorVariable, dict[SharedVariable, TensorVariable]]


@dataclass
class Layer:
    """Description of a layer and, once initialised, its parameters.

    Parameters
    ----------
    name : str
        Prefix of the names of its parameters; by default a short word and a number.

    Attributes
    ----------
    input_shape, output_shape : tuple of int
    params : list of SharedVariable
        What is trained.
    weights : list of SharedVariable
        Those of `params` that penalties are for.
    state : list of SharedVariable
        What training changes otherwise, as running averages; saved with the parameters.
    """

    name: str = field(default="", kw_only=True)
    kind: ClassVar[str] = "layer"
    # Whether `apply` does the same in training and afterwards.
    is_constant: ClassVar[bool] = True

    def initialise(self, rng: Rng, input_shape: Shape, name: str) -> None:
        """Set the layer's name and input shape, and make its parameters.

        Raises
        ------
        ValueError
            Naming the layer, if its input does not fit or an argument cannot be.
        """
        self.name = name
        self.input_shape = tuple(input_shape)
        self.params: list[SharedVariable] = []
        self.weights: list[SharedVariable] = []
        self.state: list[SharedVariable] = []
        try:
            self.output_shape: Shape = self.set_up(rng)
        except ValueError as error:
            # Those of functions, which know no layer, and of layers in layers, which name the inner one.
            reason = str(error)
            named = reason if reason.startswith("layer ") else f"layer {name}: {reason}"
            raise ValueError(named) from error

    def set_up(self, rng: Rng) -> Shape:
        """Make the parameters and return the shape of the output."""
        return self.input_shape

    def apply(self, input: TensorVariable, training: bool) -> tuple[TensorVariable, Updates]:
        """Return the output for a batch, and the updates of `state` in training."""
        return self.forward(input), []

    def forward(self, input: TensorVariable) -> TensorVariable:
        """Return the output, if it is the same in training and afterwards."""
        raise NotImplementedError

    def second_derivatives(
        self, input: TensorVariable, output_h: TensorVariable
    ) -> SecondDerivatives:
        """Back-propagate second derivatives through the layer; see `lenet.optim.sdlm`.

        Parameters
        ----------
        input : TensorVariable
            As for `forward`.
        output_h : TensorVariable
            Approximate second derivatives with respect to each number of the output.

        Returns
        -------
        input_h : TensorVariable
            Likewise, with respect to the input.
        found : dict of SharedVariable to TensorVariable
            Likewise, with respect to each of `params`.

        Raises
        ------
        ValueError
            If they do not go through a layer of this class.
        """
        raise ValueError(
            f"layer {self.name}: second derivatives do not go through {type(self).__name__}; choose "
            "another update rule than sdlm"
        )

    @property
    def n_parameters(self) -> int:
        """Number of trained parameters."""
        return sum(param.get_value(borrow=True).size for param in self.params)

    def describe(self) -> dict[str, Any]:
        """Return the layer's class and arguments, as JSON can keep them."""
        arguments = {f.name: plain(getattr(self, f.name)) for f in fields(self) if f.init}
        return {"layer": type(self).__name__, **arguments}

    def expect(self, axes: int, what: str) -> None:
        """Raise ValueError unless the input has `axes` axes."""
        if len(self.input_shape) != axes:
            raise ValueError(
                f"layer {self.name}: an input of shape {self.input_shape} has {len(self.input_shape)} "
                f"axes, expected {what}"
            )

    def expect_positive(self, *names: str) -> None:
        """Raise ValueError unless the arguments are positive integers."""
        for name in names:
            value = getattr(self, name)
            if not isinstance(value, Integral) or value < 1:
                raise ValueError(
                    f"layer {self.name}: {name} {value!r}, expected a positive integer"
                )

    def parameter(self, value: np.ndarray, what: str, is_weight: bool = False) -> SharedVariable:
        """Make a trained shared variable."""
        shared = shared_parameter(value, f"{self.name}_{what}")
        self.params.append(shared)
        if is_weight:
            self.weights.append(shared)
        return shared


def plain(value: Any) -> Any:
    """Convert a value to the types of JSON."""
    if isinstance(value, Layer):
        return value.describe()
    if isinstance(value, np.ndarray):
        return value.tolist()
    if isinstance(value, tuple | list):
        return [plain(item) for item in value]
    if callable(value):  # an activation function
        return name_of(value)
    return value


def channelwise(vector: TensorVariable, axes: int) -> TensorVariable:
    """Return a vector of channels, broadcastable against a batch of `axes` axes."""
    return vector.dimshuffle("x", 0, *["x"] * (axes - 2))


def flattened(input: TensorVariable, shape: Shape) -> TensorVariable:
    """Flatten each input of a batch to a vector."""
    # Not -1, which would have the size of a batch calculated: JAX must know it beforehand.
    return input if len(shape) == 1 else input.reshape((input.shape[0], math.prod(shape)))
