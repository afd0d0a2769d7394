"""Networks in words put together with the arrays of a file of weights."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, pairwise, product, repeat

import numpy as np

from lenet.importing.assembly import Assembly
from lenet.importing.contents import SavedArray
from lenet.importing.keras_geometry import conv_pads
from lenet.importing.keras_layers import part_of_norm
from lenet.importing.words import EXAMPLE, FUNCTIONS, Word, parse

OF_LASAGNE = ("beta", "gamma", "mean", "inv_std")  # batch normalisation, in its order
LASAGNES_EPSILON, KERAS_EPSILON = 1e-4, 1e-3
# Sides of images that are tried, the usual ones first.
USUAL_SIDES = (28, 32, 24, 16, 48, 64, 96, 128, 224)
LARGEST_SIDE = 512


@dataclass
class Group:
    """Weights and what belongs to them: a bias, the numbers of batch normalisation."""

    weights: SavedArray
    vectors: list[SavedArray]


@dataclass(frozen=True)
class Conventions:
    """Facts that a file of weights does not tell.

    Attributes
    ----------
    flipped : bool
        Whether filters are flipped, as Theano's are.
    theano : bool
        Whether "same" padding is Theano's.
    data_format : str
    is_keras : bool
        Whether filters have Keras's axes, and batch normalisation its order and epsilon.
    """

    flipped: bool
    theano: bool
    data_format: str
    is_keras: bool


def grouped(arrays: Sequence[SavedArray]) -> list[Group]:
    """Return weights with the vectors that follow them.

    Raises
    ------
    ValueError
        If an array is neither.
    """
    groups: list[Group] = []
    for array in arrays:
        axes = array.value.ndim
        if axes in (2, 4):
            groups.append(Group(array, []))
        elif axes == 1 and groups:
            groups[-1].vectors.append(array)
        else:
            raise ValueError(
                f"the array {array.name} has {axes} axes, expected weights of 2 or 4, each followed by its bias"
            )
    return groups


def in_order(groups: list[Group]) -> list[Group]:
    """Return groups in the order of the layers, which tutorials reversed.

    A list ``layer3.params + layer2.params + ...`` begins with the last layer: its filters come after full weights.
    """
    axes = [group.weights.value.ndim for group in groups]
    if axes == sorted(axes) and axes != sorted(axes, reverse=True):
        return groups[::-1]
    widths = [group.weights.value.shape for group in groups]
    if set(axes) == {2} and len(groups) > 1:
        pairs = list(pairwise(widths))
        is_forward = all(before[1] == after[0] for before, after in pairs)
        is_backward = all(before[0] == after[1] for before, after in pairs)
        if is_backward and not is_forward:
            return groups[::-1]
    return groups


class Sentence:
    """Network in words, with the arrays of a file.

    Parameters
    ----------
    words : sequence of Word
    arrays : sequence of SavedArray
        In the order of the layers, or in the reversed one.
    said : Conventions

    Raises
    ------
    ValueError
        If they do not fit one another.
    """

    def __init__(
        self, words: Sequence[Word], arrays: Sequence[SavedArray], said: Conventions
    ) -> None:
        self.words, self.said = words, said
        groups = grouped(arrays)
        if not groups:
            raise ValueError("no weights, expected those of one layer or more")
        self.groups = in_order(groups)
        self.is_reversed = self.groups is not groups and len(groups) > 1
        self.n_values = sum(array.value.size for array in arrays)
        kinds = [word.kind for word in words if word.kind in ("conv", "dense")]
        axes = ["conv" if g.weights.value.ndim == 4 else "dense" for g in self.groups]
        if kinds != axes:
            raise ValueError(
                f"--layers has {' '.join(kinds) or 'no weights'}, and the file {' '.join(axes)}"
            )

    @property
    def channels(self) -> int | None:
        """Channels of the images, if the first layer is a convolution."""
        return self.filters(0).shape[1] if self.groups[0].weights.value.ndim == 4 else None

    def channels_for(self, side: int) -> int:
        """Return the channels of images of a size."""
        if self.channels is not None:
            return self.channels
        return max(self.groups[0].weights.value.shape[0] // (side * side), 1)

    def filters(self, k: int) -> np.ndarray:
        """Return filters with our axes: maps, channels, rows, columns, flipped."""
        group = self.groups[k]
        value = group.weights.value
        if self.said.is_keras and not has_maps_first(group):
            value = value.transpose(3, 2, 0, 1)
        return value if self.said.flipped else value[:, :, ::-1, ::-1]

    def sides(self) -> list[int]:
        """Return the sides of images that fit, the usual ones first.

        Raises
        ------
        ValueError
            If there are none, or any would do.
        """
        places = [k for k, group in enumerate(self.groups) if group.weights.value.ndim == 2]
        if not places:
            raise ValueError("no dense layer says how large the images are; expected --image_size")
        wanted = self.groups[places[0]].weights.value.shape[0]
        if self.channels is None:
            found = [
                side
                for channels in (1, 3)
                for side in range(1, LARGEST_SIDE + 1)
                if channels * side * side == wanted
            ]
        else:
            found = [side for side in self.tried() if self.flattened(side) == wanted]
        if not found:
            raise ValueError(
                f"no square image makes {wanted:,} numbers before the first dense layer"
            )
        return found

    def tried(self) -> Iterator[int]:
        """Yield sides of images, the usual ones first."""
        yield from USUAL_SIDES
        yield from (side for side in range(1, LARGEST_SIDE + 1) if side not in USUAL_SIDES)

    def flattened(self, side: int) -> int | None:
        """Return how many numbers the layers before the first dense one make of an image."""
        k, maps = 0, 0
        for word in self.words:
            if word.kind == "dense":
                break
            if word.kind == "conv":
                filters = self.filters(k)
                maps, span, step, k = len(filters), filters.shape[2], word.step or 1, k + 1
                pads = sum(self.conv_pad(word, side, span, step))
                side = (side + pads - span) // step + 1
            elif word.kind in ("pool", "avgpool"):
                window = int(word.first or 2)
                side = (side - window) // (word.step or window) + 1
            if side < 1:
                return None
        return maps * side * side

    def conv_pad(self, word: Word, side: int, span: int, step: int) -> tuple[int, int]:
        """Return the margins of a convolution."""
        if word.first.isdigit():
            return int(word.first), int(word.first)
        return conv_pads(word.first or "valid", side, span, step, theano=self.said.theano)

    def assemble(self, assembly: Assembly) -> None:
        """Add all layers to a network.

        Raises
        ------
        ValueError
            Naming the word that does not fit.
        """
        groups = iter(range(len(self.groups)))
        vectors: list[SavedArray] = []
        for place, word in enumerate(self.words):
            try:
                if word.kind in ("conv", "dense"):
                    if vectors:
                        raise ValueError(unused(vectors))
                    k = next(groups)
                    vectors = list(self.groups[k].vectors)
                    has_norm = "bn" in self.norm_of(place)
                    self.add_weights(assembly, word, k, vectors, has_norm)
                elif word.kind == "bn":
                    self.add_norm(assembly, vectors)
                else:
                    self.add_other(assembly, word)
            except ValueError as error:
                raise ValueError(f"--layers {word.text}, word {place + 1}: {error}") from error
        if vectors:
            raise ValueError(unused(vectors))

    def norm_of(self, place: int) -> Iterator[str]:
        """Yield the kinds of the words after one, up to the next that has weights."""
        for word in self.words[place + 1 :]:
            if word.kind in ("conv", "dense"):
                return
            yield word.kind

    def add_weights(
        self, assembly: Assembly, word: Word, k: int, vectors: list[SavedArray], has_norm: bool
    ) -> None:
        """Add a convolution or a fully connected layer, and take its bias of the vectors."""
        has_bias = len(vectors) in ((5,) if has_norm else (1, 5))
        bias = vectors.pop(0).value if has_bias else None
        if word.kind == "dense":
            if len(assembly.shape) == 3:
                assembly.flatten(self.said.data_format)
            assembly.dense(self.groups[k].weights.value, bias)
            return
        filters, step = self.filters(k), word.step or 1
        sides = zip(assembly.shape[1:], filters.shape[2:], strict=True)
        pads = tuple(self.conv_pad(word, side, span, step) for side, span in sides)
        assembly.convolution(filters, bias, pads=pads, stride=(step, step))

    def add_norm(self, assembly: Assembly, vectors: list[SavedArray]) -> None:
        """Add batch normalisation, of the next four vectors."""
        if len(vectors) < 4:
            raise ValueError(
                f"{len(vectors)} arrays of one axis, expected the four of batch normalisation"
            )
        taken = [vectors.pop(0) for _ in range(4)]
        if self.said.is_keras:
            values = {part_of_norm(array.name): array.value for array in taken}
            assembly.norm(values, KERAS_EPSILON)
            return
        values = {name: array.value for name, array in zip(OF_LASAGNE, taken, strict=True)}
        inverse = values.pop("inv_std").astype(float)
        if not (inverse > 0).all():
            raise ValueError(
                f"{taken[3].name} holds 1 / standard deviation, expected positive numbers"
            )
        values["variance"] = inverse**-2 - LASAGNES_EPSILON
        assembly.norm(values, LASAGNES_EPSILON)

    def add_other(self, assembly: Assembly, word: Word) -> None:
        """Add a layer without numbers."""
        if word.kind in FUNCTIONS:
            assembly.activation(word.text)
        elif word.kind == "dropout":
            assembly.dropout(float(word.first or 0.5))
        elif word.kind == "flatten":
            assembly.flatten(self.said.data_format)
        else:
            window = int(word.first or 2)
            step = word.step or window
            kind = "avg" if word.kind == "avgpool" else "max"
            assembly.pool((window, window), (step, step), kind=kind)


def has_maps_first(group: Group) -> bool:
    """Return whether filters of Keras have their maps first, as on Theano."""
    shape = group.weights.value.shape
    if group.weights.name.rpartition("/")[2].startswith("kernel"):
        return False  # since Keras 2
    lengths = {len(vector.value) for vector in group.vectors} or {shape[0]}
    return shape[0] in lengths and not (shape[3] in lengths and shape[3] > shape[2])


def unused(vectors: Sequence[SavedArray]) -> str:
    """Return that arrays are left over, in words."""
    names = ", ".join(vector.name for vector in vectors[:4])
    return f"{len(vectors)} arrays are left over, {names}; batch normalisation is bn"


def proposal(arrays: Sequence[SavedArray], said: Conventions) -> str:
    """Return a network in words that fits some arrays, with images of a usual size.

    What shapes do not say is guessed: rectifiers, and pooling after each convolution or none.
    """
    try:
        groups = in_order(grouped(arrays))
    except ValueError:
        return EXAMPLE
    n_convolutions = sum(group.weights.value.ndim == 4 for group in groups)
    # Margins may differ, of a few convolutions.
    margins = product(("", ":same"), repeat=min(n_convolutions, 4))
    for paddings, pool in product(margins, ("pool:2", "")):
        places = iter(chain(paddings, repeat(paddings[-1] if paddings else "")))
        words = [
            word for group in groups for word in in_words(group, group is groups[-1], places, pool)
        ]
        try:
            if Sentence(parse(words), arrays, said).sides()[0] in USUAL_SIDES[:2]:
                return " ".join(words)
        except ValueError:
            continue
    return EXAMPLE


def in_words(group: Group, is_last: bool, paddings: Iterator[str], pool: str) -> list[str]:
    """Return weights as words, with what may follow them."""
    norm = ["bn"] if len(group.vectors) >= 4 else []
    if group.weights.value.ndim == 4:
        return [f"conv{next(paddings)}", *norm, "relu", *([pool] if pool else [])]
    return ["dense", *norm, *([] if is_last else ["relu"])]
