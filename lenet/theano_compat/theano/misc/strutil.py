"""Theano's ``theano.misc.strutil``: text of C code."""

from typing import Any

__all__ = ["pretty_format", "render_string", "strip_leading_white_space"]


def render_string(string: str, sub: Any) -> str:
    """Return a text with values in the places that ``%`` marks."""
    return string % sub


def strip_leading_white_space(line: str) -> str:
    """Return a line without the blanks and tabs before it."""
    return line.lstrip(" \t")


def pretty_format(string: str) -> str:
    """Return C code whose lines are indented by their braces."""
    lines, depth = [], 0
    for line in map(strip_leading_white_space, string.split("\n")):
        depth = max(depth - line.count("}"), 0)
        lines.append("    " * depth + line)
        depth += line.count("{")
    return "\n".join(lines)
