"""Pictures in all formats that Pillow writes, and forged ones."""

import io
import os
import random
import struct
import zlib
from collections.abc import Iterator
from contextlib import contextmanager

MODES = ("1", "L", "P", "RGB", "RGBA", "LA", "I", "I;16", "F", "CMYK", "YCbCr", "LAB")
TIFF_COMPRESSIONS = (
    *("raw", "tiff_lzw", "tiff_adobe_deflate", "packbits", "jpeg", "group4", "group3", "lzma"),
)


def picture(rng: random.Random, form: str) -> bytes:
    """Return a small picture in a format, in one of the modes that it has.

    libtiff leaves a byte or two between its tables to chance, which nothing reads.
    """
    from PIL import Image, features

    sides = rng.choice(((5, 4), (16, 16), (33, 7), (64, 48)))
    noise = Image.frombytes("RGB", sides, rng.randbytes(3 * sides[0] * sides[1]))
    for mode in (rng.choice(MODES), "RGB", "L", "plain"):
        is_plain = mode == "plain"
        mode = "RGB" if is_plain else mode
        try:
            image = noise.convert("L").convert(mode) if mode[0] in "IF" else noise.convert(mode)
            options: dict = {}
            if form == "TIFF":
                with_libtiff = features.check("libtiff") and not is_plain
                options["compression"] = rng.choice(TIFF_COMPRESSIONS) if with_libtiff else "raw"
                options["tiffinfo"] = {274: rng.randrange(1, 9)}
                pages = [image] * rng.choice((0, 0, 1, 3))
                options |= {"save_all": True, "append_images": pages} if pages else {}
            elif form == "GIF":
                options |= {
                    "save_all": True,
                    "append_images": [image.rotate(90)] * rng.choice((0, 2)),
                }
            elif form == "JPEG":
                options |= {"progressive": bool(rng.randrange(2)), "quality": rng.choice((10, 90))}
                exif = Image.Exif()
                exif[274] = rng.randrange(9)
                options["exif"] = exif
            elif form == "PNG":
                options |= {"interlace": rng.randrange(2)}
            buffer = io.BytesIO()
            with silence():
                image.save(buffer, form, **options)
            return buffer.getvalue()
        except Exception:  # not all formats have all modes
            continue
    raise AssertionError(f"no picture in {form}")


@contextmanager
def silence() -> Iterator[None]:
    """Keep libtiff, which knows nothing of Python, from the terminal while pictures are made."""
    kept, nowhere = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 2)
    try:
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nowhere)


def chunk(kind: bytes, data: bytes, length: int | None = None) -> bytes:
    """Return a chunk of a PNG file."""
    size = len(data) if length is None else length
    return (
        struct.pack(">I", size & 0xFFFFFFFF)
        + kind
        + data
        + struct.pack(">I", zlib.crc32(kind + data))
    )


def png(rng: random.Random) -> bytes:
    """Return a PNG file whose chunks say odd things, with checksums that fit."""
    sides = rng.choice(
        (
            (4, 4),
            (0, 4),
            (10_000, 10_000),
            (9999, 9999),
            (1 << 31, 1),
            (1 << 16, 1 << 16),
            (100_000_000, 1),
            (50_000_000, 2),
            (900_000, 100),
            (30_000, 3300),
        )
    )
    depth, kind = rng.choice(((8, 2), (8, 0), (16, 6), (8, 6), (1, 3), (16, 0), (8, 5), (99, 2)))
    body = zlib.compress(bytes(rng.choice((64, 1 << 20, 100_000_000))), 1)
    text = zlib.compress(bytes(rng.choice((10, 1 << 26))))
    odd = rng.choice(
        (
            chunk(b"zTXt", b"a\0\0" + text),
            chunk(b"iTXt", b"a\0\1\0\0\0" + text),
            chunk(b"iCCP", b"a\0\0" + text),
            chunk(b"tEXt", b"\x1b[31m\0" + b"x" * 100),
            chunk(b"PLTE", bytes(rng.choice((3, 5, 3000)))),
            chunk(b"tRNS", bytes(rng.choice((0, 1, 300)))),
            chunk(b"eXIf", b"II*\0" + struct.pack("<I", 1 << 30) + bytes(20)),
            chunk(b"acTL", struct.pack(">II", 1 << 30, 0)),
            chunk(b"abcd", b"x", rng.choice((1 << 31, (1 << 32) - 1))),
            b"",
        )
    )
    header = struct.pack(
        ">IIBBBBB", sides[0] & 0xFFFFFFFF, sides[1], depth, kind, 0, 0, rng.randrange(2)
    )
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + odd
        + chunk(b"IDAT", body)
        + chunk(b"IEND", b"")
    )


def tiff(rng: random.Random) -> bytes:
    """Return a TIFF file whose tags say odd things."""
    end, order = rng.choice((("<", b"II"), (">", b"MM")))
    sizes = (0, 1, 4, 9, 60_000, 1 << 31, (1 << 32) - 1)
    tags = {256: 4, 257: 4, 258: 8, 259: 1, 262: 1, 273: 8, 277: 1, 278: 4, 279: 16, 274: 1, 339: 1}
    for _ in range(rng.choice((1, 2, 4))):
        tags[rng.choice((*tags, 320, 322, 323, 324, 325, 317, 266, 284, 338, 347, 700, 34675))] = (
            rng.choice((*sizes, 2, 3, 5, 7, 8, 16, 32, 32773, 34712, 50000))
        )
    entries = [
        struct.pack(
            end + "HHII",
            tag,
            4 if rng.randrange(12) else rng.choice((1, 2, 3, 5, 7, 12, 99)),
            1 if rng.randrange(12) else rng.choice((0, 3, 1 << 28, (1 << 32) - 1)),
            value,
        )
        for tag, value in sorted(tags.items())
    ]
    pixels = bytes(16)
    following = rng.choice((0, 0, 8, 24, 26, 1 << 31))  # 24 is this page again
    pages = (
        struct.pack(end + "H", len(entries)) + b"".join(entries) + struct.pack(end + "I", following)
    )
    return order + struct.pack(end + "HI", 42, 24) + pixels + pages


def bitmap(rng: random.Random) -> bytes:
    """Return a BMP file with an odd header."""
    sides = [rng.choice((4, 0, -4, 1, 30_000, 1 << 30, -(1 << 31))) for _ in range(2)]
    depth, packing = rng.choice((1, 4, 8, 16, 24, 32, 0, 64)), rng.choice((0, 1, 2, 3, 4, 9))
    header = struct.pack(
        "<IiiHHIIiiII", 40, *sides, 1, depth, packing, 0, 0, 0, rng.choice((0, 256, 1 << 31)), 0
    )
    return (
        b"BM"
        + struct.pack("<IHHI", 200, 0, 0, rng.choice((54, 0, 1 << 31)))
        + header
        + rng.randbytes(300)
    )


def gif(rng: random.Random) -> bytes:
    """Return a GIF file with odd sizes of its screen and its frames."""
    sides = [rng.choice((4, 0, 1, 65_535, 9_000)) for _ in range(2)]
    frame = struct.pack(
        "<HHHHB", *[rng.choice((0, 4, 65_535)) for _ in range(4)], rng.choice((0, 0x47, 0xC0))
    )
    blocks = b"".join(bytes([255]) + rng.randbytes(255) for _ in range(rng.choice((0, 1, 200))))
    extension = b"\x21\xf9\x04\x09\0\0\xff\0"
    return (
        b"GIF89a"
        + struct.pack("<HHBBB", *sides, rng.choice((0, 0xF7, 0x80)), 0, 0)
        + bytes(6)
        + extension
        + b"\x2c"
        + frame
        + b"\x08"
        + blocks
        + b"\0;"
    )


def jpeg(rng: random.Random) -> bytes:
    """Return a JPEG file that claims another size."""
    data = bytearray(picture(rng, "JPEG"))
    for at in range(len(data) - 9):
        if data[at] == 0xFF and data[at + 1] in (0xC0, 0xC2):
            data[at + 5 : at + 9] = struct.pack(
                ">HH", *[rng.choice((0, 1, 2, 9_000, 65_535)) for _ in range(2)]
            )
            break
    return bytes(data)
