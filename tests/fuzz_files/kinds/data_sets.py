"""Files of MNIST and CIFAR-10: idx, pickles and archives."""

import gzip
import io
import pickle
import random
import struct
import tarfile
from pathlib import Path

import numpy as np

from tests.dataset_makers import cifar_batches, published_pickle, write_mnist
from tests.fuzz_files.children import Places
from tests.fuzz_files.forging import pickles
from tests.fuzz_files.kinds.base import (
    Kind,
    bomb,
    harm_file,
    packed,
    pick,
    require,
    require_whole_gzip,
)
from tests.fuzz_files.mutations import HUGE, mutated, odd_value

IMAGES = "train-images-idx3-ubyte"
FOLDER = "cifar-10-batches-py"


def prepare() -> None:
    """Import the readers, and let nothing be downloaded."""
    from lenet import input_pipeline
    from lenet.data import published_datasets

    def refuse(folder: Path, name: str, urls: list[str], md5: str, remedy: str = "") -> Path:
        raise input_pipeline.DataError(f"{name} could not be downloaded")

    published_datasets.download = refuse


def load(name: str, folder: Path):
    """Return a data set as the command line loads it, and the exit status."""
    from lenet.input_pipeline import load_dataset
    from lenet.terminal import run_command

    found = []

    def loaded() -> int:
        found.append(load_dataset(name, folder))
        return 0

    status = run_command("lenet-train", loaded)
    for dataset in found:
        for split in (dataset.train, dataset.valid, dataset.test):
            images, labels = split.images, split.labels
            require(images.dtype == np.uint8 and images.ndim == 4, f"images of {images.dtype}")
            require(len(images) == len(labels) > 0, f"{len(images)} images, {len(labels)} labels")
            require(
                labels.min() >= 0 and labels.max() < dataset.n_classes, "a label that is no class"
            )
        for class_name in dataset.class_names:
            class_name.encode()  # as they are saved
    return status, found[0] if found else None


class Idx(Kind):
    """The four files of MNIST, plain or compressed."""

    name = "idx"

    def prepare(self, shared: Path) -> None:
        """Import the reader."""
        prepare()

    def intact(self, folder: Path) -> None:
        """Write twelve and four images."""
        write_mnist(folder)
        for path in folder.iterdir():
            path.write_bytes(packed(gzip.decompress(path.read_bytes())))  # without the time of day

    def harm(self, rng: random.Random, folder: Path, story: list[str]) -> None:
        """Damage one of the files, before or after it is compressed."""
        path = rng.choice(sorted(folder.iterdir()))
        content = gzip.decompress(path.read_bytes())
        if rng.randrange(2):
            path.unlink()
            path = path.with_suffix("")
            path.write_bytes(content)
        elif rng.randrange(2):
            # What is damaged before it is compressed has a checksum that fits.
            path.write_bytes(packed(mutated(rng, content, content, story)))
            return
        story.append(path.name)
        harm_file(rng, path, story, lambda: self.forged(rng, content, story))

    @staticmethod
    def forged(rng: random.Random, content: bytes, story: list[str]) -> bytes:
        """Return a file with another header, or one that unpacks to a lot."""
        ndim = content[3]
        shape = [
            rng.choice((*HUGE, 28, 12)) % (1 << 32) for _ in range(rng.choice((ndim, 1, 3, 255)))
        ]
        kind = rng.choice((8, 9, 11, 13, 14, 0))
        header = struct.pack(f">BBBB{len(shape)}I", 0, 0, kind, len(shape), *shape)
        whole = packed(content)
        return pick(
            rng,
            {
                "header": lambda: header + content[4 + 4 * ndim :],
                "header only": lambda: header,
                "compressed header": lambda: packed(header),
                "bomb": lambda: bomb(1 << 30),
                "bomb behind": lambda: whole + bomb(1 << 30),
                "bomb of a claim": lambda: packed(header) + bomb(1 << 30),
                "two members": lambda: whole + whole,
                "compressed twice": lambda: packed(whole),
                "magic only": lambda: b"\x1f\x8b",
                "huge extra": lambda: b"\x1f\x8b\x08\x04" + bytes(6) + b"\xff\xff" + whole,
                "endless name": lambda: b"\x1f\x8b\x08\x08" + bytes(6) + b"a" * 1_000_000,
            },
            story,
        )

    def read(self, where: Places) -> int:
        """Load the data set, and compare it with what the files say."""
        status, dataset = load("mnist", where.inputs)
        if dataset is not None:
            for path in where.inputs.iterdir():
                require_whole_gzip(path)
            train = next(path for path in where.inputs.iterdir() if path.name.startswith(IMAGES))
            data = train.read_bytes()
            content = gzip.decompress(data) if data[:2] == b"\x1f\x8b" else data
            shape = struct.unpack(">III", content[4:16])
            truth = np.frombuffer(content, np.uint8, offset=16).reshape(shape)
            found = np.concatenate([dataset.train.images, dataset.valid.images])[:, 0]
            require(np.array_equal(found, truth), "other images than those in the file")
        return status


class MnistPickle(Kind):
    """Theano's ``mnist.pkl.gz``."""

    name = "mnist-pickle"

    def prepare(self, shared: Path) -> None:
        """Import the reader, and make three pairs of images and labels."""
        prepare()
        rng = np.random.default_rng(0)
        self.splits = tuple(
            (rng.integers(0, 256, (n, 784)).astype(np.float32) / 256, rng.integers(0, 10, n))
            for n in (6, 3, 3)
        )

    def intact(self, folder: Path) -> None:
        """Write them as they are published."""
        data = packed(published_pickle(self.splits))
        (folder / "mnist.pkl.gz").write_bytes(data)

    def harm(self, rng: random.Random, folder: Path, story: list[str]) -> None:
        """Damage the pickle or the compressed file, or forge a pickle."""
        path = folder / "mnist.pkl.gz"
        protocol = rng.randrange(6)
        data = pickle.dumps(self.splits, protocol)
        match rng.randrange(4):
            case 0:
                if rng.randrange(20):
                    harm_file(rng, path, story)
                else:
                    path.write_bytes(bomb(1 << 30))
                    story.append("bomb")
                return
            case 1:
                data = mutated(rng, data, published_pickle(self.splits), story)
            case 2:
                data = self.wrong(rng, story)
            case _:
                data = pickles.forged(rng, [self.splits, list(self.splits)], story)
        path.write_bytes(rng.choice((data, packed(data))))

    def wrong(self, rng: random.Random, story: list[str]) -> bytes:
        """Return a sound pickle of something else."""
        splits = [list(pair) for pair in self.splits]
        part, index = rng.randrange(3), rng.randrange(2)
        pixels, labels = splits[part]
        odd = rng.choice((np.nan, np.inf, -1.0, 1e38, 0.3, 2.0))
        values = {
            "odd pixel": np.where(np.arange(784) == 3, odd, pixels).astype(
                rng.choice(("f4", "f8"))
            ),
            "labels": labels + rng.choice((-1, 7, 1 << 40)),
            "labels as floats": labels.astype(float),
            "labels as bytes": labels.astype(np.uint8),
            "list": labels.tolist(),
            "huge label": [1 << 80, *labels.tolist()],
            "empty": pixels[:0],
            "other shape": pixels.reshape(-1, 28, 28),
            "wide": np.zeros((3, 785)),
            "scalar": np.float32(3),
            "value": odd_value(rng),
        }
        what = rng.choice(list(values))
        story.append(f"{what} in [{part}][{index}]")
        splits[part][index] = values[what]
        return pickle.dumps(rng.choice((splits, splits[:2], tuple(map(tuple, splits)))), 4)

    def read(self, where: Places) -> int:
        """Load the data set."""
        status, dataset = load("mnist", where.inputs)
        if dataset is not None:
            require_whole_gzip(where.inputs / "mnist.pkl.gz")
        return status


class CifarFolder(Kind):
    """The folder of CIFAR-10, a pickle for each batch."""

    name = "cifar-batches"

    def prepare(self, shared: Path) -> None:
        """Import the reader, and make six batches."""
        prepare()
        self.files, _ = cifar_batches([2, 1, 1, 1, 1, 2])

    def intact(self, folder: Path) -> None:
        """Write them."""
        (folder / FOLDER).mkdir()
        for name, data in self.files.items():
            (folder / FOLDER / name).write_bytes(data)

    def harm(self, rng: random.Random, folder: Path, story: list[str]) -> None:
        """Damage or forge one of the files."""
        path = folder / FOLDER / rng.choice([*self.files, "batches.meta", "batches.meta"])
        story.append(path.name)
        good = pickle.loads(self.files[path.name], encoding="latin1")
        harm_file(rng, path, story, lambda: self.forged(rng, good, story))

    @staticmethod
    def forged(rng: random.Random, good: dict, story: list[str]) -> bytes:
        """Return a pickle that does something, or holds something else."""
        if rng.randrange(2):
            return pickles.forged(rng, [good, {k.encode(): v for k, v in good.items()}], story)
        key = rng.choice(("data", "labels", "label_names"))
        content = {**good, key: odd_value(rng)}
        if key == "label_names":
            content[key] = [odd_value(rng, 0) for _ in range(rng.choice((10, 9, 10)))]
        story.append(f"another {key}")
        return pickle.dumps(content, rng.choice((2, 4)))

    def read(self, where: Places) -> int:
        """Load the data set."""
        return load("cifar10", where.inputs)[0]


class CifarArchive(CifarFolder):
    """The archive of CIFAR-10, compressed or not."""

    name = "cifar-archive"

    def intact(self, folder: Path) -> None:
        """Write it as it is published."""
        members = [self.member(f"{FOLDER}/{name}", data) for name, data in self.files.items()]
        (folder / "cifar-10-python.tar.gz").write_bytes(packed(archive(members)))

    @staticmethod
    def member(name: str, data: bytes = b"", **options) -> tuple[tarfile.TarInfo, bytes]:
        """Return a member of an archive."""
        info = tarfile.TarInfo(name)
        info.size = len(data)
        for option, value in options.items():
            setattr(info, option, value)
        return info, data

    def harm(self, rng: random.Random, folder: Path, story: list[str]) -> None:
        """Damage the archive, or put a hostile member or batch into it."""
        path = folder / "cifar-10-python.tar.gz"
        match rng.randrange(4):
            case 0:
                harm_file(rng, path, story)
                return
            case 1:
                plain = gzip.decompress(path.read_bytes())
                data = mutated(rng, plain, plain, story)
            case 2:
                data = self.hostile(rng, story)
            case _:
                chosen = rng.choice(list(self.files))
                good = pickle.loads(self.files[chosen], encoding="latin1")
                files = {**self.files, chosen: self.forged(rng, good, story)}
                data = archive([self.member(f"{FOLDER}/{n}", d) for n, d in files.items()])
        path.write_bytes(rng.choice((data, packed(data))))

    def hostile(self, rng: random.Random, story: list[str]) -> bytes:
        """Return an archive with a member that is none, lies elsewhere or claims a lot."""
        batch = rng.choice(list(self.files))
        prefix = rng.choice(
            ("/tmp/", "../../", "/", "", "a/" * 200, "\x1b[31m/", "x\n/", "\udc80/")
        )
        name = prefix + batch
        types = (
            tarfile.SYMTYPE,
            tarfile.LNKTYPE,
            tarfile.CHRTYPE,
            tarfile.BLKTYPE,
            tarfile.FIFOTYPE,
        )
        kind = rng.choice(
            (
                *types,
                tarfile.DIRTYPE,
                tarfile.CONTTYPE,
                tarfile.GNUTYPE_SPARSE,
                b"Z",
                b"L",
                b"x",
                b"g",
            )
        )
        link = rng.choice(("/etc/passwd", "../../etc/passwd", batch, "x", "\x1b[31m"))
        size = rng.choice((0, 100, 1 << 33, 1 << 40))
        sparse = {
            "GNU.sparse.major": "1",
            "GNU.sparse.realsize": str(size),
            "GNU.sparse.map": "0,1",
        }
        headers = rng.choice(
            (
                sparse,
                {"size": rng.choice(("-1", "x", str(1 << 62)))},
                {"path": name},
                {"hdrcharset": "x"},
            )
        )
        odd = rng.choice(
            (
                self.member(name, type=kind, linkname=link),
                self.member(name, b"abc", type=kind),
                self.member(name, b"abc", pax_headers=headers),
                self.member(name, self.files[batch]),
                self.member(f"other{rng.choice(('', '/'))}", bytes(5000), mode=0o7777, uid=1 << 40),
            )
        )
        members = [self.member(f"{FOLDER}/{n}", d) for n, d in self.files.items()]
        if rng.randrange(2):
            members = [each for each in members if not each[0].name.endswith(batch)]
        members.insert(rng.randrange(len(members) + 1), odd)
        story.append(f"{odd[0].name!r} of type {odd[0].type!r}, {odd[0].pax_headers}")
        data = archive(members, rng.choice((tarfile.PAX_FORMAT, tarfile.GNU_FORMAT)))
        if rng.randrange(4) == 0:
            claim = b"%011o\0" % rng.choice((1 << 30, (1 << 33) - 1))
            data = resized(
                data,
                rng.randrange(len(members)),
                rng.choice((claim, b"\x80" + b"\xff" * 11, b"\xff" * 12)),
            )
            story.append("claims another size")
        if rng.randrange(8) == 0:
            data = packed(data) + bomb(1 << 30)
            story.append("bomb behind")
        return data

    def read(self, where: Places) -> int:
        """Load the data set."""
        status, dataset = load("cifar10", where.inputs)
        if dataset is not None:
            require_whole_gzip(where.inputs / "cifar-10-python.tar.gz")
        return status


def archive(members: list[tuple[tarfile.TarInfo, bytes]], form: int = tarfile.GNU_FORMAT) -> bytes:
    """Return a tar archive."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=form, errors="surrogateescape") as file:
        for info, data in members:
            file.addfile(info, io.BytesIO(data))
    return buffer.getvalue()


def resized(data: bytes, number: int, field: bytes) -> bytes:
    """Return an archive whose n-th header has another size, and a checksum that fits."""
    at = 512 * (number % max(1, len(data) // 512))
    header = bytearray(data[at : at + 512])
    header[124:136] = field[:12]
    header[148:156] = b" " * 8
    header[148:156] = b"%06o\0 " % sum(header)
    return data[:at] + bytes(header) + data[at + 512 :]


KINDS = (Idx, MnistPickle, CifarFolder, CifarArchive)
