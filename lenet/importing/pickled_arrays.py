"""Arrays in an unpickled model, by their names or by where they are."""

from collections import Counter
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np

from lenet import limits
from lenet.errors import DataError
from lenet.importing.contents import SavedArray
from lenet.importing.records import ModelArray, Record
from lenet.text import shown

STEPS_SHOWN = 12  # of the way to an array, the last ones
MAX_STEP = 60
DICTIONARIES = "collections."  # records that are like dictionaries
# Theano's holders of a value: that of a shared variable, and of a compiled function's input.
CONTAINERS = ("theano.gof.link.Container", "pytensor.link.basic.Container")


class Place:
    """An object of a model and the way to it."""

    __slots__ = ("above", "item", "step")

    def __init__(self, item: Any, above: "Place | None" = None, step: str = "") -> None:
        self.item, self.above, self.step = item, above, step

    @property
    def path(self) -> str:
        """The way, such as ``layers[0].W``."""
        steps: list[str] = []
        place: Place | None = self
        while place is not None and len(steps) < STEPS_SHOWN:
            steps.append(place.step)
            place = place.above
        return "".join(reversed(steps)).removeprefix(".")

    @property
    def owner(self) -> "Place | None":
        """The record that it is an attribute of, such as a layer, if there is one."""
        place = self.above
        while place is not None and (
            not isinstance(place.item, Record) or place.item.label.startswith(DICTIONARIES)
        ):
            place = place.above
        return place

    def inner(self) -> Iterator["Place"]:
        """Yield what is in the object, with the way to it."""
        item = self.item
        if isinstance(item, list | tuple):
            yield from (Place(each, self, f"[{k}]") for k, each in enumerate(item))
        elif isinstance(item, dict):
            yield from (Place(item[key], self, f"[{_cut(key)}]") for key in item)
        elif isinstance(item, ModelArray):
            yield Place(item.items, self)
        elif isinstance(item, Record):
            for name, value in item.attributes.items():
                yield Place(value, self, f".{_cut(name)}")
            if not isinstance(item.state, dict):
                yield Place(item.state, self)
            yield from (Place(each, self) for each in (item.args, item.items))


class Found(NamedTuple):
    """Array of a model: its own name, if it has one, where it is, and its value."""

    name: str
    place: Place
    value: np.ndarray


def arrays_in(model: Any) -> list[SavedArray]:
    """Return the arrays of a model, those of shared variables if it has any.

    Those that are attributes of one object are together, weights before what is added to them.

    Parameters
    ----------
    model : object
        Of `ModelUnpickler`.

    Raises
    ------
    DataError
        If they are too many.
    """
    chosen = found_arrays(model)
    uses = Counter(each.name for each in chosen)
    by_owner: dict[int, list[SavedArray]] = {}
    for each in chosen:
        owner = each.place.owner
        name = each.name
        if not name:
            name = each.place.path
        elif uses[name] > 1:
            name = f"{owner.path}.{name}".removeprefix(".") if owner else each.place.path
        array = SavedArray(name, each.value)
        by_owner.setdefault(id(owner.item) if owner else 0, []).append(array)
    return [
        array
        for owner, arrays in by_owner.items()
        for array in (sorted(arrays, key=lambda each: -each.value.ndim) if owner else arrays)
    ]


def found_arrays(model: Any) -> list[Found]:
    """Return the arrays of a model where they are met first; see `arrays_in`."""
    # By identity: an array may be met alone before it is met in its shared variable.
    shared: dict[int, Found] = {}
    plain: dict[int, Found] = {}
    seen: set[int] = set()
    places = [Place(model)]
    while places:
        place = places.pop()
        item = place.item
        if id(item) in seen or not isinstance(item, list | tuple | dict | Record | np.ndarray):
            continue
        seen.add(id(item))
        name, value = value_of(item)
        if value is None:
            places += reversed(list(place.inner()))
            continue
        found = plain if value is item else shared
        found.setdefault(id(value), Found(name, place, np.asarray(value).view(np.ndarray)))
        if len(found) > limits.MODEL_ARRAYS:
            raise DataError(f"more than {limits.MODEL_ARRAYS:,} arrays")
    return list((shared or plain).values())


def value_of(item: Any) -> tuple[str, np.ndarray | None]:
    """Return name and value of an array or its holder; None for anything else."""
    if isinstance(item, np.ndarray):
        is_array = getattr(item, "items", None) is None
        return "", item if is_array and item.size else None
    if not isinstance(item, Record):
        return "", None
    attributes = item.attributes
    name = attributes.get("name")
    holder = attributes.get("container") if item.label.endswith("SharedVariable") else item
    if not isinstance(holder, Record) or holder.label not in CONTAINERS:
        return "", None
    storage = holder.attributes.get("storage")
    value = storage[0] if isinstance(storage, list) and storage else None
    # Arrays of a GPU are pickled as a function that takes one of NumPy.
    if isinstance(value, Record) and value.args:
        value = value.args[0]
    is_array = isinstance(value, np.ndarray) and value.size > 0
    return (shown(name) if isinstance(name, str) else ""), value if is_array else None


def _cut(key: Any) -> str:
    """Return a key as one short line."""
    return shown(str(key)[:MAX_STEP]) if isinstance(key, str | int | float) else "..."
