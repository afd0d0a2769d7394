"""Text of a program: decoded, cut into tokens, edited, and encoded as it was."""

import ast
import io
import tokenize
import warnings
from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path
from typing import NamedTuple

from lenet import limits
from lenet.errors import DataError
from lenet.files import read_regular
from lenet.text import shown

Placed = ast.expr | ast.stmt | ast.keyword
NO_ARGUMENTS = ("NL", "NEWLINE", "COMMENT", "INDENT", "DEDENT")


class SourceError(DataError):
    """Program that cannot be read or understood."""


class OverlapError(ValueError):
    """Edits of which one changes what the other changes."""


@dataclass(frozen=True)
class Text:
    r"""A program's text, with what it takes to write it as it was.

    Parameters
    ----------
    text : str
        With ``\n`` at the ends of lines.
    encoding : str
    newline : str
        What its lines end with.
    """

    text: str
    encoding: str
    newline: str

    def encoded(self, text: str) -> bytes:
        """Return another text as the bytes of a file like this one."""
        return text.replace("\n", self.newline).encode(self.encoding)


def read_text(path: Path) -> Text:
    """Read a program.

    Raises
    ------
    SourceError
        If it cannot be read, is too large, or is not in the encoding that it names.
    """
    try:
        data = read_regular(path, limits.PROGRAM_BYTES)
        encoding, _ = tokenize.detect_encoding(io.BytesIO(data).readline)
        text = data.decode(encoding)
    except OSError as error:
        raise SourceError(f"cannot read {shown(path)}: {error.strerror}") from error
    except (SyntaxError, UnicodeDecodeError, LookupError) as error:
        raise SourceError(
            f"{shown(path)}: {error}: expected text in UTF-8, or in the encoding of a coding line"
        ) from error
    windows = 2 * text.count("\r\n") > text.count("\n")
    return Text(
        text.replace("\r\n", "\n").replace("\r", "\n"), encoding, "\r\n" if windows else "\n"
    )


class Edit(NamedTuple):
    """Replacement of a part of a text.

    Parameters
    ----------
    start, end : int
    text : str
        What is to stand there.
    owner : (int, int)
        Where the expression begins and ends that the text belongs to. Of several insertions at one place, those
        before inner expressions stand behind those before outer ones, and those behind them the other way round.
    """

    start: int
    end: int
    text: str
    owner: tuple[int, int]

    @property
    def order(self) -> tuple[int, int, int]:
        """Key by which edits are sorted."""
        if self.start < self.end:
            return self.start, self.end, 0
        extent = self.owner[1] - self.owner[0]
        return self.start, self.end, -extent if self.owner[1] > self.end else extent


class Source:
    r"""A program as text, syntax tree and tokens, and the edits that it is to get.

    Parameters
    ----------
    text : str
        With ``\n`` at the ends of lines.
    path : str
        For messages.

    Raises
    ------
    SourceError
        If it is no program for Python 3.
    """

    def __init__(self, text: str, path: str) -> None:
        self.text = text
        self.lines = text.split("\n")
        self.starts = [0, *accumulate(len(line) + 1 for line in self.lines)]
        self.tree = parsed(text, path)
        try:
            self.tokens = list(tokenize.generate_tokens(io.StringIO(text).readline))
        except (tokenize.TokenError, SyntaxError, IndentationError) as error:
            raise SourceError(f"{shown(path)}: {shown(error)}") from error
        self.places = [self.starts[t.start[0] - 1] + t.start[1] for t in self.tokens]
        self.edits: list[Edit] = []
        # Edits of parts as a whole, within which nothing else is edited.
        self.whole: list[Edit] = []
        # Parts that the new program does not have, of which there is nothing to say.
        self.left_out: list[tuple[int, int]] = []
        self.logical_lines = self._logical_lines()

    def _logical_lines(self) -> list[int]:
        """Return the numbers of the lines that begin a statement, from 1 on."""
        begins, found = True, []
        for token in self.tokens:
            kind = tokenize.tok_name[token.type]
            if kind == "NEWLINE":
                begins = True
            elif begins and kind not in ("NL", "COMMENT", "INDENT", "DEDENT", "ENDMARKER"):
                found.append(token.start[0])
                begins = False
        return found or [1]

    def start(self, node: Placed) -> int:
        """Return where a node begins, in letters from the text's begin."""
        return self.offset(node.lineno, node.col_offset)

    def end(self, node: Placed) -> int:
        """Return where a node ends."""
        assert node.end_lineno is not None
        assert node.end_col_offset is not None
        return self.offset(node.end_lineno, node.end_col_offset)

    def offset(self, line: int, column: int) -> int:
        """Return the place of a column that is counted in bytes of UTF-8."""
        text = self.lines[line - 1]
        if not text.isascii():
            column = len(text.encode()[:column].decode())
        return self.starts[line - 1] + column

    def line_of(self, place: int) -> int:
        """Return the number of a place's line, from 1 on."""
        return bisect_right(self.starts, place)

    def logical_line(self, line: int) -> tuple[int, int]:
        """Return the first and the last line of the statements that a line belongs to."""
        index = max(bisect_right(self.logical_lines, line) - 1, 0)
        first = self.logical_lines[index]
        following = self.logical_lines[index + 1 : index + 2]
        last = (following[0] if following else len(self.lines) + 1) - 1
        while last > first and self.lines[last - 1].strip()[:1] in ("", "#"):
            last -= 1
        return first, last

    def indent(self, line: int) -> str:
        """Return the blanks that a line begins with."""
        text = self.lines[line - 1]
        return text[: len(text) - len(text.lstrip(" \t\f"))]

    def replace(
        self, start: int, end: int, text: str, owner: tuple[int, int] | None = None
    ) -> None:
        """Note that a part of the text, perhaps of an expression, is to be replaced."""
        self.edits.append(Edit(start, end, text, owner or (start, end)))

    def replace_whole(self, start: int, end: int, text: str) -> None:
        """Note that a part of the text is to be replaced, whatever else is edited in it."""
        self.replace(start, end, text)
        self.whole.append(self.edits[-1])

    def is_left_out(self, node: Placed) -> bool:
        """Return whether a node is in a part that the new program does not have."""
        start, end = self.start(node), self.end(node)
        return any(first <= start and end <= last for first, last in self.left_out)

    def wrap(self, node: Placed, before: str, after: str) -> None:
        """Note that an expression is to stand between two texts."""
        owner = self.start(node), self.end(node)
        self.replace(owner[0], owner[0], before, owner)
        self.replace(owner[1], owner[1], after, owner)

    def drop_dead_edits(self) -> None:
        """Leave out edits within what is replaced as a whole."""
        for whole in self.whole:
            if any(edit is whole for edit in self.edits):
                start, end = whole.start, whole.end
                self.edits[:] = [
                    edit
                    for edit in self.edits
                    if edit is whole or not (start <= edit.owner[0] and edit.owner[1] <= end)
                ]

    def segment(self, node: ast.expr) -> str:
        """Return the text of a node."""
        return self.text[self.start(node) : self.end(node)]

    def token_after(self, place: int, letter: str) -> int:
        """Return where the next token begins that is a certain text."""
        index = bisect_left(self.places, place)
        while self.tokens[index].string != letter:
            index += 1
        return self.places[index]

    def arguments(self, call: ast.Call) -> tuple[list[tuple[int, int]], int]:
        """Return where arguments begin and end, with parentheses, and the call closes."""
        index = bisect_left(self.places, self.token_after(self.end(call.func), "(")) + 1
        spans = []
        for argument in self.in_order(call):
            index = self._next(index)
            begin, start = self.places[index], max(self.start(argument), self.places[index])
            opened = sum(
                token.string == "("
                for token in self.tokens[index : bisect_left(self.places, start)]
            )
            index = bisect_left(self.places, self.end(argument))
            if self.start(argument) < begin:  # a generator, whose parentheses are those of the call
                index -= 1
            end = self.end_before(index)
            for token in self.tokens[index:]:
                if not opened:
                    break
                index += 1
                if token.string == ")":
                    opened -= 1
                    end = self.end_before(index)
            spans.append((begin, end))
            index = self._next(index)
            index += self.tokens[index].string == ","
        return spans, self.places[self._next(index)]

    def in_order(self, call: ast.Call) -> list[ast.expr | ast.keyword]:
        """Return the arguments of a call in the order of the text."""
        arguments: list[ast.expr | ast.keyword] = [*call.args, *call.keywords]
        return sorted(arguments, key=self.start)

    def _next(self, index: int) -> int:
        """Return the number of the next token that is no comment and no end of a line."""
        while tokenize.tok_name[self.tokens[index].type] in NO_ARGUMENTS:
            index += 1
        return index

    def end_before(self, index: int) -> int:
        """Return where the last token before another ends, comments left aside."""
        index -= 1
        while tokenize.tok_name[self.tokens[index].type] in NO_ARGUMENTS:
            index -= 1
        return self.places[index] + len(self.tokens[index].string)

    def edited(self, first: int = 1, last: int | None = None) -> str:
        """Return the text of some lines, by default of all, with the edits done.

        Raises
        ------
        OverlapError
            If two edits overlap.
        """
        begin = self.starts[first - 1]
        stop = len(self.text) if last is None else min(self.starts[last], len(self.text))
        parts, place = [], begin
        for start, end, new, _ in sorted(self.edits, key=lambda edit: edit.order):
            if start < begin or (start >= stop and not (last is None and start == stop)):
                continue
            if start < place:
                raise OverlapError(f"line {self.line_of(start)}: two changes at one place")
            parts += [self.text[place:start], new]
            place = end
        return "".join([*parts, self.text[place:stop]])


def parsed(text: str, path: str) -> ast.Module:
    """Return the syntax tree of a program.

    Raises
    ------
    SourceError
        If there is none.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of strange escapes in strings
            return ast.parse(text, path)
    except SyntaxError as error:
        from lenet.theano_compat.python2.hints import python2_syntax

        old = python2_syntax(error)
        hint = ": the program is written for Python 2: add --python2" if old else ""
        where = f"{shown(path)}:{error.lineno or 1}"
        raise SourceError(f"{where}: {shown(error.msg)}{hint}") from error
    except (ValueError, RecursionError, MemoryError) as error:
        reason = str(error) or "too deeply nested"
        raise SourceError(f"{shown(path)}: {shown(reason)}") from error
