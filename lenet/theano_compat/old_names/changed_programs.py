"""Changes to programs that index arrays and name types as was usual.

As NumPy 1 allowed, and as Theano's types were called. Arrays and types cannot be changed, so programs are, in memory; nor can a
program's own module `lenet` be imported by its name.
"""

import ast
import builtins
import os
import sys
import warnings
from collections.abc import Callable, Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from pathlib import Path
from types import CodeType, ModuleType

from lenet.theano_compat.old_names.equal_arrays import NAMES as OF_EQUALITY
from lenet.theano_compat.old_names.equal_arrays import (
    asking_for_equality,
    may_ask_for_equality,
    with_equality,
)
from lenet.theano_compat.old_names.list_indices import (
    AS_INDEX,
    as_index,
    indexed_by_lists,
    may_index_by_lists,
    with_tuples,
)
from lenet.theano_compat.old_names.list_of_indices import NAMES as OF_LISTS
from lenet.theano_compat.old_names.list_of_indices import (
    indexed_by_lists_of_indices,
    may_index_by_lists_of_indices,
    with_pairs,
)
from lenet.theano_compat.old_names.list_parameters import (
    indexed_by_parameters,
    may_index_by_parameters,
    with_tuples_of_parameters,
)
from lenet.theano_compat.old_names.own_lenet import (
    OwnLenetFinder,
    imports_of_lenet,
    may_import_lenet,
    with_own_lenet,
)
from lenet.theano_compat.old_names.scalar_fields import (
    fields_of_one,
    may_have_fields_of_one,
    with_scalar_fields,
)
from lenet.theano_compat.old_names.table import TODAYS
from lenet.theano_compat.old_names.type_names import NAMES as OF_TYPES
from lenet.theano_compat.old_names.type_names import (
    asking_for_names,
    may_ask_for_names,
    with_old_type_names,
)

__all__ = [
    *("NAMES", "change_programs", "changed", "is_of_package", "is_standard", "is_to_change"),
]

NAMES = {AS_INDEX: as_index, **OF_EQUALITY, **OF_LISTS, **OF_TYPES}  # what changed programs call
Find = Callable[[ast.Module], Sequence[ast.AST]]
STANDARD_LIBRARY = os.path.join(os.path.dirname(os.__file__), "")
INSTALLED = ("site-packages", "dist-packages")  # folders within that of the library


# What a text may need, where the program does, and how it is changed.
CHANGES: tuple[tuple[Callable[[bytes], bool], Find, Callable[[ast.Module], ast.Module]], ...] = (
    (may_index_by_lists, indexed_by_lists, with_tuples),
    (may_index_by_lists_of_indices, indexed_by_lists_of_indices, with_pairs),
    (may_index_by_parameters, indexed_by_parameters, with_tuples_of_parameters),
    (may_have_fields_of_one, fields_of_one, with_scalar_fields),
    (may_ask_for_names, asking_for_names, with_old_type_names),
    (may_ask_for_equality, asking_for_equality, with_equality),
    (may_import_lenet, imports_of_lenet, with_own_lenet),
)

OF_OLD_PACKAGES = (with_pairs, with_tuples_of_parameters, with_equality)


def needed(source: bytes, is_installed: bool) -> list[tuple[Find, Callable[..., ast.Module]]]:
    """Return the changes that a program may need, by its text.

    Of packages that are installed, which may be of today, those alone that know Theano index by lists of indices and by
    parameters, and compare arrays with what is no number.
    """
    return [
        (found, change)
        for may_need, found, change in CHANGES
        if may_need(source)
        and not (is_installed and change in OF_OLD_PACKAGES and b"theano" not in source)
    ]


def is_to_change(source: bytes, is_installed: bool = False) -> bool:
    """Return whether a program that Python can read is to be changed."""
    changes = needed(source, is_installed)
    if not changes:
        return False  # most modules, which need not be parsed
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of escapes, which Python tells itself
            tree = ast.parse(source)
            return any(found(tree) for found, _ in changes)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False


def changed(tree: ast.Module, source: bytes | None = None, path: str = "") -> ast.Module:
    """Return a program with all changes, or those alone that its text asks for."""
    if source is None:
        changes = [change for _, _, change in CHANGES]
    else:
        changes = [change for _, change in needed(source, is_of_package(path))]
    for change in changes:
        tree = change(tree)
    return tree


def is_of_package(path: str | Path) -> bool:
    """Return whether a module is of a package that is installed."""
    return any(each in Path(path).parts for each in INSTALLED)


class ChangedLoader(SourceFileLoader):
    """Loader of a module that is changed."""

    def get_code(self, fullname: str) -> CodeType:
        """Return the module's code, which is kept nowhere."""
        path = self.get_filename(fullname)
        source = self.get_data(path)
        tree = changed(ast.parse(source, path), source, path)
        return compile(tree, path, "exec", dont_inherit=True)


class ChangedProgramsFinder(MetaPathFinder):
    """Finder of modules that are changed."""

    def find_spec(
        self, name: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Return the specification of such a module."""
        if name.partition(".")[0] in TODAYS:
            return None
        spec = PathFinder.find_spec(name, path, target)
        if (
            spec is None
            or type(spec.loader) is not SourceFileLoader
            or is_standard(spec.loader.path)
        ):
            return None
        try:
            place = spec.loader.path
            if not is_to_change(spec.loader.get_data(place), is_of_package(place)):
                return None
        except OSError:
            return None  # to be told by Python's own loader
        spec.loader = ChangedLoader(name, spec.loader.path)
        return spec


def is_standard(path: str) -> bool:
    """Return whether a module is of Python's own library, whatever its name."""
    rest = path.removeprefix(STANDARD_LIBRARY)
    return rest != path and not rest.startswith(INSTALLED)


def change_programs() -> None:
    """Let modules that are imported from now on be changed."""
    for name, value in NAMES.items():
        setattr(builtins, name, value)
    sys.meta_path[:0] = [OwnLenetFinder(ChangedLoader), ChangedProgramsFinder()]
