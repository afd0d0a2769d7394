"""Sorting by a comparison, as ``sorted(x, cmp=f)`` of Python 2, by keys."""

import ast
from typing import TYPE_CHECKING

from lenet.theano_compat.python2.trees import SORTING, is_literal

if TYPE_CHECKING:
    from lenet.porting.rewriting import Rewriter


def edit_sorting(rewriter: "Rewriter", node: ast.Call) -> None:
    """Note the edits of a call that sorts: what compares two things becomes a key.

    Parameters
    ----------
    rewriter : Rewriter
    node : ast.Call
        Any call.
    """
    first = arguments_before_order(node)
    # ``numpy.sort(x)`` is a function of arrays.
    is_of_module = isinstance(node.func, ast.Attribute) and rewriter.scopes.resolve(node.func)
    if first is None or is_of_module or any(isinstance(each, ast.Starred) for each in node.args):
        return
    source = rewriter.source
    spans, _ = source.arguments(node)
    order = {}
    for argument, span in zip(source.in_order(node), spans, strict=True):
        if isinstance(argument, ast.keyword):
            name, value = argument.arg or "", argument.value
        else:
            place = node.args.index(argument) - first
            name, value = SORTING[place] if 0 <= place < len(SORTING) else "", argument
        if name in SORTING:
            order[name] = (value, span, isinstance(argument, ast.keyword))
    if "cmp" not in order:
        return
    compare, span, _ = order.pop("cmp")
    key, key_span, _ = order.get("key", (None, span, False))
    if key_span[0] < span[0] or (key is not None and not follows(spans, span, key_span)):
        rewriter.findings.by_hand(node.lineno, "sort by key=functools.cmp_to_key(...)")
        return
    by = None if key is None or is_none(key) else key
    start, end = source.start(compare), source.end(compare)
    if is_none(compare):
        source.replace(span[0], source.start(key) if key is not None else end, "key=")
        if key is None:
            source.replace(end, end, "None")
    else:
        to_key = rewriter.names.write("functools.cmp_to_key", rewriter.scopes.module)
        source.replace(span[0], start, f"key={'lambda each: ' if by is not None else ''}{to_key}(")
        if by is not None:
            source.replace(end, source.start(by), ")((")
            source.replace(source.end(by), source.end(by), ")(each))")
        else:
            source.replace(end, key_span[1], ")")
    if "reverse" in order and not order["reverse"][2]:
        place = order["reverse"][1][0]
        source.replace(place, place, "reverse=")
    rewriter.findings.because(node.lineno, "Python 3 sorts by keys, not by comparisons")


def arguments_before_order(node: ast.Call) -> int | None:
    """Return how many arguments come before the comparison, or None without one."""
    by_name = any(keyword.arg == "cmp" for keyword in node.keywords)
    if isinstance(node.func, ast.Name) and node.func.id == "sorted":
        return 1 if by_name or len(node.args) > 1 else None
    if not isinstance(node.func, ast.Attribute) or node.func.attr != "sort":
        return None
    # ``x.sort(1)`` is an array's, by its axis.
    by_place = bool(node.args) and not is_literal(node.args[0])
    return 0 if by_name or by_place else None


def follows(spans: list[tuple[int, int]], one: tuple[int, int], other: tuple[int, int]) -> bool:
    """Return whether an argument comes right after another."""
    return spans.index(other) == spans.index(one) + 1


def is_none(node: ast.expr) -> bool:
    """Return whether an expression is None."""
    return isinstance(node, ast.Constant) and node.value is None
