"""Lists of slices as indices of arrays, which NumPy took for tuples up to 1.22.

``index = [slice(None)] * x.ndim; x[index]`` is an IndexError today. Arrays cannot be changed, so programs are: where a module makes a list of
slices and takes it as an index, the index becomes a tuple, in memory. Keras before 2.3 turns its kernels around so,
and PyMC3 takes its minibatches.
"""

import ast
import builtins
import os
import sys
import warnings
from collections.abc import Collection, Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from types import CodeType, ModuleType
from typing import Any

AS_INDEX = "__list_as_index__"
# What comes with lenet is of today, as is Python's own library; to read them all took longer than to import them.
TODAYS = {
    *("PIL", "_pytest", "h5py", "joblib", "lenet", "llvmlite", "matplotlib", "numba", "numpy"),
    *("pkg_resources", "pytensor", "pytest", "scipy", "setuptools", "sklearn", "threadpoolctl"),
}
STANDARD_LIBRARY = os.path.join(os.path.dirname(os.__file__), "")
INSTALLED = ("site-packages", "dist-packages")  # folders within that of the library


def as_index(index: Any) -> Any:
    """Return a list with slices as a tuple, anything else as it is."""
    if isinstance(index, list) and any(
        isinstance(each, slice) or each is Ellipsis or each is None for each in index
    ):
        return tuple(index)
    return index


def may_index_by_lists(source: bytes) -> bool:
    """Return whether a program that Python can read indexes by lists of slices."""
    if b"slice(" not in source and b"Ellipsis" not in source:
        return False  # most modules, which need not be parsed
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of escapes, which Python tells itself
            return bool(indexed_by_lists(ast.parse(source)))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False


def with_tuples(tree: ast.Module) -> ast.Module:
    """Return a program whose lists of slices are tuples where they are indices.

    Without recursion: a sum of hundreds of terms is a tree as deep.
    """
    for node in indexed_by_lists(tree):
        index = node.slice
        function = ast.copy_location(ast.Name(AS_INDEX, ast.Load()), index)
        node.slice = ast.copy_location(ast.Call(function, [index], []), index)
    return tree


def indexed_by_lists(tree: ast.Module) -> list[ast.Subscript]:
    """Return what has a list of slices for an index, by name or call, too."""
    nodes = list(ast.walk(tree))
    assigned = [node for node in nodes if isinstance(node, ast.Assign)]
    lists = {name_of(target) for node in assigned if is_list(node.value) for target in node.targets}
    lists |= {filled_list(node) for node in nodes}
    lists.discard("")
    functions = {
        node.name
        for node in nodes
        if isinstance(node, ast.FunctionDef)
        and any(
            isinstance(part, ast.Return) and part.value is not None and is_list(part.value, lists)
            for part in ast.walk(node)
        )
    }
    lists |= {
        name_of(target)
        for node in assigned
        if isinstance(node.value, ast.Call) and name_of(node.value.func) in functions
        for target in node.targets
    } - {""}
    return [
        node
        for node in nodes
        if isinstance(node, ast.Subscript)
        and (
            is_list(node.slice, lists)
            or (isinstance(node.slice, ast.Call) and name_of(node.slice.func) in functions)
        )
    ]


def name_of(node: ast.expr) -> str:
    """Return the name of a variable or an attribute, else an empty text."""
    return getattr(node, "id", "") or getattr(node, "attr", "")


def is_list(node: ast.expr, names: Collection[str] = ()) -> bool:
    """Return whether an expression has a list with a slice, or is one of some names."""
    if name_of(node) in names:
        return True
    terms = [node]
    while terms:
        term = terms.pop()
        if isinstance(term, ast.BinOp):
            terms += [term.left, term.right]
        elif isinstance(term, ast.List | ast.ListComp) and any(map(is_slice, ast.walk(term))):
            return True
    return False


def filled_list(node: ast.AST) -> str:
    """Return the name of the list to which a call adds a slice, else an empty text."""
    if (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in ("append", "insert")
        and node.args
        and is_slice(node.args[-1])
    ):
        return name_of(node.func.value)
    return ""


def is_slice(node: ast.AST) -> bool:
    """Return whether a part of a program calls ``slice``, or names Ellipsis."""
    if isinstance(node, ast.Call):
        return isinstance(node.func, ast.Name) and node.func.id == "slice"
    return isinstance(node, ast.Name) and node.id == "Ellipsis"


class TuplesLoader(SourceFileLoader):
    """Loader of a module whose lists of slices are tuples where they are indices."""

    def get_code(self, fullname: str) -> CodeType:
        """Return the module's code, which is kept nowhere."""
        path = self.get_filename(fullname)
        source = self.get_data(path)
        program = with_tuples(ast.parse(source, path)) if may_index_by_lists(source) else source
        return compile(program, path, "exec", dont_inherit=True)


class ListIndicesFinder(MetaPathFinder):
    """Finder of modules that index by lists of slices."""

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
            if not may_index_by_lists(spec.loader.get_data(spec.loader.path)):
                return None
        except OSError:
            return None  # to be told by Python's own loader
        spec.loader = TuplesLoader(name, spec.loader.path)
        return spec


def is_standard(path: str) -> bool:
    """Return whether a module is of Python's own library, whatever its name."""
    rest = path.removeprefix(STANDARD_LIBRARY)
    return rest != path and not rest.startswith(INSTALLED)


def take_lists_for_tuples() -> None:
    """Let modules that are imported from now on index by lists of slices."""
    setattr(builtins, AS_INDEX, as_index)
    sys.meta_path.insert(0, ListIndicesFinder())
