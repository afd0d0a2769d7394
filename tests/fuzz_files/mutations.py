"""Damage to bytes and text, and what may lie in the place of a file."""

import os
import random
import socket
from collections.abc import Callable
from pathlib import Path

HUGE = (
    0,
    1,
    0x7F,
    0x80,
    0xFF,
    0x7FFF,
    0xFFFF,
    0x7FFFFFFF,
    0x80000000,
    0xFFFFFFFF,
    1 << 40,
    (1 << 63) - 1,
    (1 << 64) - 1,
)
NUMBERS = (
    *("0", "-1", "1e400", "-inf", "nan", "1e-400", "0x10", "1_0", "+5", "1.5", "٣", "²", "true"),
    *(str(1 << 31), str(1 << 63), str(1 << 80), "9" * 400, "9" * 5000),
)
TEXTS = (
    *(
        "",
        " ",
        "\0",
        "\x1b[31mred\x1b[0m",
        "\x9b31m",
        "a\nb",
        "a\r\nb",
        "\u202eabc",
        "\ufeff",
        "=1+1",
    ),
    *(
        "@x",
        "-x",
        "--help",
        "../../x",
        "/etc/passwd",
        "%s%n",
        "{0}",
        "a" * 300,
        "a" * 70000,
        "ü",
        "😀",
    ),
    *(
        "\udc80",
        "\u2028",
        "<script>alert(1)</script>",
        "]]>",
        "NaN",
        "None",
        "[[[[[[",
        '"',
        "'",
        "\\",
    ),
)
DEPTHS = (50, 900, 5000, 100_000)


def mutated(rng: random.Random, data: bytes, donor: bytes, story: list[str]) -> bytes:
    """Return bytes with one to four kinds of damage, as they are written down in `story`."""
    for _ in range(rng.choice((1, 1, 1, 2, 3, 4))):
        damage = rng.choice(DAMAGES)
        at = place(rng, data)
        length = min(len(data) - at, int(2 ** rng.uniform(0, 12)))
        data = damage(rng, data, at, length, donor)
        story.append(f"{damage.__name__} at {at} ({length})")
    return data


def place(rng: random.Random, data: bytes) -> int:
    """Return an index, often one near the beginning or the end, where headers and tables are."""
    n = len(data)
    near = int(2 ** rng.uniform(0, 9))
    return min(max(0, rng.choice((near, n - near, rng.randrange(n + 1)))), n)


def flip(rng, data, at, length, donor):
    """Invert a few bits."""
    changed = bytearray(data)
    for _ in range(rng.choice((1, 1, 1, 4, 16))):
        if changed:
            changed[place(rng, data) % len(changed)] ^= 1 << rng.randrange(8)
    return bytes(changed)


def cut(rng, data, at, length, donor):
    return data[:at]


def behead(rng, data, at, length, donor):
    return data[min(at, 64) :]


def take_out(rng, data, at, length, donor):
    return data[:at] + data[at + length :]


def double(rng, data, at, length, donor):
    times = rng.choice((1, 1, 2, 50))
    return data[:at] + data[at : at + length] * times + data[at:]


def zero(rng, data, at, length, donor):
    return data[:at] + bytes([rng.choice((0, 0, 255))]) * length + data[at + length :]


def noise(rng, data, at, length, donor):
    return data[:at] + rng.randbytes(length) + data[at + length :]


def splice(rng, data, at, length, donor):
    start = place(rng, donor)
    return data[:at] + donor[start : start + length] + data[at + rng.choice((0, length)) :]


def number(rng, data, at, length, donor):
    """Write a number where a length may stand, in the order of bytes of either kind."""
    size = rng.choice((1, 2, 4, 4, 8))
    value = rng.choice(HUGE) + rng.choice((-1, 0, 0, 1))
    raw = (value % (1 << 8 * size)).to_bytes(size, rng.choice(("little", "big")))
    at = rng.choice((at, at & ~3))
    return data[:at] + raw + data[at + size :]


def swap(rng, data, at, length, donor):
    other = place(rng, data)
    first, second = sorted((at, other))
    return data[second:] + data[first:second] + data[:first]


def append(rng, data, at, length, donor):
    return data + rng.choice((b"\n", bytes(length), rng.randbytes(length), donor[:length], data))


DAMAGES: tuple[Callable[..., bytes], ...] = (
    # Those that leave most of a file, its first bytes above all, reach deeper into its reader.
    *(flip, flip, flip, flip, number, number, number, number, zero, zero, noise, noise),
    *(splice, splice, take_out, take_out, cut, cut, double, append, behead, swap),
)


def mutated_text(rng: random.Random, text: str, story: list[str]) -> bytes:
    """Return text in which numbers and words have become others, or lines are moved about."""
    for _ in range(rng.choice((1, 1, 2, 4))):
        at = rng.randrange(len(text) + 1)
        odd = rng.choice((*TEXTS, *NUMBERS))
        match rng.randrange(6):
            case 0:
                text, what = text[:at] + odd + text[at:], f"{odd[:20]!r} at {at}"
            case 1:
                words = [word for word in text.replace(",", " ").split() if word]
                word = rng.choice(words or [""])
                text, what = text.replace(word, odd, 1), f"{odd[:20]!r} for {word[:20]!r}"
            case 2:
                lines = text.splitlines(keepends=True) or [""]
                rng.shuffle(lines)
                text, what = "".join(lines), "lines shuffled"
            case 3:
                lines = text.splitlines(keepends=True) or [""]
                lines.insert(rng.randrange(len(lines) + 1), rng.choice(lines))
                text, what = "".join(lines), "a line doubled"
            case 4:
                text, what = text[:at], f"cut at {at}"
            case _:
                depth, bracket = rng.choice(DEPTHS), rng.choice('[{("')
                text, what = text[:at] + bracket * depth + text[at:], f"{depth} {bracket} at {at}"
        story.append(what)
    data = text.encode(errors="surrogateescape" if "\udc80" in text else "surrogatepass")
    if not rng.randrange(12):
        encoding = rng.choice(("utf-16", "utf-32", "latin1"))
        data = text.encode(encoding, errors="replace")
        story.append(encoding)
    return data


def damaged(rng: random.Random, data: bytes, donor: bytes, story: list[str]) -> bytes:
    """Return a text file as `mutated` or as `mutated_text` leaves it."""
    if rng.randrange(3):
        return mutated_text(rng, data.decode(), story)
    return mutated(rng, data, donor, story)


def odd_value(rng: random.Random, depth: int = 2):
    """Return a value that JSON or TOML may hold in the place of another."""
    kind = rng.randrange(8 if depth else 6)
    match kind:
        case 0:
            return rng.choice((0, -1, 1, 7, 1 << 31, 1 << 63, 1 << 80, 10**400, -(1 << 63)))
        case 1:
            return rng.choice((0.0, -0.5, 1e300, float("inf"), float("nan"), 1e-320))
        case 2:
            return rng.choice((True, False, None))
        case 3 | 4 | 5:
            return rng.choice(TEXTS)
        case 6:
            return [odd_value(rng, depth - 1) for _ in range(rng.choice((0, 1, 2, 4)))]
    return {rng.choice(TEXTS): odd_value(rng, depth - 1) for _ in range(rng.choice((0, 1, 2)))}


def odd_file(rng: random.Random, path: Path, story: list[str]) -> None:
    """Put something else in the place of a file."""
    path.unlink(missing_ok=True)
    makers: dict[str, Callable[[], object]] = {
        "pipe": lambda: os.mkfifo(path),
        "folder": lambda: path.mkdir(),
        "zeros": lambda: path.symlink_to("/dev/zero"),
        "nothing": lambda: path.symlink_to("/dev/null"),
        "full disk": lambda: path.symlink_to("/dev/full"),
        "link to itself": lambda: path.symlink_to(path.name),
        "link to nowhere": lambda: path.symlink_to("nowhere"),
        "link to its folder": lambda: path.symlink_to("."),
        "empty file": lambda: path.write_bytes(b""),
        "socket": lambda: bound(path),
        "file of 64 GB": lambda: sparse(path),
    }
    chosen = rng.choice(list(makers))
    makers[chosen]()
    story.append(f"in its place: {chosen}")


def bound(path: Path) -> None:
    """Make a socket; its name must be short, so it is made in its folder."""
    with socket.socket(socket.AF_UNIX) as end:
        here = os.getcwd()
        os.chdir(path.parent)
        try:
            end.bind(path.name)
        finally:
            os.chdir(here)


def sparse(path: Path) -> None:
    """Make a file of 64 GB that takes no room."""
    with path.open("wb") as file:
        file.truncate(1 << 36)
