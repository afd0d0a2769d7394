"""PyTables' names in mixed case, ``openFile`` and its like, which it has dropped."""

import inspect
from importlib import import_module
from typing import Any

# What is joined by more than a capital letter.
SPELLED = {"array": "Array", "hdf5": "HDF5", "pytables": "PyTables"}
ARRAYS = {"carray": "CArray", "earray": "EArray", "vlarray": "VLArray"}


def behave_as_before() -> None:
    """Give the module and its classes their names in mixed case."""
    tables = import_module("tables")
    add_names(tables)
    for _, kind in inspect.getmembers(tables, inspect.isclass):
        if kind.__module__.startswith("tables."):
            add_names(kind)


def add_names(owner: Any) -> None:
    """Give a module or a class its functions under their old names, too."""
    for name, value in list(vars(owner).items()):
        is_function = callable(value) and not inspect.isclass(value)
        if is_function and (old := old_name(name)) not in vars(owner):
            setattr(owner, old, value)


def old_name(name: str) -> str:
    """Return the name in mixed case, ``createEArray`` of "create_earray"."""
    start = next((each for each in ("_f_", "_g_", "_v_", "_") if name.startswith(each)), "")
    first, *others = name.removeprefix(start).split("_")
    words = [SPELLED.get(word) or ARRAYS.get(word) or word.capitalize() for word in others]
    return start + first + "".join(words)
