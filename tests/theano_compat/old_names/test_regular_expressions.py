"""Expected values: what Python 2.7.18 gives."""

import re

import pytest

from lenet.theano_compat.old_names.regular_expressions import FUNCTIONS


@pytest.mark.parametrize(
    ("name", "arguments", "expected"),
    [
        ("sub", (r"[\p{x}]", "", "pa{x}b"), "ab"),
        ("sub", ("a", r"\q\n", "ab"), "\\q\nb"),
        ("subn", (r"\ya", r"<\g<0>\m>", "ya"), (r"<ya\m>", 1)),
        ("findall", (r"\y+|\d", "yyz3"), ["yy", "3"]),
        ("split", (r"\,|\i", "a,bic"), ["a", "b", "c"]),
    ],
)
def test_letters_after_a_backslash(name, arguments, expected):
    with pytest.raises(re.error, match="bad escape"):
        getattr(re, name)(*arguments)
    assert FUNCTIONS[name](*arguments) == expected


def test_patterns_that_are_wrong_otherwise_stay_so():
    assert FUNCTIONS["match"](r"\e(\w)", "ea")[1] == "a"
    with pytest.raises(re.error, match="unterminated"):
        FUNCTIONS["compile"](r"(\d")
    with pytest.raises(re.error, match="bad escape"):
        FUNCTIONS["compile"]("\\")
