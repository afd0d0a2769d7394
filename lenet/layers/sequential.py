"""Network of layers in sequence."""

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from copy import deepcopy
from typing import Any

from pytensor.tensor.variable import TensorVariable

from lenet.layers.base import Layer, Shape, Updates
from lenet.layers.initialisers import Rng


class Sequential:
    """Network of layers, each of which takes the output of the one before.

    Parameters
    ----------
    layers : sequence of Layer
        Descriptions; they are copied, so that two networks can be made of the same list.
    input_shape : tuple of int
        Of one image or vector, without the batch.
    rng : numpy.random.Generator or RandomState
        Source of the initial weights.
    prefix : str
        What the names of layers without a name begin with.

    Attributes
    ----------
    layers : list of Layer
        Initialised, with names such as "conv1", "conv2", "fc1".
    params, weights, state : list of SharedVariable
        Those of all layers; see `Layer`.
    output_shape : tuple of int

    Raises
    ------
    ValueError
        If a layer does not fit the one before, or two have the same name.
    """

    def __init__(
        self, layers: Sequence[Layer], input_shape: Shape, rng: Rng, prefix: str = ""
    ) -> None:
        self.input_shape = self.output_shape = tuple(input_shape)
        self.layers = [deepcopy(layer) for layer in layers]
        if not self.layers:
            raise ValueError("a network needs at least one layer")
        for layer, name in zip(self.layers, layer_names(self.layers, prefix), strict=True):
            layer.initialise(rng, self.output_shape, name)
            self.output_shape = layer.output_shape
        self.params = [param for layer in self.layers for param in layer.params]
        self.weights = [weight for layer in self.layers for weight in layer.weights]
        self.state = [value for layer in self.layers for value in layer.state]

    @property
    def is_constant(self) -> bool:
        """Whether the network does the same in training and afterwards."""
        return all(layer.is_constant for layer in self.layers)

    def apply(
        self, input: TensorVariable, training: bool, frozen: Collection[str] = ()
    ) -> tuple[dict[str, TensorVariable], Updates]:
        """Add the network to a graph.

        Parameters
        ----------
        input : TensorVariable, shape (batch, *input_shape)
        training : bool
        frozen : collection of str
            Names of the layers that do as afterwards, in training too.

        Returns
        -------
        outputs : dict of str to TensorVariable
            Each layer's output, by its name and in order.
        updates : list of (SharedVariable, TensorVariable)
            New values of `state`, if this is a step of training.
        """
        outputs: dict[str, TensorVariable] = {}
        updates: Updates = []
        value = input
        for layer in self.layers:
            before = value
            value, changes = layer.apply(before, training and layer.name not in frozen)
            if value is not before:
                value.name = f"{layer.name}_output"
            outputs[layer.name] = value
            updates += changes
        return outputs, updates

    def describe(self) -> list[dict[str, Any]]:
        """Return the layers' classes and arguments, as JSON can keep them."""
        return [layer.describe() for layer in self.layers]


def layer_names(layers: Iterable[Layer], prefix: str) -> list[str]:
    """Return the layers' names; by default, the kind of layer and a number."""
    numbers: Counter[str] = Counter()
    names = []
    for layer in layers:
        numbers[layer.kind] += 1
        names.append(layer.name or f"{prefix}{layer.kind}{numbers[layer.kind]}")
    for name, count in Counter(names).items():
        if count > 1:
            raise ValueError(f"{count} layers have the name {name!r}: each needs one of its own")
    return names
