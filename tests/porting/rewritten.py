"""Ports of snippets, without comments on what to check."""

from lenet.porting.findings import MARK, Ported
from lenet.porting.rewriting import port

HEAD = "import theano\nimport theano.tensor as T\n"
NEW_HEAD = "import pytensor\nimport pytensor.tensor as T\n"


def ported(text: str, **options: bool) -> Ported:
    """Return the port of a text."""
    return port(text, "program.py", **options)


def after(text: str, **options: bool) -> str:
    """Return what becomes of a text, without the comments."""
    lines = ported(text, **options).text.split("\n")
    return "\n".join(line for line in lines if not line.lstrip().startswith((MARK, "#       ")))


def body(text: str) -> str:
    """Return what becomes of statements behind the two usual imports, without imports."""
    lines = after(HEAD + text).split("\n")
    return "\n".join(line for line in lines if not line.startswith(("import ", "from ")))


def left(text: str) -> list[str]:
    """Return what is left of statements behind the two usual imports."""
    return [reason for change in ported(HEAD + text).left for reason in change.reasons]


def checks(text: str) -> list[str]:
    """Return what is to be checked of statements behind the two usual imports."""
    return [change.reasons[0] for change in ported(HEAD + text).checks]
