"""Calls of functions whose arguments are named, ordered or meant otherwise now."""

import ast
from collections.abc import Callable
from dataclasses import dataclass, field

from lenet.porting.rules import MODES, Rule
from lenet.porting.source import Source


@dataclass
class CallEdit:
    """Findings of a call beside its edits.

    Parameters
    ----------
    notes : list of str
        What to check.
    left : list of str
        What to do by hand.
    """

    notes: list[str] = field(default_factory=list)
    left: list[str] = field(default_factory=list)


def edit_call(source: Source, call: ast.Call, rule: Rule) -> CallEdit:
    """Note the edits of a call's arguments that a rule asks for."""
    done = CallEdit()
    spans, close = source.arguments(call)
    left_out = set()
    for position, argument in enumerate(source.in_order(call)):
        if isinstance(argument, ast.Starred):
            if rule.parameters or rule.edit == "stack":
                done.left.append("arguments in * may have to be passed by their names")
                break
        elif isinstance(argument, ast.keyword):
            if argument.arg is None:
                if rule.keywords:
                    old = ", ".join(rule.keywords)
                    done.notes.append(f"arguments in ** may have an old name: {old}")
            else:
                new = rule.keywords.get(argument.arg, argument.arg)
                if not new:
                    left_out.add(position)
                elif new != argument.arg:
                    start = source.start(argument)
                    source.replace(start, start + len(argument.arg), new)
        elif position >= rule.by_place and position < len(rule.parameters):
            new = rule.parameters[position]
            new = rule.keywords.get(new, new)
            if new:
                start, end = spans[position]
                source.replace(start, start, f"{new}=", (start, end + 1))
            else:
                left_out.add(position)
    leave_out(source, spans, close, left_out)
    if rule.added:
        add(source, call, rule.added, spans, close)
    if rule.edit:
        EDITS[rule.edit](source, call, rule, done)
    return done


def leave_out(
    source: Source, spans: list[tuple[int, int]], close: int, positions: set[int]
) -> None:
    """Leave arguments and their commas out, whatever is edited in them."""
    source.left_out += [spans[position] for position in positions]
    first = next((each for each in range(len(spans)) if each not in positions), None)
    if first is None and spans:
        source.replace_whole(spans[0][0], close, "")
        return
    for position in sorted(positions):
        if first is not None and position < first:
            source.replace_whole(spans[position][0], spans[position + 1][0], "")
        else:
            source.replace_whole(spans[position - 1][1], spans[position][1], "")


def add(
    source: Source, call: ast.Call, text: str, spans: list[tuple[int, int]], close: int
) -> None:
    """Add an argument."""
    place = spans[-1][1] if spans else close
    source.replace(place, place, f", {text}" if spans else text, (source.start(call), place))


def argument(call: ast.Call, name: str, position: int | None = None) -> ast.expr | None:
    """Return the argument of a name or of a place."""
    for keyword in call.keywords:
        if keyword.arg == name:
            return keyword.value
    if position is not None and position < len(call.args):
        return call.args[position]
    return None


def text_of(node: ast.expr | None) -> str | None:
    """Return the text of a constant; None if it is none."""
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None


def function(source: Source, call: ast.Call, rule: Rule, done: CallEdit) -> None:
    """``theano.function``: no dictionary of outputs, other modes, no casts."""
    if isinstance(argument(call, "outputs", 1), ast.Dict):
        done.left.append(
            "outputs are no dictionary now: pass a list, and make the dictionary yourself"
        )
    mode = argument(call, "mode", 2)
    name = text_of(mode)
    if mode is None:
        done.notes.append("mode")
    elif name is not None and name.upper() in MODES:
        source.replace(source.start(mode), source.end(mode), f'"{MODES[name.upper()]}"')
    if argument(call, "updates", 3) is not None:
        done.notes.append("updates")


def no_default(source: Source, call: ast.Call, rule: Rule, done: CallEdit) -> None:
    """``theano.In`` and ``theano.Param``: an input has no default value."""
    is_param = rule.old.endswith("Param")
    value = argument(call, "default" if is_param else "value", 1 if is_param else 2)
    if value is not None:
        done.left.append("an input has no default value now: pass it in each call of the function")


def broadcastable(source: Source, call: ast.Call, rule: Rule, done: CallEdit) -> None:
    """``theano.shared(broadcastable=...)``: a length of 1 in `shape` now."""
    for keyword in call.keywords:
        if keyword.arg != "broadcastable":
            continue
        start, value = source.start(keyword), keyword.value
        source.replace(start, start + len("broadcastable"), "shape")
        elements = value.elts if isinstance(value, ast.Tuple | ast.List) else None
        if elements and all(isinstance(each, ast.Constant) for each in elements):
            lengths = tuple(1 if each.value else None for each in elements)  # type: ignore[attr-defined]
            source.replace(source.start(value), source.end(value), repr(lengths))
        else:
            source.wrap(value, "tuple(1 if each else None for each in ", ")")


def stack(source: Source, call: ast.Call, rule: Rule, done: CallEdit) -> None:
    """``T.stack(a, b)``: takes a list now."""
    if len(call.args) < 2 or any(isinstance(each, ast.Starred) for each in call.args):
        return
    first, second = call.args[:2]
    is_axis = len(call.args) == 2 and (
        isinstance(second, ast.Constant | ast.UnaryOp)
        or (isinstance(second, ast.Name) and second.id == "axis")
    )
    if isinstance(first, ast.List | ast.Tuple | ast.ListComp) or is_axis:
        return
    spans, _ = source.arguments(call)
    start, end = spans[0][0], spans[len(call.args) - 1][1]
    source.replace(start, start, "[", (start, end))
    source.replace(end, end, "]", (start, end))


def no_ndim(source: Source, call: ast.Call, rule: Rule, done: CallEdit) -> None:
    """``T.tile(x, reps, ndim)``: `ndim` is gone."""
    if argument(call, "ndim", 2) is not None:
        done.left.append("ndim is gone: give one repetition for each axis")


def lower(source: Source, call: ast.Call, rule: Rule, done: CallEdit) -> None:
    """``eigh(a, UPLO)``: `lower` now."""
    if argument(call, "UPLO", 1) is not None:
        done.left.append("UPLO is lower=True or False now")


def listed(source: Source, call: ast.Call, rule: Rule, done: CallEdit) -> None:
    """Make a list of what is an iterator now."""
    source.wrap(call, "list(", ")")


def conv_mode(source: Source, call: ast.Call, rule: Rule, done: CallEdit) -> None:
    """``dnn_conv(conv_mode="cross")``: ``filter_flip=False`` now."""
    for keyword in call.keywords:
        if keyword.arg == "conv_mode":
            mode = text_of(keyword.value)
            if mode not in ("conv", "cross"):
                done.left.append("conv_mode is filter_flip now: True for 'conv', False for 'cross'")
                return
            source.replace(
                source.start(keyword), source.end(keyword), f"filter_flip={mode == 'conv'}"
            )
    if len(call.args) > 4:
        done.left.append("conv_mode is filter_flip now: True for 'conv', False for 'cross'")


def dnn_pool(source: Source, call: ast.Call, rule: Rule, done: CallEdit) -> None:
    """``dnn_pool``: its stride was 1 by default, and its averages have another name."""
    mode = argument(call, "mode", 3)
    if mode is not None and text_of(mode) is None:
        done.left.append("mode 'average' is 'average_inc_pad' now")
    elif text_of(mode) == "average" and mode is not None:
        source.replace(source.start(mode), source.end(mode), '"average_inc_pad"')
    if argument(call, "stride", 2) is None:
        spans, close = source.arguments(call)
        add(source, call, "stride=(1, 1)", spans, close)


def op(source: Source, call: ast.Call, rule: Rule, done: CallEdit) -> None:
    """``theano.Op()``: nothing; `lenet.porting.operations` edits subclasses."""


EDITS: dict[str, Callable[[Source, ast.Call, Rule, CallEdit], None]] = {
    "function": function,
    "no_default": no_default,
    "broadcastable": broadcastable,
    "stack": stack,
    "no_ndim": no_ndim,
    "lower": lower,
    "listed": listed,
    "conv_mode": conv_mode,
    "dnn_pool": dnn_pool,
    "op": op,
}
# A call that is replaced as a whole, and by what.
REPLACED = {"nothing": "None", "is_false": "False"}
# Functions that are translated where they are called, and cannot be passed on.
ONLY_CALLED = {"nothing", "is_false", "conv_mode", "dnn_pool", "asscalar", "cast", "listed"}
