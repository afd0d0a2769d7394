"""The table of limits in docs/reliability.md is that of lenet/limits.py, and each limit says what it is of."""

import ast
import re
from pathlib import Path

from lenet import limits

ROOT = Path(__file__).parent.parent
SOURCE = (ROOT / "lenet" / "limits.py").read_text()
GUIDE = (ROOT / "docs" / "reliability.md").read_text()
LIMITS = {name: value for name, value in vars(limits).items() if name.isupper() and name[0] != "_"}


def test_the_guide_has_each_limit():
    rows = re.findall(r"^\| `([A-Z0-9_]+)` \| ([^|]+) \| [^|]{3,} \|$", GUIDE, re.MULTILINE)
    promised = dict(rows)
    assert len(promised) == len(rows)
    expected = {name: f"{value:,}" for name, value in LIMITS.items()}
    missing = [
        f"| `{name}` | {value} | ... |"
        for name, value in expected.items()
        if promised.get(name) != value
    ]
    assert not missing, "\n".join(["docs/reliability.md lacks", *missing])
    assert promised.keys() == expected.keys()


def test_each_limit_has_a_comment():
    lines = SOURCE.splitlines()
    for statement in ast.parse(SOURCE).body:
        if isinstance(statement, ast.Assign) and ast.unparse(statement.targets[0]) in LIMITS:
            own = lines[statement.lineno - 1 : statement.end_lineno]
            above = statement.lineno - 2
            while re.match(r"[A-Z0-9_]+ = [^#]+$", lines[above]):  # a comment may be of several
                above -= 1
            assert "#" in "".join([lines[above], *own]), ast.unparse(statement)


def test_a_limit_is_a_positive_number():
    assert len(LIMITS) > 20
    assert all(isinstance(value, int | float) and value > 0 for value in LIMITS.values())


def test_each_limit_is_used():
    code = "\n".join(path.read_text() for path in (ROOT / "lenet").rglob("*.py"))
    for name in LIMITS:
        assert re.search(rf"\blimits\.{name}\b", code), name
