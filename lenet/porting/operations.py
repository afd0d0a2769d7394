"""Subclasses of Theano's Op: their methods have other names and arguments now."""

import ast

from lenet.porting.source import Source

# Old name of a method -> its new name, its number of parameters, and the parameter that is new, with its place.
METHODS = {
    "grad": ("pullback", 3, "outputs", 2),
    "L_op": ("pullback", 4, "", 0),
    "infer_shape": ("infer_shape", 3, "fgraph", 1),
}
BY_HAND = {
    "R_op": "R_op is pushforward(self, inputs, outputs, tangents) now, which returns no None"
}


def has_c_code(node: ast.ClassDef) -> bool:
    """Return whether an Op has C code."""
    return any(name.startswith("c_") for name in methods(node))


def methods(node: ast.ClassDef) -> dict[str, ast.FunctionDef]:
    """Return the methods of a class by their names."""
    return {each.name: each for each in node.body if isinstance(each, ast.FunctionDef)}


def edit_methods(source: Source, node: ast.ClassDef) -> tuple[list[int], list[tuple[int, str]]]:
    """Note the edits of an Op's methods.

    Returns
    -------
    list of int
        Lines that are edited.
    list of (int, str)
        Lines of what is left, and what to do.
    """
    edited, left = [], []
    for name, method in methods(node).items():
        if name in BY_HAND:
            left.append((method.lineno, BY_HAND[name]))
        if name not in METHODS:
            continue
        new, count, parameter, place = METHODS[name]
        arguments = method.args.args
        others = (method.args.vararg, method.args.kwarg, *method.args.kwonlyargs)
        if name == "infer_shape" and len(arguments) == count + 1:
            continue
        if len(arguments) != count or any(others):
            left.append((method.lineno, f"{name} is {new} now, with other arguments"))
            continue
        names = {each.arg for each in arguments}
        at = source.token_after(source.start(method), name)
        if new != name:
            source.replace(at, at + len(name), new)
        if parameter:
            text = f"_{parameter}" if parameter in names else parameter
            where = source.offset(arguments[place].lineno, arguments[place].col_offset)
            source.replace(where, where, f"{text}, ")
        edited.append(method.lineno)
    left += [
        (each.lineno, f"{each.attr} is pullback now, with other arguments")
        for each in ast.walk(node)
        if isinstance(each, ast.Attribute) and each.attr in ("grad", "L_op") and is_self(each.value)
    ]
    return edited, left


def is_self(node: ast.expr) -> bool:
    """Return whether an expression is ``self`` or ``super()``."""
    called = node.func if isinstance(node, ast.Call) else node
    return isinstance(called, ast.Name) and called.id in ("self", "super")
