"""`eval` and `locals` in list comprehensions, which had no scope of their own.

As ``[eval(name) for name in names]`` in a method, where the names begin with ``self``.
"""

import ast

from lenet.theano_compat.old_names.calls import called

__all__ = ["OuterNames"]

LOCALS = "__python2_locals__"  # of what surrounds a comprehension
OWN = ast.FunctionDef | ast.Lambda | ast.ClassDef | ast.GeneratorExp | ast.SetComp | ast.DictComp


class OuterNames(ast.NodeTransformer):
    """Hands the variables around a list comprehension on, where it asks for them."""

    def __init__(self) -> None:
        self.is_inside = False  # of a comprehension that hands them on
        self.is_in_class = False  # whose variables no comprehension sees

    def visit_ListComp(self, node: ast.ListComp) -> ast.AST:
        """Bind the variables around a comprehension to a name within it."""
        first = node.generators[0]
        parts = [node.elt, *first.ifs, *node.generators[1:]]
        if self.is_in_class or not any(map(asks_for_variables, parts)):
            self.generic_visit(node)
            return node
        first.iter = self.visit(first.iter)
        around = all_variables(self.is_inside)
        before, self.is_inside = self.is_inside, True
        node.elt = self.visit(node.elt)
        first.ifs = [self.visit(each) for each in first.ifs]
        node.generators[1:] = [self.visit(each) for each in node.generators[1:]]
        self.is_inside = before
        target = ast.Name(LOCALS, ast.Store())
        node.generators.insert(
            0, ast.comprehension(target, ast.List([around], ast.Load()), [], is_async=0)
        )
        return node

    def visit_Call(self, node: ast.Call) -> ast.AST:
        """Give `eval`, `locals` and `vars` the variables around the comprehension."""
        self.generic_visit(node)
        if not self.is_inside or not asks_itself(node):
            return node
        if not node.args:
            return all_variables(True)
        node.args += [called("globals"), all_variables(True)]
        return node

    def visit_own(self, node: ast.AST) -> ast.AST:
        """Visit what has a scope of its own, in Python 2, too."""
        before = self.is_inside, self.is_in_class
        self.is_inside, self.is_in_class = False, isinstance(node, ast.ClassDef)
        self.generic_visit(node)
        self.is_inside, self.is_in_class = before
        return node

    visit_FunctionDef = visit_Lambda = visit_ClassDef = visit_own
    visit_GeneratorExp = visit_SetComp = visit_DictComp = visit_own


def asks_for_variables(node: ast.AST) -> bool:
    """Return whether an expression asks for the variables of its scope."""
    return asks_itself(node) or (
        not isinstance(node, OWN) and any(map(asks_for_variables, ast.iter_child_nodes(node)))
    )


def asks_itself(node: ast.AST) -> bool:
    """Return whether an expression is ``eval(text)``, ``locals()`` or ``vars()``."""
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name) or node.keywords:
        return False
    return (node.func.id, len(node.args)) in (("eval", 1), ("locals", 0), ("vars", 0))


def all_variables(is_inside: bool) -> ast.expr:
    """Return an expression for all variables, also those around a comprehension."""
    here = called("locals")
    return ast.Dict([None, None], [ast.Name(LOCALS, ast.Load()), here]) if is_inside else here
