"""Forged pickles: programs that would run something, take all memory, or overflow the stack."""

import pickle
import pickletools
import random
import struct
from collections.abc import Callable

from tests.fuzz_files.mutations import TEXTS

# Each would leave a trace that the audit hook or the look at the folders finds.
CALLS: tuple[tuple[str, str, tuple], ...] = (
    ("os", "system", ("touch canary",)),
    ("posix", "system", ("touch canary",)),
    ("nt", "system", ("touch canary",)),
    ("subprocess", "Popen", (["touch", "canary"],)),
    ("subprocess", "check_output", (["touch", "canary"],)),
    ("builtins", "exec", ("open('canary', 'w')",)),
    ("builtins", "eval", ("open('canary', 'w')",)),
    ("__builtin__", "eval", ("open('canary', 'w')",)),
    ("builtins", "open", ("canary", "w")),
    ("io", "open", ("/etc/passwd",)),
    ("builtins", "getattr", ("a", "upper")),
    ("builtins", "__import__", ("antigravity",)),
    ("importlib", "import_module", ("antigravity",)),
    ("pathlib", "Path", ("canary",)),
    ("pathlib", "PosixPath.touch", ("canary",)),
    ("shutil", "rmtree", (".",)),
    ("os", "kill", (0, 9)),
    ("numpy", "load", ("/etc/passwd",)),
    ("numpy", "fromfile", ("/etc/passwd", "u1")),
    ("numpy", "memmap", ("canary", "u1", "w+", 0, (9,))),
    ("numpy", "zeros", (1 << 34,)),
    ("numpy.core.multiarray", "fromfile", ("/etc/passwd", "u1")),
    ("numpy._core.multiarray", "fromstring", (b"abc", "u1")),
    ("numpy.f2py", "compile", ("x",)),
    ("numpy.core._internal", "_view_is_safe", (1, 2)),
    ("ctypes", "string_at", (0,)),
    ("copyreg", "_reconstructor", (0, 0, 0)),
    ("copyreg", "add_extension", ("os", "system", 1)),
    ("_codecs", "lookup", ("rot13",)),
    ("_codecs", "encode", ("a", "rot13")),
    ("_codecs", "encode", ("ü" * 9, "latin1")),
    ("theano.misc.pkl_utils", "load", ("canary",)),
    ("collections", "OrderedDict", ([("a", 1)],)),
    ("builtins", "set", ([1],)),
    ("builtins", "range", (1 << 40,)),
    ("builtins", "bytearray", (1 << 34,)),
    ("builtins", "bytes", (1 << 34,)),
    ("lenet.runs.checkpoint", "write_atomically", ("canary", b"x")),
)
END = b"."
DEPTH = (200, 3000, 50_000, 400_000)
CLAIMS = (1 << 20, 1 << 27, 1 << 31, (1 << 32) - 1, 1 << 36, 1 << 40, (1 << 62), (1 << 64) - 1)


def body(value: object, protocol: int = 2) -> bytes:
    """Return the opcodes that leave a value on the stack."""
    return pickle.dumps(value, protocol)[2 if protocol > 1 else 0 : -1]


def called(rng: random.Random) -> bytes:
    """Return opcodes that call a function, in one of the ways there are."""
    module, name, arguments = rng.choice(CALLS)
    named = f"{module}\n{name}\n".encode()
    match rng.randrange(7):
        case 0:
            return b"c" + named + body(arguments) + b"R"
        case 1:
            return body(module) + body(name) + b"\x93" + body(arguments) + b"R"
        case 2:
            return b"(" + b"".join(map(body, arguments)) + b"i" + named
        case 3:
            return b"(c" + named + b"".join(map(body, arguments)) + b"o"
        case 4:
            return b"c" + named + body(arguments) + b"\x81"
        case 5:
            return b"c" + named + body(arguments) + b"}\x92"
    return b"c" + named + b")R" + body({"__setstate__": 1}) + b"b"


def memo(rng: random.Random) -> bytes:
    index = rng.choice((1 << 8, 1 << 16, 1 << 20, 1 << 24, 1 << 28, (1 << 32) - 1))
    put = struct.pack("<BI", 0x72, index), b"p%d\n" % rng.choice((index, 1 << 40, 1 << 62, -1))
    get = struct.pack("<BI", 0x6A, index), b"g%d\n" % index
    return b"N" + rng.choice(put) + rng.choice((b"", *get))


def nested(rng: random.Random) -> bytes:
    depth = rng.choice(DEPTH)
    match rng.randrange(6):
        case 0:
            return b"N" + b"\x85" * depth
        case 1:
            return b"}N" + b"\x85" * depth + b"K\x01s"
        case 2:
            return b"]" * depth + b"a" * (depth - 1)
        case 3:
            return b"(" * depth + b"t" * depth
        case 4:
            return b"}K\x00" * depth + b"N" + b"s" * depth
    return b"c_codecs\nencode\n" * depth + b"N" + b"\x85R" * depth


def doubled(rng: random.Random) -> bytes:
    """Return opcodes of a value that holds the next one twice, that one the next, and so on."""
    depth, pairs = rng.choice((10, 20, 30, 60)), rng.choice((True, False))
    step = b"2\x86" if pairs else b"q\x00]h\x00ah\x00a"
    value = (b"N" if pairs else b"]") + step * depth
    return rng.choice((value, b"}" + value + b"K\x01s", b"cnumpy\ndtype\n" + value + b"\x85R"))


def claimed(rng: random.Random) -> bytes:
    """Return opcodes that claim more bytes than there are."""
    size = rng.choice(CLAIMS)
    opcode, form = rng.choice(
        (
            (b"\x96", "<Q"),
            (b"\x8e", "<Q"),
            (b"\x8d", "<Q"),
            (b"\x95", "<Q"),
            (b"B", "<I"),
            (b"X", "<I"),
            (b"T", "<i"),
            (b"\x8b", "<i"),
        )
    )
    kept = size % (1 << 31 if form == "<i" else 1 << 8 * struct.calcsize(form))
    return opcode + struct.pack(form, kept) + b"x" * rng.choice((0, 10))


def numbers(rng: random.Random) -> bytes:
    digits = b"9" * rng.choice((10, 4000, 5000, 300_000))
    return rng.choice(
        (
            b"L" + digits + b"L\n",
            b"I" + digits + b"\n",
            b"F" + digits + b"\n",
            b"Fnan\n",
            b"I01\n",
            b"\x8b" + struct.pack("<i", 100_000) + b"\x7f" * 100_000,
            b"\x8b" + struct.pack("<i", -1),
        )
    )


def dtype(rng: random.Random) -> bytes:
    code = rng.choice(
        ("u1", "f4", "f8", "i8", "O8", "O", "V8", "S3", "U3", "M8", "c16", "b1", *TEXTS[:14])
    )
    state = rng.choice(
        (
            (3, "<", None, None, None, -1, -1, 0),
            (3, "\x1b", None),
            (),
            7,
            (3, "|", ("u1", (9,)), None),
        )
    )
    named = b"cnumpy\ndtype\n" + body((code, rng.choice((0, 1)), 1)) + b"R"
    return named + rng.choice((b"", body(state) + b"b"))


def array(rng: random.Random) -> bytes:
    """Return opcodes of an array whose state does not fit."""
    shape = rng.choice(
        (
            (2, 2),
            (1 << 62, 4),
            (-1,),
            (-1, -4),
            (0,),
            (),
            "ab",
            (1 << 40, 0),
            (2.0,),
            (None,),
            ((2,),),
        )
    )
    data = rng.choice((b"abcd", b"", "abcd", "\u1234", None, [1, 2], bytearray(4), 7))
    core = rng.choice((b"numpy.core", b"numpy._core"))
    start = b"c" + core + b".multiarray\n_reconstruct\ncnumpy\nndarray\nK\x00\x85C\x01b\x87R"
    state = (
        b"("
        + body(1)
        + body(shape)
        + dtype(rng)
        + rng.choice((b"\x88", b"\x89", b"K\x07"))
        + body(data)
        + b"t"
    )
    match rng.randrange(3):
        case 0:
            return start + state + b"b"
        case 1:
            order = rng.choice(("C", "F", "A", "\x1b", 7))
            return (
                b"c"
                + core
                + b".numeric\n_frombuffer\n("
                + body(data)
                + dtype(rng)
                + body(shape)
                + body(order)
                + b"tR"
            )
    return b"c" + core + b".multiarray\nscalar\n" + dtype(rng) + body(data) + b"\x86R"


def names(rng: random.Random) -> bytes:
    """Return opcodes that ask for something with an odd name."""
    odd = [rng.choice(TEXTS).replace("\n", " ").encode(errors="surrogatepass") for _ in range(2)]
    return rng.choice(
        (
            b"c%s\n%s\n)R" % tuple(odd),
            b"P%s\n" % odd[0],
            body(rng.choice(("ndarray.pkl", "ndarray.../../etc/passwd", "x", 7, None))) + b"Q",
            body(TEXTS[2]) + body(TEXTS[2]) + b"\x93",
            b"X" + struct.pack("<I", len(odd[0])) + odd[0],
        )
    )


def program(rng: random.Random) -> bytes:
    """Return a few opcodes at random, with arguments that may be theirs."""
    parts = []
    for _ in range(rng.choice((3, 10, 40))):
        opcode = rng.choice(pickletools.opcodes)
        parts.append(opcode.code.encode("latin1"))
        if opcode.arg is not None:
            n = opcode.arg.n
            parts.append(rng.choice((b"1\n", b"a\nb\n")) if n == -1 else rng.randbytes(max(n, 1)))
    return b"N" * 3 + b"".join(parts)


FORGERS: tuple[Callable[[random.Random], bytes], ...] = (
    *(called, called, memo, nested, doubled, claimed, numbers, dtype, array, array, names, program),
)


def forged(rng: random.Random, good: list[object], story: list[str]) -> bytes:
    """Return a pickle: a good value, parts of it in its place or beside it forged.

    Parameters
    ----------
    rng : random.Random
    good : list
        Values whose pickles are what the reader expects.
    story : list of str
    """
    forge = rng.choice(FORGERS)
    story.append(forge.__name__)
    odd = forge(rng)
    head = b"\x80" + bytes([rng.choice((2, 4, 5))])
    whole = rng.choice(good)
    match rng.randrange(4):
        case 0 if isinstance(whole, dict):
            # The last entry of a key wins.
            return head + body(whole) + body(rng.choice(list(whole))) + odd + b"s" + END
        case 1:
            return head + odd + b"0" + body(whole) + END
        case 2 if isinstance(whole, tuple | list):
            return head + b"(" + b"".join([*map(body, whole[:-1]), odd]) + b"t" + END
    return head + odd + END
