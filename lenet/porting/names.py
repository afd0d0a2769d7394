"""New names of Theano's, found by asking `lenet.theano_compat` for them.

Where PyTensor or `lenet.nnet` has the very object that theano_compat gives, its name there is the answer.
"""

import builtins
import sys
import warnings
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from types import ModuleType
from typing import Any

from lenet.porting.rules import MODULES, RULES, WRITTEN_OTHERWISE, Rule
from lenet.theano_compat.old_names.table import MODULES as OLD_MODULES
from lenet.theano_compat.old_names.table import NAMES as OLD_NAMES

COMPAT = "lenet.theano_compat"
SHIM = f"{COMPAT}.theano"
# Modules of today for which theano_compat has classes of its own.
SUCCESSORS = {"sklearn.grid_search": "sklearn.model_selection"}
# Where an object is looked for first, for its shortest name.
PUBLIC = (
    "pytensor.tensor",
    "pytensor",
    "lenet.nnet",
    "lenet.random_streams",
    "pytensor.graph",
    "pytensor.gradient",
    "pytensor.printing",
    "pytensor.compile",
    "pytensor.tensor.linalg",
    "pytensor.sparse",
)
BY_HAND = "PyTensor has nothing of that name"


@dataclass(frozen=True)
class Found:
    """Answer for a name of Theano's.

    Parameters
    ----------
    path : str
        The part of the name that it belongs to; what follows are attributes.
    rule : Rule
        New name, and how it is used.
    is_module : bool
    """

    path: str
    rule: Rule
    is_module: bool = False


@cache
def find(path: str) -> Found:
    """Return what stands for a dotted name that begins with ``theano``."""
    present: Any = shim_module(SHIM)
    parts = path.split(".")
    for count, part in enumerate(parts[1:], start=2):
        here = ".".join(parts[:count])
        # Some functions have the name of their module.
        module = sys.modules.get(f"{present.__name__}.{part}") if count < len(parts) else None
        if here in path_rules() and module is None:
            return Found(here, path_rules()[here])
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                following = getattr(present, part)
        except (AttributeError, ImportError) as error:
            return Found(here, Rule(here, left=advice(str(error))))
        following = module or following
        if not isinstance(following, ModuleType):
            return Found(here, rule_of(following, here))
        present = following
    return Found(path, Rule(path, new_module(path, present)), is_module=True)


@cache
def shim_module(name: str) -> ModuleType:
    """Return a module, imported without what it says of this machine's options."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return import_module(name)


@cache
def path_rules() -> dict[str, Rule]:
    """Return the rules by the names that they were written for."""
    return {rule.old: rule for rule in RULES}


@cache
def object_rules() -> dict[int, Rule]:
    """Return the rules by theano_compat's objects, which may have several names."""
    found = {}
    for rule in RULES:
        present: Any = shim_module(SHIM)
        for part in rule.old.split(".")[1:]:
            present = getattr(present, part)
        if callable(present):
            found[id(present)] = rule
    return found


def rule_of(thing: Any, path: str) -> Rule:
    """Return the rule for an object of theano_compat that has a name of Theano's."""
    rule = object_rules().get(id(thing))
    if rule is not None:
        return rule
    other_names = getattr(thing, "other_names", None)
    if other_names:  # PyTensor's function, which calls arguments otherwise
        return replace(rule_of(thing.__wrapped__, path), keywords=other_names)
    name = path.rpartition(".")[2]
    new = public_name(thing, name, path)
    if new:
        return Rule(path, new)
    if attribute(shim_module("pytensor.tensor"), name) is not None and callable(thing):
        return Rule(path, f"pytensor.tensor.{name}", note="same_name")
    return Rule(path, left=BY_HAND)


def public_name(thing: Any, name: str, path: str) -> str:
    """Return the name of an object outside theano_compat; empty if it has none."""
    if getattr(builtins, name, None) is thing or thing is None:
        return name if thing is not None else "None"
    if not callable(thing):
        return repr(thing) if isinstance(thing, bool | int | str) else ""
    sources = forwarding_sources(path.rpartition(".")[0])
    for place in (*PUBLIC, *sources):
        if attribute(shim_module(place), name) is thing:
            return f"{place}.{name}"
    for place in (*PUBLIC, *sources):
        for other, value in vars(shim_module(place)).items():
            if value is thing and not other.startswith("_"):
                return f"{place}.{other}"
    home, own = getattr(thing, "__module__", None), getattr(thing, "__name__", "")
    if not home or home.startswith(COMPAT):
        return ""
    if home == "builtins":
        return str(own)
    return f"{home}.{own}" if attribute(shim_module(home), own) is thing else ""


def attribute(module: ModuleType, name: str) -> Any:
    """Return what a module has under a name that it does not warn of, or None."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        try:
            return getattr(module, name, None)
        except Warning:
            return None


def forwarding_sources(path: str) -> Iterator[str]:
    """Yield the modules of PyTensor that a module of Theano's is forwarded to."""
    from lenet.theano_compat.forwarding import SOURCES

    for source in SOURCES.get(SHIM + path.removeprefix("theano"), ()):
        if not source.startswith(COMPAT):
            yield source


def new_module(path: str, module: ModuleType) -> str:
    """Return the module that has a module's names now; empty if they are in several."""
    if path in MODULES:
        return MODULES[path]
    if not module.__name__.startswith(SHIM):
        return module.__name__
    sources = list(forwarding_sources(path))
    return sources[0] if len(sources) == 1 else ""


def advice(message: str) -> str:
    """Return what theano_compat's message on a missing name says to do."""
    text = message.partition(": ")[2] or BY_HAND
    return text.replace("theano.tensor.nnet.abstract_conv.", "lenet.nnet.").replace(
        "theano.", "pytensor."
    )


def split_dropped(path: str) -> tuple[str, str]:
    """Return the part of a name that another library has dropped, and its module."""
    parts = path.split(".")
    for count in range(len(parts) - 1, 0, -1):
        module = ".".join(parts[:count])
        if parts[count] in OLD_NAMES.get(module, {}):
            return f"{module}.{parts[count]}", module
    return "", ""


@cache
def dropped(path: str) -> Rule | None:
    """Return the rule for a name that another library has dropped, None for any other."""
    module, _, name = path.rpartition(".")
    place = OLD_NAMES.get(module, {}).get(name)
    if place is None or is_there(module, name):
        return None
    if path in WRITTEN_OTHERWISE:
        return WRITTEN_OTHERWISE[path]
    home, _, new = place.partition(":")
    if home.startswith(COMPAT):
        return Rule(path, left="it is gone, and only theano_compat has a stand-in for it")
    return Rule(path, new if home == "builtins" else f"{home}.{new}")


def is_there(module: str, name: str) -> bool:
    """Return whether a library has a name, or is not installed."""
    try:
        return name in vars(shim_module(module))
    except ImportError:
        return True


@cache
def moved_module(path: str) -> str:
    """Return the module of today for one that a library has dropped, or nothing."""
    if path not in OLD_MODULES:
        return ""
    try:
        found = find_spec(path) is not None
    except ImportError:
        found = False
    return "" if found else SUCCESSORS.get(path, OLD_MODULES[path])


def star_names(path: str) -> set[str]:
    """Return the names that a star brings from a module of Theano's."""
    parts = path.split(".")[1:]
    module = shim_module(".".join([SHIM, *parts]))
    return set(getattr(module, "__all__", [n for n in vars(module) if not n.startswith("_")]))


def is_theano(path: str | None) -> bool:
    """Return whether a dotted name is Theano's."""
    return path is not None and path.partition(".")[0] == "theano"
