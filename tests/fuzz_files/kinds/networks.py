"""HDF5 files: trained networks, what a run goes on from, and images in the cache."""

import io
import json
import os
import random
import sys
import tempfile
import zlib
from pathlib import Path

import numpy as np

from tests.fuzz_files.children import Places
from tests.fuzz_files.forging.hdf5 import FOREIGN, SECRET, forged
from tests.fuzz_files.kinds.base import Kind, harm_file, require
from tests.fuzz_files.kinds.runs import METRICS, Compare, harm_text

CLASSES = list("0123456789")
VALIDATED = {
    "reject_thresholds": [0.9, 0.6, 0.2],
    "reject_accepted": [30, 70, 100],
    "reject_wrong": [0, 3, 10],
    "validation_images": 100,
    "temperature": 1.5,
}
OLD = Path(__file__).parents[2] / "saved_files"


def probe_quickly() -> tuple[str, ...]:
    """Let HDF5 files be gone through by a fork, where a new process takes longer than all else.

    One in twenty still goes the way that it does for a user.

    Returns
    -------
    tuple of str
        The command that is started then.
    """
    from lenet import hdf5, limits

    started = hdf5.refuse_what_breaks_hdf5
    limits.HDF5_CPU_SECONDS = 3

    def forked(file) -> None:
        if zlib.crc32(os.pread(file.fileno(), 1 << 20, 0)) % 20 == 0:
            started(file)
            return
        receive, send = os.pipe()
        child = os.fork()
        if not child:
            be_probe(hdf5, file, send)
        os.close(send)
        with os.fdopen(receive) as said:
            reason = said.read().strip()
        if os.waitpid(child, 0)[1]:
            raise hdf5.HDF5Error(reason or "damaged so that the HDF5 library breaks off")

    hdf5.refuse_what_breaks_hdf5 = forked
    return hdf5.PROBE


def be_probe(hdf5, file, send: int) -> None:
    """Go through an HDF5 file, and end."""
    status = 1
    try:
        for number, end in enumerate((file.fileno(), send, os.open(os.devnull, os.O_WRONLY))):
            os.dup2(end, number)
        sys.stdin = io.TextIOWrapper(io.FileIO(0, closefd=False))
        sys.stdout = io.TextIOWrapper(io.FileIO(1, "w", closefd=False))
        pages = int(Path("/proc/self/statm").read_text().split()[0])
        hdf5.limits.HDF5_MEMORY += pages * 4096
        hdf5.probe()
        status = 0
    except SystemExit as error:
        status = int(error.code or 0)
    finally:
        sys.stdout.flush()
        os._exit(status)


class Model(Kind):
    """A trained network."""

    name, is_heavy = "model", True
    file = "model.h5"

    def prepare(self, shared: Path) -> None:
        """Import the reader, and save a small network."""
        import pytensor

        pytensor.config.floatX = "float32"
        self.starts = probe_quickly()
        from lenet.runs import checkpoint, saved_model

        self.checkpoint, self.saved_model = checkpoint, saved_model
        self.data = self.made()
        self.others = [path.read_bytes() for path in (OLD / "lenet5.h5", OLD / "normalised.h5")]
        self.weights = self.weights_of(self.data)

    def made(self) -> bytes:
        """Return the file of a small network, as this version writes it."""
        from lenet.layers import BatchNorm, Flatten, FullyConnected
        from lenet.models.network import network_of_layers

        layers = [Flatten(), FullyConnected(5), BatchNorm(), FullyConnected(10)]
        network = network_of_layers(layers, (1, 6, 6), np.random.default_rng(0))
        described = json.dumps(network.model.network.describe())
        about = {"dataset": "mnist", "size": 6, "channels": 1, "class_names": CLASSES, "epoch": 3}
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, "model.h5")
            self.checkpoint.save(
                path,
                network.model,
                architecture=described,
                **about,
                **VALIDATED,
                validation_error=0.1,
                test_error=0.25,
            )
            return path.read_bytes()

    @staticmethod
    def weights_of(data: bytes) -> dict[str, bytes]:
        """Return the bytes of each data set, read with h5py alone."""
        import h5py

        found: dict[str, bytes] = {}

        def visit(name: str, item) -> None:
            if isinstance(item, h5py.Dataset):
                found[name] = np.asarray(item[()]).tobytes()

        with h5py.File(io.BytesIO(data)) as file:
            file.visititems(visit)
        return found

    def intact(self, folder: Path) -> None:
        """Write it."""
        (folder / self.file).write_bytes(self.data)

    def harm(self, rng: random.Random, folder: Path, story: list[str]) -> None:
        """Damage it, or forge one."""
        path = folder / self.file
        if rng.randrange(4) == 0:
            path.write_bytes(rng.choice(self.others))
            story.append("an older file")
        data = path.read_bytes()
        forger = lambda: forged(rng, data, folder, story)  # noqa: E731
        harm_file(rng, path, story, forger, donor=self.others[0])

    def read(self, where: Places) -> int:
        """Load the network, and look at its weights."""
        from lenet.terminal import run_command

        def loaded() -> int:
            model = self.saved_model.SavedModel.load(where.inputs / self.file)
            print(ascii(model.errors), model.size, model.channels)
            self.look_at(model.network.model, where)
            for name in model.class_names:
                name.encode()
            if model.fit is not None:
                print(model.fit.temperature, model.fit.curve.threshold_for(0.05))
            return 0

        return run_command("lenet-predict", loaded)

    def look_at(self, model, where: Places) -> None:
        """Raise `WrongResult` if weights are no numbers, another file's bytes, or not those that were saved."""
        for variable in (*model.params, *getattr(model, "state", [])):
            value = variable.get_value(borrow=True)
            if not isinstance(value, np.ndarray):
                continue
            require(np.isfinite(value).all(), f"{variable.name} is not finite")
            require(SECRET[:16] not in value.tobytes(), f"{variable.name} is of another file")
            require(not (value == np.float32(FOREIGN)).any(), f"{variable.name} is of another file")
        digest = digest_of(where.inputs / self.file)
        if digest and digest == digest_of(io.BytesIO(self.data)):
            for variable in model.params:
                is_same = self.weights[variable.name] == variable.get_value(borrow=True).tobytes()
                require(is_same, f"{variable.name} is not what it was when its digest was made")


def digest_of(file) -> object:
    """Return the digest in a file."""
    import h5py

    with h5py.File(file) as content:
        return content.attrs.get("digest")


class Last(Model):
    """What a run goes on from: last.h5, and the table of its epochs."""

    name = "last"
    file = "last.h5"

    def prepare(self, shared: Path) -> None:
        """Import the reader, and make a network that has been trained for three epochs."""
        from lenet.runs import writer
        from lenet.training import loop

        self.run_folder, self.training = writer, loop
        super().prepare(shared)
        self.others = [(OLD / "last.h5").read_bytes()]

    def made(self) -> bytes:
        """Return the file of a small network in training, as this version writes it."""
        from lenet.training.build import build_network
        from lenet.training.functions import symbolic_step
        from tests.toy_dataset import toy_dataset
        from tests.toy_settings import toy_settings

        settings = toy_settings(model="mlp", hidden=(3,), update="adam")
        self.network = build_network(toy_dataset(), settings, np.random.default_rng(0))
        self.memory = symbolic_step(self.network, settings).optimizer_state
        rng = self.checkpoint.generator_state(np.random.default_rng(1))
        described = json.dumps(self.network.model.network.describe())
        about = {"dataset": "mnist", "size": 24, "channels": 1, "class_names": CLASSES}
        going_on = {"epoch": 3, "patience": 100, "best_error": 0.3, "batches_rng": rng}
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, "last.h5")
            self.checkpoint.save(
                path, self.network.model, self.memory, architecture=described, **about, **going_on
            )
            return path.read_bytes()

    def intact(self, folder: Path) -> None:
        """Write it, and the table."""
        super().intact(folder)
        (folder / "metrics.csv").write_text(METRICS)

    def harm(self, rng: random.Random, folder: Path, story: list[str]) -> None:
        """Damage one of the two, or forge one."""
        if rng.randrange(3):
            super().harm(rng, folder, story)
        elif rng.randrange(2):
            harm_text(rng, folder / "metrics.csv", story)
        else:
            Compare.harm_metrics(rng, folder / "metrics.csv", story)

    def read(self, where: Places) -> int:
        """Bring a network to where the run has come."""
        from lenet.terminal import run_command

        def resumed() -> int:
            progress = self.training.Progress(np.random.default_rng(0))
            results = self.run_folder.resumed(where.inputs, self.network, self.memory, progress, {})
            require(len(results) == progress.epoch, f"{len(results)} epochs for {progress.epoch}")
            self.look_at(self.network.model, where)
            return 0

        return run_command("lenet-train", resumed)


class Epochs(Model):
    """Weights of some epochs of a run: epochs.h5."""

    name = "epochs"
    file = "epochs.h5"

    def prepare(self, shared: Path) -> None:
        """Import the reader, and keep some epochs of a small network."""
        from lenet.runs import kept_epochs

        self.kept_epochs = kept_epochs
        super().prepare(shared)
        self.others = [(OLD / "model.h5").read_bytes()]

    def made(self) -> bytes:
        """Return the file of three epochs, as this version writes it."""
        from lenet.layers import BatchNorm, Flatten, FullyConnected
        from lenet.models.network import network_of_layers

        layers = [Flatten(), FullyConnected(5), BatchNorm(), FullyConnected(10)]
        self.network = network_of_layers(layers, (1, 6, 6), np.random.default_rng(0))
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, self.file)
            kept = self.kept_epochs.KeptEpochs.begun(path, self.network.model, 0)
            for epoch in (1, 2):
                kept.keep(epoch, self.network.model, 1)
            return path.read_bytes()

    def read(self, where: Places) -> int:
        """Make the network what it was after each epoch."""
        from lenet.terminal import run_command

        def restored() -> int:
            kept = self.kept_epochs.KeptEpochs.load(where.inputs / self.file)
            kept.check(self.network.model)
            for epoch in kept.epochs:
                kept.restore(epoch, self.network.model)
                for variable in (*self.network.model.params, *self.network.model.state):
                    value = variable.get_value(borrow=True)
                    require(np.isfinite(value).all(), f"{variable.name} is not finite")
                    require(SECRET[:16] not in value.tobytes(), "bytes of another file")
            return 0

        return run_command("lenet-show", restored)


class Cache(Kind):
    """Images in the cache, which are made again if the file is damaged."""

    name = "image-cache"
    leaves = ("*.h5",)

    def prepare(self, shared: Path) -> None:
        """Import the reader, and decode a few pictures."""
        from lenet.data import image_folder
        from tests.image_folders import write_folder

        self.image_folder, self.starts = image_folder, probe_quickly()
        # Not among the inputs: the cache knows pictures by the time that they were changed.
        self.root = shared
        write_folder(self.root / "pictures", {"cat": 6, "dog": 6})
        self.truth = self.images(self.root / "cache")
        (found,) = (self.root / "cache").glob("*.h5")
        self.cached, self.data = found.name, found.read_bytes()

    def images(self, cache: Path) -> np.ndarray:
        """Return the images of the pictures, with a cache."""
        folders, shares = [self.root / "pictures"], (60, 20, 20)
        dataset = self.image_folder.load_image_folder(
            folders, size=8, shares=shares, cache_dir=cache
        )
        return np.concatenate(
            [np.asarray(s.images[:]) for s in (dataset.train, dataset.valid, dataset.test)]
        )

    def intact(self, folder: Path) -> None:
        """Write the cache, which is no input but a result of earlier."""
        (folder.parent / "out" / self.cached).write_bytes(self.data)

    def harm(self, rng: random.Random, folder: Path, story: list[str]) -> None:
        """Damage it, or forge one."""
        path = folder.parent / "out" / self.cached
        harm_file(rng, path, story, lambda: forged(rng, self.data, folder, story))

    def read(self, where: Places) -> int:
        """Load the pictures, which must be what they are, whatever the cache says."""
        from lenet.terminal import run_command

        def loaded() -> int:
            found = self.images(where.results)
            require(np.array_equal(found, self.truth), "other images than those in the pictures")
            return 0

        return run_command("lenet-train", loaded)


KINDS = (Model, Last, Epochs, Cache)
