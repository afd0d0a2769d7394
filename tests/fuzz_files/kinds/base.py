"""What each kind of file has: how good ones are made, how they are harmed, and what reads them."""

import gzip
import random
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, ClassVar

from tests.fuzz_files.children import Places, WrongResult
from tests.fuzz_files.mutations import mutated, odd_file


class Kind:
    """A kind of file, or of several that are read together.

    Attributes
    ----------
    name : str
    is_heavy : bool
        Whether its reader imports PyTensor.
    leaves, says, starts
        See `Children`.
    """

    name: ClassVar[str]
    is_heavy: ClassVar[bool] = False
    leaves: ClassVar[tuple[str, ...]] = ()
    says: ClassVar[str] = "$^"
    starts: ClassVar[tuple[str, ...]] = ()

    def prepare(self, shared: Path) -> None:
        """Import what the reader needs, and make what all cases begin with, in `shared` if it is files."""

    def intact(self, folder: Path) -> None:
        """Write files that are as they should be."""
        raise NotImplementedError

    def harm(self, rng: random.Random, folder: Path, story: list[str]) -> None:
        """Do something to them, and say what."""
        raise NotImplementedError

    def read(self, where: Places) -> int:
        """Read them as the command line does, and return its exit status."""
        raise NotImplementedError


def harm_file(
    rng: random.Random,
    path: Path,
    story: list[str],
    forge: Callable[[], bytes] | None = None,
    donor: bytes = b"",
    opened: bool = False,
) -> None:
    """Damage a file, write a forged one or put something else in its place, unless others open it."""
    chance = rng.random()
    if chance < 0.04 and not opened:
        odd_file(rng, path, story)
    elif forge is not None and chance < 0.6:
        data = forge()
        if rng.random() < 0.2:
            data = mutated(rng, data, donor, story)
        path.write_bytes(data)
    else:
        data = path.read_bytes()
        path.write_bytes(mutated(rng, data, donor or data, story))


def require(condition: Any, reason: str) -> None:
    """Raise `WrongResult` unless a condition holds."""
    if not condition:
        raise WrongResult(reason)


def require_whole_gzip(path: Path) -> None:
    """Raise `WrongResult` if a compressed file that has been taken does not fit its checksums."""
    data = path.read_bytes()
    if data[:2] != b"\x1f\x8b":
        return
    try:
        gzip.decompress(data)
    except Exception as error:
        raise WrongResult(f"taken, though it does not unpack: {error}") from error


def packed(data: bytes) -> bytes:
    """Return bytes as a gzip file, which has no date."""
    return gzip.compress(data, 1, mtime=0)


@cache
def bomb(size: int, piece: int = 1 << 24) -> bytes:
    """Return a gzip file that unpacks to so many zeros."""
    return gzip.compress(bytes(piece), 9, mtime=0) * (size // piece)


def pick(rng: random.Random, makers: dict[str, Callable[[], bytes]], story: list[str]) -> bytes:
    """Return what one of some functions makes, and write down which."""
    name = rng.choice(list(makers))
    story.append(name)
    return makers[name]()
