"""Tiny data sets in the formats of their publishers, for tests."""

import bz2
import gzip
import io
import pickle
import struct
import tarfile
import zipfile

import numpy as np
from scipy.io import savemat

CLASSES = [
    *("airplane", "automobile", "bird", "cat", "deer"),
    *("dog", "frog", "horse", "ship", "truck"),
]


def idx_bytes(array):
    """Return an array of uint8 in the idx format."""
    header = struct.pack(f">BBBB{array.ndim}I", 0, 0, 8, array.ndim, *array.shape)
    return header + array.tobytes()


def mnist_arrays(n, seed=0):
    rng = np.random.default_rng(seed)
    return rng.integers(0, 256, (n, 28, 28), dtype=np.uint8), rng.integers(0, 10, n, dtype=np.uint8)


def write_mnist(folder, train=12, test=4, compress=True):
    """Write the four idx files and return the arrays by name of their file, without suffix."""
    folder.mkdir(parents=True, exist_ok=True)
    arrays = {}
    for prefix, n in (("train", train), ("t10k", test)):
        images, labels = mnist_arrays(n, seed=n)
        arrays[f"{prefix}-images-idx3-ubyte"] = images
        arrays[f"{prefix}-labels-idx1-ubyte"] = labels
    for name, array in arrays.items():
        data = idx_bytes(array)
        if compress:
            (folder / f"{name}.gz").write_bytes(gzip.compress(data))
        else:
            (folder / name).write_bytes(data)
    return arrays


def published_pickle(content):
    """Pickle as the published files are: protocol 2 and NumPy's old module names."""
    data = pickle.dumps(content, protocol=2)
    return data.replace(b"numpy._core.multiarray", b"numpy.core.multiarray")


def cifar_batches(sizes, keys=str, seed=0):
    """Return {name: pickled batch} for data_batch_1..5 and test_batch, and the arrays."""
    rng = np.random.default_rng(seed)
    names = [*(f"data_batch_{k}" for k in range(1, 6)), "test_batch"]
    files, arrays = {}, {}
    for name, n in zip(names, sizes, strict=True):
        rows = rng.integers(0, 256, (n, 3072), dtype=np.uint8)
        labels = rng.integers(0, 10, n).tolist()
        entries = {"data": rows, "labels": labels, "batch_label": "x", "filenames": ["f"] * n}
        if keys is bytes:
            entries = {key.encode(): value for key, value in entries.items()}
        files[name] = published_pickle(entries)
        arrays[name] = rows.reshape(n, 3, 32, 32), np.array(labels)
    meta = {"label_names": CLASSES, "num_vis": 3072}
    files["batches.meta"] = published_pickle(
        {k.encode(): v for k, v in meta.items()} if keys is bytes else meta
    )
    return files, arrays


def tar_bytes(files, compression="gz"):
    """Return an archive of {name: bytes}."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode=f"w:{compression}") as archive:
        for name, data in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))
    return buffer.getvalue()


def idx_int_bytes(array):
    """Return an array of 32-bit integers in the idx format."""
    header = struct.pack(f">BBBB{array.ndim}I", 0, 0, 0x0C, array.ndim, *array.shape)
    return header + array.astype(">i4").tobytes()


def write_qmnist(folder, train=12, test=4):
    """Write the four files of QMNIST and return (images, labels) of training and testing."""
    folder.mkdir(parents=True, exist_ok=True)
    pairs = []
    for part, n in (("train", train), ("test", test)):
        images, labels = mnist_arrays(n, seed=n)
        table = np.zeros((n, 8), np.int32)
        table[:, 0], table[:, 2], table[:, 5] = labels, np.arange(n) + 2100, 281_769
        files = {"images-idx3-ubyte": idx_bytes(images), "labels-idx2-int": idx_int_bytes(table)}
        for name, data in files.items():
            (folder / f"qmnist-{part}-{name}.gz").write_bytes(gzip.compress(data, mtime=0))
        pairs.append((images, labels))
    return pairs


def emnist_files(split, n_classes, train=12, test=4, first=0):
    """Return the compressed idx files of a split of EMNIST by name, and the upright (images, labels)."""
    files, pairs = {}, []
    for part, n in (("train", train), ("test", test)):
        images, _ = mnist_arrays(n, seed=n)
        labels = (np.arange(n) % n_classes).astype(np.uint8)
        stem = f"emnist-{split}-{part}"
        upside = np.ascontiguousarray(images.transpose(0, 2, 1))
        files[f"{stem}-images-idx3-ubyte.gz"] = gzip.compress(idx_bytes(upside), mtime=0)
        files[f"{stem}-labels-idx1-ubyte.gz"] = gzip.compress(idx_bytes(labels + first), mtime=0)
        pairs.append((images, labels))
    return files, pairs


def zip_bytes(files, method=zipfile.ZIP_DEFLATED):
    """Return a zip file of {name: bytes}."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as archive:
        for name, data in files.items():
            archive.writestr(zipfile.ZipInfo(name), data, method)
    return buffer.getvalue()


def usps_text(pixels, labels):
    """Return images with values from -1 to 1, and digits, in LIBSVM's format: the label of 0 is 1, that of 9 is 10."""
    lines = [
        " ".join([str(label + 1), *(f"{k}:{value:.6g}" for k, value in enumerate(row, 1))])
        for row, label in zip(pixels, labels, strict=True)
    ]
    return ("\n".join(lines) + " \n").encode()


def write_usps(folder, train=12, test=4):
    """Write the two files of USPS and return (pixels, labels) of training and testing."""
    folder.mkdir(parents=True, exist_ok=True)
    pairs = []
    for name, n in (("usps.bz2", train), ("usps.t.bz2", test)):
        rng = np.random.default_rng(n)
        pixels, labels = rng.uniform(-1, 1, (n, 256)).round(3), np.arange(n) % 10
        (folder / name).write_bytes(bz2.compress(usps_text(pixels, labels)))
        pairs.append((pixels, labels))
    return pairs


def write_svhn(folder, train=12, test=4, compress=True):
    """Write the two files of SVHN and return (images, labels) of training and testing, channels first."""
    folder.mkdir(parents=True, exist_ok=True)
    pairs = []
    for part, n in (("train", train), ("test", test)):
        rng = np.random.default_rng(n)
        images = rng.integers(0, 256, (n, 3, 32, 32), dtype=np.uint8)
        labels = np.arange(n) % 10
        content = {
            "X": images.transpose(2, 3, 1, 0),
            "y": np.where(labels == 0, 10, labels).astype(np.uint8)[:, np.newaxis],
        }
        savemat(folder / f"{part}_32x32.mat", content, do_compression=compress)
        pairs.append((images, labels))
    return pairs


def cifar100_files(train=200, test=100):
    """Return {name: pickled file} of CIFAR-100, and (images, fine, coarse) of both parts by name."""
    from lenet.data.registry import ENTRIES

    files, arrays = {}, {}
    for name, n in (("train", train), ("test", test)):
        rng = np.random.default_rng(n)
        rows, fine = rng.integers(0, 256, (n, 3072), dtype=np.uint8), np.arange(n) % 100
        entries = {
            "data": rows,
            "fine_labels": fine.tolist(),
            "coarse_labels": (fine % 20).tolist(),
        }
        files[name] = published_pickle({key.encode(): value for key, value in entries.items()})
        arrays[name] = rows.reshape(n, 3, 32, 32), fine, fine % 20
    names = {
        "fine_label_names": list(ENTRIES["cifar100"].class_names),
        "coarse_label_names": list(ENTRIES["cifar100-coarse"].class_names),
    }
    files["meta"] = published_pickle({key.encode(): value for key, value in names.items()})
    return files, arrays


def write_medmnist(path, channels=3, n_classes=9, counts=(20, 10, 10), side=28):
    """Write an npz file as MedMNIST publishes them and return its arrays."""
    path.parent.mkdir(parents=True, exist_ok=True)
    rng, arrays = np.random.default_rng(0), {}
    colours = () if channels == 1 else (channels,)
    for part, n in zip(("train", "val", "test"), counts, strict=True):
        shape = (n, side, side, *colours)
        arrays[f"{part}_images"] = rng.integers(0, 256, shape, dtype=np.uint8)
        arrays[f"{part}_labels"] = (np.arange(n) % n_classes).astype(np.uint8)[:, np.newaxis]
    np.savez_compressed(path, **arrays)
    return arrays
