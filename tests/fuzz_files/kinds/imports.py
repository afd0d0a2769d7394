"""Saved models of other libraries: Keras's HDF5, NumPy's npz, Blocks's tar and pickles."""

import io
import pickle
import random
import tarfile
import tempfile
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


KINDS = (Imported, ImportedNpz, ImportedTar, ImportedKeras)
