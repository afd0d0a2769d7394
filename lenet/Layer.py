"""Layers added to a graph when they are made, as in Theano's tutorials.

The layers themselves are those of `lenet.layers`.
"""

from collections.abc import Sequence
from typing import Any, Self

from pytensor.compile.sharedvalue import SharedVariable
from pytensor.tensor.variable import TensorVariable

from lenet.layers import ConvPool, FullyConnected
from lenet.layers.activations import Function
from lenet.layers.initialisers import Rng
from lenet.nnet import identity, relu
from lenet.nnet.geometry import with_shape
from lenet.old_paths import moved_name


class AppliedLayer:
    """Layer of `lenet.layers` with its place in a graph: base of the classes below.

    Attributes
    ----------
    layer : ConvPool or FullyConnected
    input, output : TensorVariable
    output_shape : tuple
        Shape of the output; None for a batch size that is left open.
    W, b : SharedVariable
        Weights and biases, named after the layer so that a printed graph reads well.
    params : list of SharedVariable
        Both.
    """

    @classmethod
    def of(
        cls, layer: Any, input: TensorVariable, output: TensorVariable, batch_size: int | None
    ) -> Self:
        """Return a layer that has its place in a graph."""
        applied = cls.__new__(cls)
        applied.place(layer, input, output, batch_size)
        return applied

    def place(
        self, layer: Any, input: TensorVariable, output: TensorVariable, batch_size: int | None
    ) -> None:
        """Set the attributes of a layer and its place in a graph."""
        self.layer, self.input, self.output = layer, input, output
        self.output_shape: tuple[int | None, ...] = (batch_size, *layer.output_shape)
        self.W, self.b, self.params = layer.W, layer.b, layer.params
        output.name = f"{layer.name}_output"


class ConvPoolLayer(AppliedLayer):
    """Convolution, max-pooling, bias and activation, in this order.

    Parameters
    ----------
    rng : numpy.random.Generator or RandomState
        Source of the initial weights.
    input : TensorVariable, shape `image_shape`
    filter_shape : tuple of four int
        (maps, channels, filter rows, filter columns).
    image_shape : tuple of four int
        (batch, channels, rows, columns); the batch size may be None.
    poolsize : pair of int
        Window of the pooling; rows and columns that do not fill a window are left out.
    activation : callable or None
        Symbolic function; None leaves the output linear.
    name : str
        Prefix of the parameters' names.

    Raises
    ------
    ValueError
        If channels disagree or the image is too small for the filters or the pooling.
    """

    def __init__(
        self,
        rng: Rng,
        input: TensorVariable,
        filter_shape: Sequence[int],
        image_shape: Sequence[int | None],
        poolsize: Sequence[int] = (2, 2),
        activation: Function | None = relu,
        name: str = "conv",
    ) -> None:
        if len(filter_shape) != 4 or len(image_shape) != 4 or filter_shape[1] != image_shape[1]:
            raise ValueError(
                f"layer {name}: filter_shape {tuple(filter_shape)} does not fit image_shape "
                f"{tuple(image_shape)}; expected (maps, channels, rows, columns) and (batch, "
                "channels, rows, columns) with the same channels"
            )
        maps, _, *kernel = filter_shape
        layer = ConvPool(maps, kernel, pool=poolsize, activation=activation or identity)
        layer.initialise(rng, tuple(image_shape[1:]), name)  # type: ignore[arg-type]
        self.place(layer, input, layer.forward(with_shape(input, image_shape)), image_shape[0])


class ConvLayer(ConvPoolLayer):
    """Convolution, bias and activation: a `ConvPoolLayer` without pooling.

    Parameters
    ----------
    rng, input, filter_shape, image_shape, activation, name
        See `ConvPoolLayer`.
    """

    def __init__(
        self,
        rng: Rng,
        input: TensorVariable,
        filter_shape: Sequence[int],
        image_shape: Sequence[int | None],
        activation: Function | None = relu,
        name: str = "conv",
    ) -> None:
        super().__init__(rng, input, filter_shape, image_shape, (1, 1), activation, name)


class HiddenLayer(AppliedLayer):
    """Fully connected layer: ``activation(input @ W + b)``.

    Parameters
    ----------
    rng : numpy.random.Generator or RandomState
        Source of the initial weights; not used if `W` is given.
    input : TensorVariable, shape (batch, n_in)
    n_in, n_out : int
    W : SharedVariable, shape (n_in, n_out), optional
        Weights to use (and share) instead of new ones.
    b : SharedVariable, shape (n_out,), optional
        Likewise.
    activation : callable or None
        Symbolic function; None leaves the output linear.
    name : str
        Prefix of the parameters' names.
    """

    def __init__(
        self,
        rng: Rng,
        input: TensorVariable,
        n_in: int,
        n_out: int,
        W: SharedVariable | None = None,
        b: SharedVariable | None = None,
        activation: Function | None = relu,
        name: str = "hidden",
    ) -> None:
        # Zeros draw nothing from `rng`.
        initialiser = "glorot" if W is None else "zeros"
        layer = FullyConnected(n_out, activation=activation or identity, initialiser=initialiser)
        layer.initialise(rng, (n_in,), name)
        layer.W, layer.b = layer.W if W is None else W, layer.b if b is None else b
        layer.params = [layer.W, layer.b]
        self.place(layer, input, layer.forward(input), input.type.shape[0])


def __getattr__(name: str) -> Any:
    return moved_name(__name__, name)
