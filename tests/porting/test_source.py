"""Texts as they are found: encodings, ends of lines, tabs; and those that are no programs."""

import pytest

from lenet import limits
from lenet.porting.source import OverlapError, Source, SourceError, read_text
from tests.porting.rewritten import after

TEXT = "import theano\nname = 'Äpfel'\n"


def rewritten(path, data: bytes) -> bytes:
    path.write_bytes(data)
    text = read_text(path)
    return text.encoded(after(text.text))


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
@pytest.mark.parametrize("coding", ["utf-8", "latin-1", "cp1252"])
def test_bytes_but_for_the_changes_stay(tmp_path, newline, coding):
    text = f"# -*- coding: {coding} -*-\n{TEXT}".replace("\n", newline)
    new = rewritten(tmp_path / "p.py", text.encode(coding))
    assert new == text.replace("theano", "pytensor").encode(coding)


def test_byte_order_mark_stays(tmp_path):
    new = rewritten(tmp_path / "p.py", TEXT.encode("utf-8-sig"))
    assert new == TEXT.replace("theano", "pytensor").encode("utf-8-sig")


@pytest.mark.parametrize(
    "text",
    [
        "import theano\ndef f():\n\tif x:\n\t\treturn theano.shared(0)\n",
        "import theano\nx = [theano.shared(0),  # one\n\n     2]  # two",
        "import theano\n\n\x0cx = theano.shared(0)\n",
        "import theano  # kept\nx = 1\n",
        "#!/usr/bin/env python\n'''Doc.'''\nfrom __future__ import division\nimport theano\n",
        "import theano\nx = 1; y = theano.shared(x); z = 2\n",
        "import theano\nx = '\u2028'; y = theano.shared(x)\n",
        "import theano\nif x: y = theano.shared(x)\nelif z: y = theano.shared(z)\nelse: y = 0\n",
        "import theano\nf(x for x in theano.shared(0))\n",
        "import theano\nf((x for x in y), (theano.shared)(0))\n",
    ],
)
def test_layout_and_comments_stay(text):
    assert after(text) == text.replace("theano", "pytensor")


BAD = {
    b"import theano\nx = (\n": r"program\.py:2",
    b"print 'a'\n": "--python2",
    b"x = '\xff'\n": "UTF-8",
    b"# coding: nonsense\n": "nonsense",
    b"x = 1\0\n": "null",
    b"x = " + b"(" * 300 + b")" * 300: "nested",
    b"x = " + b"-" * 100_000 + b"1\n": "nested|recursion|memory|stack",
    b"x = 1" + b" + 1" * 50_000: "nested|recursion|memory|stack",
    b"def f():\n  x\n y\n": "indent",
}


@pytest.mark.parametrize("data", BAD, ids=[data[:12].decode("latin-1") for data in BAD])
def test_what_is_no_program_is_said_in_one_line(tmp_path, data):
    path = tmp_path / "p.py"
    path.write_bytes(data)
    with pytest.raises(SourceError, match=f"(?i){BAD[data]}") as caught:
        after(read_text(path).text)
    assert "\n" not in str(caught.value)


def test_too_large_and_missing(tmp_path, monkeypatch):
    monkeypatch.setattr(limits, "PROGRAM_BYTES", 5)
    path = tmp_path / "p.py"
    with pytest.raises(SourceError, match="No such file"):
        read_text(path)
    path.write_text("x = 1\n")
    with pytest.raises(SourceError, match="more than"):
        read_text(path)


def test_arguments_of_a_call():
    text = "f(a, (b), *c, d=(1, 2), e=lambda x, y: x,  # no\n  **g,)\n"
    program = Source(text, "p.py")
    spans, close = program.arguments(program.tree.body[0].value)
    found = [text[start:end] for start, end in spans]
    assert found == ["a", "(b)", "*c", "d=(1, 2)", "e=lambda x, y: x", "**g"]
    assert text[close] == ")"


def test_overlapping_edits_are_refused():
    program = Source("x = 1\n", "p.py")
    program.replace(0, 3, "y")
    program.replace(2, 5, "z")
    with pytest.raises(OverlapError, match="line 1"):
        program.edited()


def test_overlapping_edits_of_a_port_are_one_line(tmp_path, monkeypatch):
    monkeypatch.setattr(Source, "drop_dead_edits", lambda self: self.replace(7, 9, ""))
    with pytest.raises(SourceError, match=r"program\.py: line 1: two changes at one place; "):
        after("import theano\n")
