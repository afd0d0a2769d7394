"""Calls that changed programs make."""

import ast

__all__ = ["called", "called_there"]


def called(name: str, *arguments: ast.expr) -> ast.Call:
    """Return a call of a function."""
    return ast.Call(ast.Name(name, ast.Load()), list(arguments), [])


def called_there(name: str, argument: ast.expr) -> ast.Call:
    """Return a call of a function of one argument, in the place of that."""
    function = ast.copy_location(ast.Name(name, ast.Load()), argument)
    return ast.copy_location(ast.Call(function, [argument], []), argument)
