"""Tests without what they assert of compiled graphs, so that the numbers after it are compared.

Many of Theano's tests ask which operations a compiled function has, which is no question of results, and stop there.
Here those assertions are left out, and nothing else is: what remains of such a test has to pass.
"""

import ast

# What leads to the graph of a compiled function, or to what it is made of.
ROOTS = {"fgraph", "toposort", "apply_nodes", "owner", "check_stack_trace"}
ASSERTIONS = ("assert_", "assertTrue", "assertFalse", "assertEqual", "assertIn")


def without_graph_checks(text: str) -> str:
    """Return a module without the assertions on compiled graphs.

    An assertion is one of them if it names a graph, or something that the same function has taken from a graph.

    Parameters
    ----------
    text : str
        Of the module.
    """
    tree = ast.parse(text)
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.Lambda):
            Remover(names_from_graphs(node)).generic_visit(node)
    return ast.unparse(tree)


def names_from_graphs(function: ast.AST) -> set[str]:
    """Return a function's variables that are taken from compiled graphs, directly or not."""
    names: set[str] = set()
    count = -1
    while count < len(names):
        count = len(names)
        for node in ast.walk(function):
            if isinstance(node, ast.Assign):
                targets, value = node.targets, node.value
            elif isinstance(node, ast.comprehension):
                targets, value = [node.target], node.iter
            elif isinstance(node, ast.For):  # what is found in a graph, too
                targets, value = [node.target, *assigned_in(node)], node.iter
            elif isinstance(node, ast.If):
                targets, value = assigned_in(node), node.test
            else:
                continue
            if is_of_graph(value, names):
                names.update(
                    each.id
                    for target in targets
                    for each in ast.walk(target)
                    if isinstance(each, ast.Name)
                )
    return names


def assigned_in(statement: ast.For | ast.If) -> list[ast.expr]:
    """Return what is assigned within a loop or a branch."""
    return [
        target
        for each in ast.walk(statement)
        if isinstance(each, ast.Assign)
        for target in each.targets
    ]


def is_of_graph(expression: ast.AST, names: set[str]) -> bool:
    """Return whether an expression has to do with a compiled graph."""
    for node in ast.walk(expression):
        if isinstance(node, ast.Attribute) and node.attr in ROOTS:
            return True
        if isinstance(node, ast.Name) and (node.id in ROOTS or node.id in names):
            return True
    return False


class Remover(ast.NodeTransformer):
    """Takes out assertions on what certain variables hold, or on graphs themselves.

    Parameters
    ----------
    names : set of str
        The variables.
    """

    def __init__(self, names: set[str]) -> None:
        self.names = names

    def visit_Assert(self, node: ast.Assert) -> ast.stmt:
        return ast.Pass() if is_of_graph(node.test, self.names) else node

    def visit_Expr(self, node: ast.Expr) -> ast.stmt:
        call = node.value
        is_assertion = isinstance(call, ast.Call) and ast.unparse(call.func).split(".")[
            -1
        ].startswith(ASSERTIONS)
        return ast.Pass() if is_assertion and is_of_graph(call, self.names) else node
