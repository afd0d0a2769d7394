"""The first line of every docstring says what a thing is, in the field's terms, to a stranger.

``python -m tests.test_docstrings`` counts the lines that break the rule by package; with the names of packages,
files or folders it prints them.
"""

import ast
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
LONGEST = 80
# A noun phrase or a verb, not half a sentence: "Stratified split", not "How images are split".
QUESTIONS = ("What", "Which", "How", "Where", "Of")
# Not yet rewritten, and so not yet tested.
NOT_YET: tuple[str, ...] = ()

Documented = ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef


def faults_of(docstring: str, is_yes_or_no: bool = False) -> list[str]:
    """Return what is wrong with a docstring's first line, `is_yes_or_no` being a property or of type bool."""
    first, *others = docstring.splitlines() or [""]
    faults = []
    if len(first) > LONGEST:
        faults.append(f"has {len(first)} characters, expected {LONGEST} at most")
    word = first.partition(" ")[0]
    if word in QUESTIONS or (word == "Whether" and not is_yes_or_no):
        faults.append(f"begins with {word!r}, expected a noun phrase or a verb")
    if not first.endswith((".", ":")):
        faults.append("does not end with a full stop or a colon")
    if others and others[0]:
        faults.append("goes on in the second line")
    return faults


def is_yes_or_no(node: Documented) -> bool:
    """Return whether a node is a property, or a function that returns a bool."""
    if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
        return False
    is_property = any("property" in ast.unparse(decorator) for decorator in node.decorator_list)
    return is_property or (node.returns is not None and ast.unparse(node.returns) == "bool")


def faults_in(source: str, name: str) -> Iterator[str]:
    """Yield a line for each fault of a module's docstrings."""
    for node in ast.walk(ast.parse(source)):
        docstring = ast.get_docstring(node) if isinstance(node, Documented) else None
        if docstring is not None:
            for fault in faults_of(docstring, is_yes_or_no(node)):
                line = getattr(node, "lineno", 1)
                yield f"{name}:{line}: the first line {fault}: {docstring.splitlines()[0]}"


def modules() -> dict[str, Path]:
    """Return all modules of the package by their path below the checkout, with slashes."""
    return {path.relative_to(ROOT).as_posix(): path for path in sorted(ROOT.glob("lenet/**/*.py"))}


def is_below(name: str, places: tuple[str, ...]) -> bool:
    """Return whether a path is one of some files or lies in one of some folders."""
    return any(name == place or name.startswith(f"{place}/") for place in places)


def test_first_lines_are_short_phrases():
    faults = [
        fault
        for name, path in modules().items()
        if not is_below(name, NOT_YET)
        for fault in faults_in(path.read_text(encoding="utf-8"), name)
    ]
    assert not faults, "\n".join(faults)


def test_what_is_not_yet_tested_exists():
    missing = [place for place in NOT_YET if not (ROOT / place).exists()]
    assert not missing


@pytest.mark.parametrize(
    ("docstring", "fault"),
    [
        ("What images are split into.", "begins with 'What'"),
        ("How images are split.", "begins with 'How'"),
        ("Whether images are split.", "begins with 'Whether'"),
        ("Stratified split of a data set", "full stop"),
        (f"Stratified split {'of a data set ' * 5}.", "has 88 characters"),
        ("Stratified split of\na data set.", "second line"),
    ],
)
def test_first_lines_that_break_the_rule_are_found(docstring, fault):
    source = f"def split():\n    '''{docstring}'''\n"
    (found, *_) = faults_in(source, "splits.py")
    assert found.startswith("splits.py:1: ")
    assert fault in "\n".join(faults_in(source, "splits.py"))


@pytest.mark.parametrize(
    "source",
    [
        "'''Stratified split of a data set.'''",
        "def split():\n    '''Split a data set:\n\n    stratified.'''",
        "class Split:\n    @property\n    def is_even(self):\n        '''Whether parts are equal.'''",
        "def is_even() -> bool:\n    '''Whether parts are equal.'''",
        "def split():\n    pass",
    ],
)
def test_first_lines_that_keep_the_rule_pass(source):
    assert not list(faults_in(source, "splits.py"))


def package_of(name: str) -> str:
    """Return the package of a module below lenet/, or the module itself."""
    return next((place for place in NOT_YET if is_below(name, (place,))), str(Path(name).parent))


def main(places: tuple[str, ...]) -> None:
    """Print the number of faults of each package, or all faults of some places."""
    counts: Counter[str] = Counter()
    for name, path in modules().items():
        faults = list(faults_in(path.read_text(encoding="utf-8"), name))
        counts[package_of(name)] += len(faults)
        if is_below(name, places):
            print("\n".join(faults), end="\n" if faults else "")
    if not places:
        for package, count in sorted(counts.items()):
            print(f"{count:5}  {package}{'' if package in NOT_YET else ', tested'}")


if __name__ == "__main__":
    main(tuple(sys.argv[1:]))
