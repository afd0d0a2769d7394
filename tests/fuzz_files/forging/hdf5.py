"""Forged HDF5 files: data sets, attributes and links in the place of others."""

import io
import json
import random
from contextlib import suppress
from pathlib import Path

import numpy as np

from tests.fuzz_files.mutations import TEXTS, odd_value

FOREIGN = 0.7654321  # what the other file holds
SECRET = b"no business of yours " * 400
# What HDF5 says to what it does not write.
UNTAKEN = (ValueError, TypeError, OSError, RuntimeError, KeyError)


def forged(rng: random.Random, data: bytes, folder: Path, story: list[str]) -> bytes:
    """Return an HDF5 file in which a data set, an attribute or a group is another.

    Parameters
    ----------
    rng : random.Random
    data : bytes
        The file as it should be.
    folder : Path
        Where another file, whose bytes must not be read, may lie.
    story : list of str
    """
    import h5py

    (folder / "secret").write_bytes(SECRET)
    with h5py.File(folder / "other.h5", "w") as other:
        other["data"] = np.full((40, 40), FOREIGN, np.float32)
    buffer = io.BytesIO(data)
    with h5py.File(buffer, "r+") as file:
        if rng.randrange(2):
            file.attrs.pop("digest", None)  # else nothing else would be looked at
        names: list[str] = []
        file.visit(names.append)
        for _ in range(rng.choice((1, 1, 2))):
            name = rng.choice(names or ["x"])
            what = rng.choice((data_set, data_set, data_set, attribute, attribute, link))
            with suppress(*UNTAKEN):
                story.append(f"{name}: {what(rng, file, name, folder)}")
    return buffer.getvalue()


def data_set(rng: random.Random, file, name: str, folder: Path) -> str:
    """Put another data set in the place of one."""
    import h5py

    old = file.get(name)
    # What has been forged already may claim a lot.
    is_small = isinstance(old, h5py.Dataset) and old.shape is not None and old.size < 10_000
    shape = old.shape if is_small else (4, 4)
    kept = old[()] if is_small else np.ones(shape, np.float32)
    if name in file:
        del file[name]
    is_number = isinstance(kept, np.ndarray) and kept.dtype.kind in "fiu"
    count = int(np.prod(shape or (1,)))
    what = rng.choice(
        (
            *("external", "virtual", "huge", "chunks", "compressed", "odd-values", "other-type"),
            *("text", "bytes", "compound", "opaque", "vlen", "reference", "enum", "bool", "shape"),
            *("scalar", "empty", "group", "type", "filter"),
        )
    )
    match what:
        case "external":
            place = rng.choice(
                (folder / "secret", Path("/dev/zero"), Path("/etc/passwd"), folder / "none")
            )
            dtype = rng.choice(("f4", "u1", "f8"))
            layout = [(str(place), 0, count * np.dtype(dtype).itemsize)]
            file.create_dataset(name, shape or (1,), dtype, external=layout)
        case "virtual":
            shape = shape if 0 < len(shape) < 3 else (4,)
            source = h5py.VirtualSource(str(folder / "other.h5"), "data", (40, 40))
            layout = h5py.VirtualLayout(shape, "f4")
            # Of the source as many rows and columns, or a part of its first row.
            layout[...] = (
                source[: shape[0], : shape[1]] if len(shape) == 2 else source[0, : shape[0]]
            )
            file.create_virtual_dataset(name, layout)
        case "huge":
            file.create_dataset(
                name, rng.choice(((1_500_000_000,), (1 << 40,), (1 << 31, 4))), "f4"
            )
        case "chunks":
            file.create_dataset(name, (1 << 34,), "f4", chunks=(1 << 28,), maxshape=(None,))
        case "compressed":
            file.create_dataset(
                name, data=np.zeros(30_000_000, "u1"), compression="gzip", chunks=(30_000_000,)
            )
        case "odd-values" if is_number and count and kept.dtype.kind == "f":
            odd = rng.choice((np.nan, np.inf, -np.inf, 1e38, 3e38))
            file[name] = np.where(np.arange(count).reshape(shape) == 0, odd, kept).astype(
                kept.dtype
            )
        case "other-type" if is_number:
            dtype = rng.choice(("f2", "f8", "c8", "i8", "u1", "i1", ">f4", "f4"))
            value = rng.choice((1.0, 1e300, np.nan)) if dtype == "f8" else 1.0
            file[name] = np.full(shape, value).astype(dtype)
        case "text":
            file[name] = rng.choice(TEXTS[3:12])
        case "bytes":
            file[name] = np.full(shape, b"abc", "S3")
        case "compound":
            file[name] = np.zeros(shape, [("a", "f4"), ("b", "i4")])
        case "opaque":
            file[name] = np.zeros(shape, "V4")
        case "vlen":
            file.create_dataset(name, shape or (1,), h5py.vlen_dtype(np.float32))
        case "reference":
            file.create_dataset(name, shape or (1,), h5py.ref_dtype)
        case "enum":
            file.create_dataset(name, shape or (1,), h5py.enum_dtype({"a": 1}))
        case "bool":
            file[name] = np.ones(shape, bool)
        case "shape":
            file[name] = np.ones(
                rng.choice(((), (0,), (1,), (1,) * 32, (*shape, 1), shape[::-1])), "f4"
            )
        case "scalar":
            file[name] = rng.choice((0, 1.5, 1 << 62, True))
        case "empty":
            file[name] = h5py.Empty("f4")
        case "type":
            file[name] = np.dtype("f4")
        case "filter":
            file.create_dataset(
                name, shape or (1,), "f4", fletcher32=True, shuffle=True, chunks=True
            )
        case _:
            file.create_group(name)
    return what


def attribute(rng: random.Random, file, name: str, folder: Path) -> str:
    """Give the file another attribute."""
    import h5py

    names = sorted(file.attrs)
    key = rng.choice([*names, "size", "channels", "class_names", "architecture", "lwidth"])
    values = (
        *(0, -1, 1 << 31, 1 << 62, 1.5, float("nan"), float("inf"), True, 2, 10_000, 10_001),
        *(
            np.arange(1000),
            np.zeros((0,)),
            np.zeros((2, 2)),
            np.complex64(1j),
            np.bytes_(b"\xff\xfe"),
        ),
        *(
            h5py.Empty("f4"),
            np.array(["a", "b"], h5py.string_dtype()),
            np.void(b"abc"),
            "[[[[" * 5000,
        ),
        *(
            "[]",
            "{}",
            "null",
            "[1]",
            "[" * 100_000 + "]" * 100_000,
            json.dumps([{"class": "Dense"}]),
        ),
    )
    value = rng.choice((*values, *TEXTS))
    old = file.attrs.get(key)
    if isinstance(old, str) and old.startswith(("[", "{")) and rng.randrange(3):
        value = json.dumps(odd_description(rng, json.loads(old)))
    if rng.randrange(8) == 0 and old is not None:
        del file.attrs[key]
        return f"no attribute {key}"
    file.attrs[key] = value
    return f"{key} = {str(value)[:40]!r}"


def odd_description(rng: random.Random, value, depth: int = 4):
    """Return a description of layers, or the state of a generator, with something odd in it."""
    if isinstance(value, list) and value and depth:
        at = rng.randrange(len(value))
        if rng.randrange(6) == 0:
            return value + value
        return [*value[:at], odd_description(rng, value[at], depth - 1), *value[at + 1 :]]
    if isinstance(value, dict) and value and depth:
        key = rng.choice(list(value))
        if rng.randrange(8) == 0:
            return {k: v for k, v in value.items() if k != key}
        return {**value, key: odd_description(rng, value[key], depth - 1)}
    return rng.choice((odd_value(rng), 1 << 20, 3000, 100_000, 0, -1))


def link(rng: random.Random, file, name: str, folder: Path) -> str:
    """Put a link, or something of an odd name, into the file."""
    import h5py

    links = {
        "external": h5py.ExternalLink(str(folder / "other.h5"), "data"),
        "external to no HDF5": h5py.ExternalLink("/etc/passwd", "data"),
        "soft": h5py.SoftLink(rng.choice(("/", "/nowhere", f"/{name}", "."))),
    }
    what = rng.choice((*links, "cycle", "odd name", "many", "deep"))
    if what in links:
        if name in file:
            del file[name]
        file[name] = links[what]
    elif what == "cycle":
        file.require_group("state")["again"] = file["/"]
    elif what == "odd name":
        file[rng.choice(("\x1b[31m", "a\nb", "\u202e", "x" * 3000, "état"))] = 1.0
    elif what == "many":
        for k in range(300):
            file.require_group("state").require_dataset(f"n{k}", (1,), "f4")
    else:
        file.create_group("/".join(["g"] * 300))
    return what
