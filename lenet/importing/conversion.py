"""Conversion of a saved model into a network of lenet."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from lenet.errors import DataError
from lenet.importing.assembly import FIRST, LAST, Assembly
from lenet.importing.contents import Contents
from lenet.importing.keras_layers import Translation, said_format
from lenet.importing.sentence import Conventions, Sentence, grouped, has_maps_first, proposal
from lenet.importing.words import parse
from lenet.models.network import Network

CONVOLUTION, CORRELATION = "convolution", "correlation"


@dataclass(frozen=True)
class Wishes:
    """Facts that flags tell of a model; None or empty where they tell nothing.

    Attributes
    ----------
    layers : sequence of str
        The network in words, for a file of weights; see `lenet.importing.words`.
    filters : {"", "convolution", "correlation"}
        Whether the filters were flipped where it was trained.
    data_format : {"", "channels_first", "channels_last"}
    image_size : int or None
    input_range : pair of float
        What black and white were.
    mean, std : sequence of float
        What was then subtracted, and divided by.
    """

    layers: Sequence[str] = ()
    filters: str = ""
    data_format: str = ""
    image_size: int | None = None
    input_range: tuple[float, float] = (0.0, 1.0)
    mean: Sequence[float] = (0.0,)
    std: Sequence[float] = (1.0,)

    def preprocess(self, assembly: Assembly) -> None:
        """Add what was done with images before the first layer."""
        assembly.normalise(*self.input_range, self.mean, self.std)


@dataclass
class Converted:
    """Network of a saved model.

    Attributes
    ----------
    network : Network
    image_shape : tuple of int
    notes : list of str
        What was taken for granted, a line each.
    """

    network: Network
    image_shape: tuple[int, ...]
    notes: list[str] = field(default_factory=list)


def convert(contents: Contents, wishes: Wishes) -> Converted:
    """Return the network of a saved model.

    Raises
    ------
    DataError
        Saying why there is none, and what to do.
    """
    if contents.layers is None and contents.no_sequence:
        raise DataError(
            f"{contents.path}: no sequence of layers: {contents.no_sequence}; lenet has sequences only"
        )
    said = conventions(contents, wishes)
    try:
        return (
            by_layers(contents, wishes, said)
            if contents.layers
            else by_words(contents, wishes, said)
        )
    except DataError:
        raise
    except ValueError as error:
        raise DataError(f"{contents.path}: {error}") from error


def conventions(contents: Contents, wishes: Wishes) -> Conventions:
    """Return how a model's numbers are to be read.

    Theano and its libraries flip filters and have channels first.
    """
    data_format, theano = FIRST, True
    if contents.is_keras:
        data_format = FIRST if has_first(contents) else LAST
        theano = contents.backend == "theano"
    flipped = {CONVOLUTION: True, CORRELATION: False}.get(wishes.filters, theano)
    return Conventions(flipped, theano, wishes.data_format or data_format, contents.is_keras)


def has_first(contents: Contents) -> bool:
    """Return whether the filters of a Keras file say that axes are Theano's."""
    if contents.layers is not None:
        return said_format(contents.layers) == FIRST
    try:
        groups = grouped(contents.arrays)
    except ValueError:
        return False
    filters = [group for group in groups if group.weights.value.ndim == 4]
    return bool(filters) and all(map(has_maps_first, filters))


def by_layers(contents: Contents, wishes: Wishes, said: Conventions) -> Converted:
    """Return the network of a file that describes its layers."""
    if wishes.layers:
        raise DataError(f"{contents.path}: it says which layers it has; leave --layers out")
    assert contents.layers is not None
    n_values = sum(array.value.size for array in contents.arrays)
    translation = Translation(
        contents.layers, said.theano, said.flipped, said.data_format, n_values
    )
    assembly = translation.run(wishes.preprocess)
    notes = filters_note(contents, said, wishes)
    is_open = not (said_format(contents.layers) or wishes.data_format)
    notes += order_note(assembly, can_change=is_open)
    if translation.left_out:
        notes.append(f"left out, for they act in training only: {', '.join(translation.left_out)}")
    return converted(assembly, notes)


def by_words(contents: Contents, wishes: Wishes, said: Conventions) -> Converted:
    """Return the network of a file of weights, which --layers describes."""
    texts, notes = list(wishes.layers), []
    if not texts:
        if [array.value.ndim for array in contents.arrays] not in ([2], [2, 1]):
            raise DataError(
                f"{contents.path}: weights, but not the network they are of; say it, with its own pooling and "
                f"activations, such as --layers {proposal(contents.arrays, said)}"
            )
        texts = ["dense"]
        notes.append("one layer of weights is taken for logistic regression")
    sentence = Sentence(parse(texts), contents.arrays, said)
    if sentence.is_reversed:
        notes.append("the arrays begin with the last layer, as in Theano's tutorials")
    sizes = [wishes.image_size] if wishes.image_size else sentence.sides()
    if len(sizes) > 1:
        others = ", ".join(map(str, sizes[1:4]))
        notes.append(
            f"images of {sizes[0]} x {sizes[0]} are taken, and {others} would fit too (--image_size)"
        )
    assembly = Assembly((sentence.channels_for(sizes[0]), sizes[0], sizes[0]), sentence.n_values)
    wishes.preprocess(assembly)
    sentence.assemble(assembly)
    notes += filters_note(contents, said, wishes) if sentence.channels else []
    notes += order_note(assembly, can_change=not wishes.data_format)
    return converted(assembly, notes)


def converted(assembly: Assembly, notes: list[str]) -> Converted:
    """Return the network of an assembly, which is complete."""
    ending = assembly.finish()
    notes = [*notes, ending] if ending else notes
    return Converted(assembly.network(), assembly.image_shape, notes)


def order_note(assembly: Assembly, can_change: bool) -> list[str]:
    """Return the order of a flattened image, if it could have been another one."""
    if not assembly.flat_order:
        return []
    said = f"flattened images have {assembly.flat_order.replace('_', ' ')}"
    return [f"{said} (--data_format, if not)" if can_change else said]


def filters_note(contents: Contents, said: Conventions, wishes: Wishes) -> list[str]:
    """Return what was taken for granted of the filters, if there are any."""
    if not any(array.value.ndim == 4 for array in contents.arrays):
        return []
    how = "flipped, as on Theano" if said.flipped else "not flipped, as on TensorFlow"
    return [f"filters are {how}" + ("" if wishes.filters else " (--filters, if not)")]
