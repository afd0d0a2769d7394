"""Saved models of other libraries: HDF5 of Keras, npz, tar of Blocks and pickles."""

import io
import pickle
import random
import tarfile
import tempfile
import zipfile
from pathlib import Path

import numpy as np

from tests.fuzz_files.children import Places
from tests.fuzz_files.forging import hdf5, pickles
from tests.fuzz_files.kinds.base import Kind, harm_file
from tests.fuzz_files.kinds.networks import probe_quickly

FILE = "model"


class Imported(Kind):
    """A pickled list of arrays."""

    name, is_heavy = "import-pickle", True
    leaves = ("made", "made/model.h5")

    def prepare(self, shared: Path) -> None:
        """Import the reader, and make a good file."""
        import lenet.importing.conversion  # noqa: F401, as PyTensor takes its time
        from lenet.commands import import_model

        self.command, self.starts = import_model, probe_quickly()
        rng = np.random.default_rng(0)
        self.arrays = [rng.normal(size=shape) for shape in ((16, 4), (4,), (4, 3), (3,))]
        self.data = self.made()

    def made(self) -> bytes:
        """Return a good file."""
        return pickle.dumps(self.arrays, 2)

    def forged(self, rng: random.Random, folder: Path, story: list[str]) -> bytes:
        """Return a forged file."""
        return pickles.forged(rng, [self.arrays], story)

    def intact(self, folder: Path) -> None:
        """Write the good file."""
        (folder / FILE).write_bytes(self.data)

    def harm(self, rng: random.Random, folder: Path, story: list[str]) -> None:
        """Damage it, or forge one."""
        harm_file(rng, folder / FILE, story, lambda: self.forged(rng, folder, story))

    def read(self, where: Places) -> int:
        """Import it, as a user would."""
        flags = ["--layers", "dense", "relu", "dense", "--out_dir", str(where.results / "made")]
        return self.command.main([str(where.inputs / FILE), *flags])


class ImportedNpz(Imported):
    """Arrays of `numpy.savez`."""

    name = "import-npz"

    def made(self) -> bytes:
        buffer = io.BytesIO()
        np.savez(buffer, *self.arrays)
        return buffer.getvalue()

    def forged(self, rng: random.Random, folder: Path, story: list[str]) -> bytes:
        story.append("twice in one file")
        return self.data[: rng.randrange(len(self.data))] + self.data


class ImportedTar(ImportedNpz):
    """The main loop of Blocks."""

    name = "import-tar"

    def made(self) -> bytes:
        data, buffer = super().made(), io.BytesIO()
        with tarfile.open(fileobj=buffer, mode="w") as archive:
            member = tarfile.TarInfo("_parameters")
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))
        return buffer.getvalue()


class ImportedTheano(Imported):
    """Shared variables of Theano: a pickle that names arrays of its zip file."""

    name = "import-theano"

    def made(self) -> bytes:
        ids = b"".join(
            pickles.body(f"ndarray.{name}") + b"Q" for name in map(str, range(len(self.arrays)))
        )
        return self.zipped(b"\x80\x02(" + ids + b"l.")

    def zipped(self, pickled: bytes) -> bytes:
        """Return a zip file of all arrays and a pickle."""
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w") as file:
            for number, value in enumerate(self.arrays):
                with file.open(str(number), "w") as member:
                    np.lib.format.write_array(member, value)
            file.writestr("pkl", pickled)
        return buffer.getvalue()

    def forged(self, rng: random.Random, folder: Path, story: list[str]) -> bytes:
        if rng.randrange(2):
            return self.zipped(pickles.forged(rng, [self.arrays], story))
        # A name that is a list, which holds another one twice, and so on.
        depth = rng.choice((5, 30, 200))
        story.append(f"asks for lists in lists, {depth} deep")
        steps = (b"](" + bytes([ord("h"), k]) * 2 + b"eq" + bytes([k + 1]) for k in range(depth))
        return self.zipped(b"\x80\x02]q\x00" + b"".join(steps) + b"Q.")


class ImportedKeras(Imported):
    """A network of Keras."""

    name = "import-keras"

    def made(self) -> bytes:
        from tests.importing.keras_files import layer, write

        w1, b1, w2, b2 = self.arrays
        layers = [
            layer("Dense", "one", {"kernel": w1, "bias": b1}, batch_input_shape=[None, 16]),
            layer("Dense", "two", {"kernel": w2, "bias": b2}, activation="softmax"),
        ]
        with tempfile.TemporaryDirectory() as folder:
            return write(Path(folder, "a.h5"), layers).read_bytes()

    def forged(self, rng: random.Random, folder: Path, story: list[str]) -> bytes:
        return hdf5.forged(rng, self.data, folder, story)

    def read(self, where: Places) -> int:
        """Import it, as a user would."""
        return self.command.main(
            [str(where.inputs / FILE), "--out_dir", str(where.results / "made")]
        )


KINDS = (Imported, ImportedNpz, ImportedTar, ImportedTheano, ImportedKeras)
