"""Names that outlived a list comprehension or a handler in Python 2.

And generators that a StopIteration ended. Only functions that use such a name are changed.
"""

import ast
from collections import Counter
from collections.abc import Iterator

__all__ = ["NEXT", "Leaks"]

VARIABLE = "__python2_{}__"  # of a comprehension, before its name gets the value
NEXT = "__python2_next__"  # called for a method of this name
SCOPES = ast.FunctionDef | ast.Lambda | ast.ClassDef


class Leaks(ast.NodeTransformer):
    """Lets names keep their values, where a function or a module reads them later.

    Parameters
    ----------
    tree : ast.Module
        The program.
    """

    def __init__(self, tree: ast.Module) -> None:
        self.used = used_outside(tree)
        self.held: frozenset[str] = frozenset()  # by what has variables of its own
        self.is_fixed = False  # in classes and iterables, where no expression may assign

    def visit_ListComp(self, node: ast.ListComp) -> ast.AST:
        """Give the variables their values outside, too."""
        if not self.is_fixed:
            for each in node.generators:
                self.assign(each)
        return self.visit_comprehension_of(node)

    def assign(self, part: ast.comprehension) -> None:
        """Let a part of a comprehension assign, by a condition that holds."""
        targets = [each for each in ast.walk(part.target) if isinstance(each, ast.Name)]
        names = {each.id for each in targets}
        if not names & self.used or names & self.held:
            return
        values: list[ast.expr] = []
        for each in targets:
            inner = ast.Name(VARIABLE.format(each.id), ast.Load())
            values.append(ast.NamedExpr(ast.Name(each.id, ast.Store()), inner))
            each.id = inner.id
        part.ifs.insert(0, ast.copy_location(ast.List(values, ast.Load()), part.target))

    def visit_comprehension_of(self, node: ast.expr) -> ast.AST:
        """Visit a comprehension, without assignments within its iterables."""
        held = self.held
        if not isinstance(node, ast.ListComp):
            self.held |= {*names_of(node)}
        self.generic_visit(node)
        self.held = held
        return node

    visit_SetComp = visit_DictComp = visit_GeneratorExp = visit_comprehension_of

    def visit_comprehension(self, node: ast.comprehension) -> ast.AST:
        """Visit a part of a comprehension."""
        before, self.is_fixed = self.is_fixed, True
        node.iter = self.visit(node.iter)
        self.is_fixed = before
        node.ifs = [self.visit(each) for each in node.ifs]
        return node

    def visit_ClassDef(self, node: ast.ClassDef) -> ast.AST:
        """Leave the expressions of a class as they are."""
        before, self.is_fixed = self.is_fixed, True
        self.generic_visit(node)
        self.is_fixed = before
        return node

    def visit_scope(self, node: ast.FunctionDef | ast.Lambda) -> ast.AST:
        """Visit a function, whose names are its own."""
        before = self.used, self.held, self.is_fixed
        self.used, self.held, self.is_fixed = used_outside(node), frozenset(), False
        self.generic_visit(node)
        self.used, self.held, self.is_fixed = before
        return node

    visit_Lambda = visit_scope

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        """Visit a function, and let a StopIteration end it if it is a generator."""
        self.visit_scope(node)
        own = list(own_nodes(node))
        if any(isinstance(each, ast.Yield) for each in own) and any(map(may_stop, own)):
            has_docstring = ast.get_docstring(node, clean=False) is not None
            stop = ast.ExceptHandler(ast.Name("StopIteration", ast.Load()), None, [ast.Return()])
            node.body[has_docstring:] = [ast.Try(node.body[has_docstring:], [stop], [], [])]
        return node

    def visit_ExceptHandler(self, node: ast.ExceptHandler) -> ast.AST:
        """Keep the exception."""
        self.generic_visit(node)
        if node.name and node.name in self.used:
            name = ast.Name(node.name, ast.Store())
            node.name = VARIABLE.format(node.name)
            node.body.insert(0, ast.Assign([name], ast.Name(node.name, ast.Load())))
        return node


def own_nodes(function: ast.FunctionDef) -> Iterator[ast.AST]:
    """Go through a function's own statements and expressions."""
    nodes: list[ast.AST] = [*function.body]
    while nodes:
        node = nodes.pop()
        yield node
        if not isinstance(node, SCOPES):
            nodes += ast.iter_child_nodes(node)


def may_stop(node: ast.AST) -> bool:
    """Return whether a part of a generator raises StopIteration, or calls `next`."""
    if isinstance(node, ast.Raise):
        error = node.exc.func if isinstance(node.exc, ast.Call) else node.exc
        return isinstance(error, ast.Name) and error.id == "StopIteration"
    if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Name)):
        return False
    return node.func.id in ("next", NEXT)


def used_outside(scope: ast.AST) -> set[str]:
    """Return the names that are read outside of what gives them a value for a while."""
    shared: set[str] = set()  # with the module
    read: Counter[str] = Counter()
    inside: Counter[str] = Counter()
    nodes: list[tuple[ast.AST, frozenset[str]]] = [(scope, frozenset())]
    while nodes:
        node, held = nodes.pop()
        held |= {*names_of(node)}
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
            read[node.id] += 1
            inside[node.id] += node.id in held
        elif isinstance(node, ast.Global):
            shared |= {*node.names}
        nodes += [(each, held) for each in ast.iter_child_nodes(node)]
    return shared | {name for name, number in read.items() if number > inside[name]}


def names_of(node: ast.AST) -> Iterator[str]:
    """Go through the names that a comprehension or a handler gives a value."""
    if isinstance(node, ast.ExceptHandler):
        yield node.name or ""
    for part in getattr(node, "generators", ()):
        for each in ast.walk(part.target):
            if isinstance(each, ast.Name):
                yield each.id
