"""Files of further data sets: idx of integers, LIBSVM's text, MAT-files, npz, CSV and tables of labels."""

import bz2
import gzip
import io
import random
import struct
import zlib
from functools import cache
from pathlib import Path

import numpy as np
from scipy.io import savemat

from tests.dataset_makers import (
    emnist_files,
    write_medmnist,
    write_qmnist,
    write_svhn,
    write_usps,
    zip_bytes,
)
from tests.fuzz_files.children import Places
from tests.fuzz_files.kinds.base import Kind, bomb, harm_file, packed, pick, require
from tests.fuzz_files.kinds.data_sets import load, prepare
from tests.fuzz_files.mutations import HUGE, mutated

NUMBERS = ("nan", "inf", "-1", "1e99", "0.5", "", "x", "256", "9" * 400, "\x00", "\u0661")


@cache
def bz2_bomb() -> bytes:
    """Return a file of bzip2 that unpacks to more zeros than are read."""
    return bz2.compress(bytes(1 << 24)) * 9


@cache
def zlib_bomb() -> bytes:
    """Return a packed element of a MAT-file that unpacks to a lot of zeros."""
    return zlib.compress(bytes(1 << 28), 1)


class DataSetFiles(Kind):
    """Files of one data set, of which one is harmed."""

    data_set: str

    def prepare(self, shared: Path) -> None:
        """Import the reader."""
        prepare()

    def harm(self, rng: random.Random, folder: Path, story: list[str]) -> None:
        """Damage or forge one of the files."""
        path = rng.choice(sorted(folder.iterdir()))
        story.append(path.name)
        good = path.read_bytes()
        harm_file(rng, path, story, lambda: self.forged(rng, good, story))

    def forged(self, rng: random.Random, good: bytes, story: list[str]) -> bytes:
        """Return a file of something else."""
        raise NotImplementedError

    def read(self, where: Places) -> int:
        """Load the data set."""
        return load(self.data_set, where.inputs)[0]


class IdxIntegers(DataSetFiles):
    """The four files of QMNIST, whose labels are integers of 32 bits."""

    name, data_set = "idx-integers", "qmnist"

    def intact(self, folder: Path) -> None:
        """Write twelve and four images."""
        write_qmnist(folder)

    def forged(self, rng: random.Random, good: bytes, story: list[str]) -> bytes:
        """Return a file with another header, type or label, or a bomb."""
        content = gzip.decompress(good)
        shape = [rng.choice((*HUGE, 12, 8)) % (1 << 32) for _ in range(rng.choice((1, 2, 3)))]
        kind = rng.choice((8, 9, 11, 12, 13, 14))
        header = struct.pack(f">BBBB{len(shape)}I", 0, 0, kind, len(shape), *shape)
        label = struct.pack(">i", rng.choice((-1, 10, 1 << 30, -(1 << 31))))
        return pick(
            rng,
            {
                "header": lambda: header + content[12:],
                "packed header": lambda: packed(header) + bomb(1 << 30),
                "label": lambda: packed(content[:12] + label + content[16:]),
                "no columns": lambda: packed(struct.pack(">BBBBII", 0, 0, 12, 2, 12, 0)),
                "damaged before it was packed": lambda: packed(
                    mutated(rng, content, content, story)
                ),
            },
            story,
        )


class LibsvmText(DataSetFiles):
    """The two files of USPS."""

    name, data_set = "libsvm", "usps"

    def intact(self, folder: Path) -> None:
        """Write twelve and four images."""
        write_usps(folder)

    def forged(self, rng: random.Random, good: bytes, story: list[str]) -> bytes:
        """Return lines with odd numbers, very many lines or a bomb."""
        text = bz2.decompress(good)
        index = rng.choice((*HUGE, 0, 257, -1))
        number = rng.choice(NUMBERS).encode()
        whole = pick(
            rng,
            {
                "index": lambda: b"%s\n%d %d:1\n" % (text, 1, index),
                "value": lambda: text + b"1 1:" + number + b"\n",
                "label": lambda: text + number + b" 1:1\n",
                "labels": lambda: text + b"1,2 1:1\n",
                "unordered": lambda: text + b"1 3:1 2:1 2:1\n",
                "lines": lambda: b"1\n" * 3_000_000,
                "comment": lambda: text + b"# " + b"x" * 1_000_000,
                "damaged before it was packed": lambda: mutated(rng, text, text, story),
            },
            story,
        )
        if rng.randrange(20) == 0:
            story.append("bomb")
            return bz2_bomb()
        return rng.choice((whole, bz2.compress(whole, 1), bz2.compress(whole, 1) * 2))


class MatFile(DataSetFiles):
    """The two files of SVHN."""

    name, data_set = "mat", "svhn"

    def intact(self, folder: Path) -> None:
        """Write twelve and four images, compressed; the date of SciPy's header is taken out."""
        write_svhn(folder)
        for path in folder.iterdir():
            data = path.read_bytes()
            path.write_bytes(b"MATLAB 5.0 MAT-file".ljust(116) + data[116:])

    def forged(self, rng: random.Random, good: bytes, story: list[str]) -> bytes:
        """Return a file of other arrays, or with an element that claims a lot."""
        kind, size = rng.choice((15, 14, 1, 255, 1 << 20)), rng.choice(HUGE) % (1 << 32)
        tag = struct.pack("<II", kind, size)
        values = {
            "X": rng.choice(
                (
                    np.zeros((32, 32, 3, 2), "u1"),
                    np.zeros((0, 1)),
                    np.array("text"),
                    np.ones((2, 2)) * 1j,
                )
            ),
            "y": rng.choice(
                (np.array([[1.5], [2]]), np.array([[11], [0]]), np.array([[{}]], object))
            ),
        }

        def other() -> bytes:
            buffer = io.BytesIO()
            savemat(buffer, values, do_compression=bool(rng.randrange(2)))
            return buffer.getvalue()

        def plain() -> bytes:
            """Return the file with what its elements unpack to, damaged and packed anew."""
            data = zlib.decompress(good[136 : 136 + struct.unpack("<I", good[132:136])[0]])
            new = zlib.compress(mutated(rng, data, data, story), 1)
            return good[:128] + struct.pack("<II", 15, len(new)) + new

        return pick(
            rng,
            {
                "tag": lambda: good[:128] + tag + good[136:],
                "tags only": lambda: good[:128] + tag * 1000,
                "other arrays": other,
                "damaged before it was packed": plain,
                "bomb": lambda: good[:128] + struct.pack("<II", 15, 1 << 20) + zlib_bomb(),
            },
            story,
        )


class NpzFile(DataSetFiles):
    """A file of MedMNIST."""

    name, data_set = "npz", "pathmnist"

    def intact(self, folder: Path) -> None:
        """Write forty images."""
        write_medmnist(folder / "pathmnist.npz")

    def forged(self, rng: random.Random, good: bytes, story: list[str]) -> bytes:
        """Return a file with another member."""
        shape = tuple(rng.choice((*HUGE, 1, 28)) for _ in range(rng.randrange(5)))
        dtype = rng.choice(("|u1", "|O", "<f8", "<U9", "<m8[s]", "|V3", "x" * 50, "<f16"))
        header = f"{{'descr': '{dtype}', 'fortran_order': {rng.choice((True, False, 3))}, 'shape': {shape}, }}"
        text = header.ljust(117).encode() + b"\n"
        version = rng.choice((b"\x01\x00", b"\x02\x00", b"\x03\x00", b"\x09\x09"))
        member = b"\x93NUMPY" + version + len(text).to_bytes(2, "little") + text
        name = rng.choice(("train_images.npy", "val_labels.npy", "../x.npy", "a" * 60_000 + ".npy"))
        return pick(
            rng,
            {
                "member": lambda: zip_bytes({name: member + bytes(100)}),
                "many members": lambda: zip_bytes({f"{k}.npy": b"" for k in range(5000)}),
                "bomb": lambda: zip_bytes({name: bytes(1 << 24)}),
                "behind": lambda: good + zip_bytes({name: member}),
                "none": lambda: zip_bytes({}),
            },
            story,
        )


class EmnistArchive(DataSetFiles):
    """The archive of EMNIST."""

    name, data_set = "emnist-archive", "emnist-mnist"

    def intact(self, folder: Path) -> None:
        """Write twelve and four images."""
        files, _ = emnist_files("mnist", 10)
        (folder / "gzip.zip").write_bytes(
            zip_bytes({f"gzip/{n}": data for n, data in files.items()})
        )

    def forged(self, rng: random.Random, good: bytes, story: list[str]) -> bytes:
        """Return an archive with a member that is damaged, or a bomb."""
        files, _ = emnist_files("mnist", 10)
        name = rng.choice(sorted(files))
        content = gzip.decompress(files[name])
        files[name] = pick(
            rng,
            {
                "damaged": lambda: packed(mutated(rng, content, content, story)),
                "bomb": lambda: bomb(1 << 30),
                "not packed": lambda: content,
                "empty": lambda: b"",
            },
            story,
        )
        return zip_bytes({f"gzip/{each}": data for each, data in files.items()})


class CsvImages(DataSetFiles):
    """A CSV file of images, by its own name."""

    name = "csv-images"

    def intact(self, folder: Path) -> None:
        """Write twelve images."""
        rows = ["label," + ",".join(f"pixel{k}" for k in range(16))]
        rows += [",".join(map(str, [k % 3, *range(k, k + 16)])) for k in range(12)]
        (folder / "train.csv").write_text("\n".join(rows) + "\n")

    def forged(self, rng: random.Random, good: bytes, story: list[str]) -> bytes:
        """Return rows with odd cells, lengths or delimiters, or a huge field."""
        rows = [line.split(b",") for line in good.splitlines()]
        row = rng.randrange(len(rows))
        column = rng.randrange(len(rows[row]))
        match rng.randrange(6):
            case 0:
                rows[row][column] = rng.choice(NUMBERS).encode()
            case 1:
                rows[row] = rows[row][:column]
            case 2:
                rows[row].insert(column, b'"' * rng.choice((1, 2, 3)))
            case 3:
                rows[row][column] = rng.choice((b"9", b"x", b'"')) * rng.choice((5_000, 20_000_000))
            case 4:
                rows[row] = rows[row] * rng.choice((2, 10_000))
            case _:
                rows = [rows[0]] * rng.choice((0, 1, 1000))
        story.append(f"row {row}, column {column}")
        return rng.choice((b"\n", b"\r\n", b"\r")).join(
            rng.choice((b",", b",", b";", b"\t")).join(cells) for cells in rows
        )

    def read(self, where: Places) -> int:
        """Load the data set of the file."""
        status, dataset = load(str(where.inputs / "train.csv"), where.inputs)
        if dataset is not None:
            require(dataset.channels in (1, 3), f"{dataset.channels} channels")
        return status


KINDS = (IdxIntegers, LibsvmText, MatFile, NpzFile, EmnistArchive, CsvImages)
