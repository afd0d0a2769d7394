"""Arrays in an unpickled model, by the names of its shared variables or by where they are."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

import numpy as np

from lenet import limits
from lenet.errors import DataError
from lenet.importing.contents import SavedArray
from lenet.importing.records import ModelArray, Record
from lenet.text import shown

STEPS_SHOWN = 12  # of the way to an array, the last ones
MAX_STEP = 60
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


def arrays_in(model: Any) -> list[SavedArray]:
    """Return the arrays of a model, each once, those of its shared variables if it has any.

    Parameters
    ----------
    model : object
        Of `ModelUnpickler`.

    Raises
    ------
    DataError
        If they are too many.
    """
    # By identity: an array may be met alone before it is met in its shared variable.
    shared: dict[int, tuple[str, str, np.ndarray]] = {}
    plain: dict[int, tuple[str, str, np.ndarray]] = {}
    seen: set[int] = set()
    places = [Place(model)]
    while places:
        place = places.pop()
        item = place.item
        if id(item) in seen or not isinstance(item, list | tuple | dict | Record | np.ndarray):
            continue
        seen.add(id(item))
        name, value = value_of(item)
        if value is not None:
            found = plain if value is item else shared
            found.setdefault(id(value), (name, place.path, np.asarray(value).view(np.ndarray)))
            if len(found) > limits.MODEL_ARRAYS:
                raise DataError(f"more than {limits.MODEL_ARRAYS:,} arrays")
        if value is None:
            places += reversed(list(place.inner()))
    chosen = list((shared or plain).values())
    uses = Counter(name for name, _, _ in chosen)
    return [
        SavedArray(name if name and uses[name] == 1 else path or f"[{k}]", value)
        for k, (name, path, value) in enumerate(chosen)
    ]


def value_of(item: Any) -> tuple[str, np.ndarray | None]:
    """Return name and value of an array, or of a holder of one; None for anything else."""
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
