"""Tiny data sets in the formats of their publishers, for tests."""

import gzip
import io
import pickle
import struct
import tarfile

import numpy as np

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
