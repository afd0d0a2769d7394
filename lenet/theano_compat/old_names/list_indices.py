"""Lists of slices as indices of arrays, which NumPy took for tuples up to 1.22.

``index = [slice(None)] * x.ndim; x[index]`` is an IndexError today. Arrays cannot be changed, so programs are: where a module makes a list of
slices and takes it as an index, the index becomes a tuple, in memory. Keras before 2.3 turns its kernels around so.
"""

import ast
import builtins
import sys
import warnings
from collections.abc import Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from types import CodeType, ModuleType
from typing import Any

AS_INDEX = "__list_as_index__"


def as_index(index: Any) -> Any:
    """Return a list with slices as a tuple, anything else as it is."""
    if isinstance(index, list) and any(
        isinstance(each, slice) or each is Ellipsis for each in index
    ):
        return tuple(index)
    return index


def may_index_by_lists(source: bytes) -> bool:
    """Return whether a program that Python can read indexes by lists of slices."""
    if b"slice(" not in source:
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
    """Return what has for an index a list of slices, or the name of one."""
    names = {
        target.id
        for node in ast.walk(tree)
        if isinstance(node, ast.Assign) and is_list_of_slices(node.value)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    return [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.Subscript)
        and (
            node.slice.id in names
            if isinstance(node.slice, ast.Name)
            else is_list_of_slices(node.slice)
        )
    ]


def is_list_of_slices(node: ast.expr) -> bool:
    """Return whether an expression has a list with a call of ``slice``."""
    terms = [node]
    while terms:
        term = terms.pop()
        if isinstance(term, ast.BinOp):
            terms += [term.left, term.right]
        elif isinstance(term, ast.List | ast.ListComp) and any(map(is_slice, ast.walk(term))):
            return True
    return False


def is_slice(node: ast.AST) -> bool:
    """Return whether a part of a program is a call of ``slice``."""
    return (
        isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "slice"
    )


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
        spec = PathFinder.find_spec(name, path, target)
        if spec is None or type(spec.loader) is not SourceFileLoader:
            return None
        try:
            if not may_index_by_lists(spec.loader.get_data(spec.loader.path)):
                return None
        except OSError:
            return None  # to be told by Python's own loader
        spec.loader = TuplesLoader(name, spec.loader.path)
        return spec


def take_lists_for_tuples() -> None:
    """Let modules that are imported from now on index by lists of slices."""
    setattr(builtins, AS_INDEX, as_index)
    sys.meta_path.insert(0, ListIndicesFinder())
