"""What programs for Theano read: pickles of Python 2, and zip files of shared variables."""

import io
import pickle
import random
import zipfile
from pathlib import Path

import numpy as np

from tests.fuzz_files.children import Places
from tests.fuzz_files.forging import pickles
from tests.fuzz_files.kinds.base import Kind, harm_file, pick
from tests.fuzz_files.mutations import TEXTS, mutated

SHARED = b"""ccopy_reg
_reconstructor
(ctheano.tensor.sharedvar
TensorSharedVariable
c__builtin__
object
NtR"""


class TheanoZip(Kind):
    """A file of ``theano.misc.pkl_utils``: a pickle, and an .npy file for each array."""

    name, is_heavy = "theano-zip", True
    file = "model.zip"

    def prepare(self, shared: Path) -> None:
        """Import the reader, and make a zip file of three arrays."""
        import pytensor

        from lenet.theano_compat.theano.misc import pkl_utils

        self.pkl_utils = pkl_utils
        rng = np.random.default_rng(0)
        values = [rng.normal(size=shape).astype(np.float32) for shape in ((3, 4), (4,), ())]
        shared = [pytensor.shared(value, name=f"W{k}") for k, value in enumerate(values)]
        buffer = io.BytesIO()
        pkl_utils.dump({"params": shared, "epochs": 3, "seen": values}, buffer)
        with zipfile.ZipFile(buffer) as file:
            self.members = {name: file.read(name) for name in file.namelist()}
        self.good = [{"params": values, "epochs": 3}, values]

    def intact(self, folder: Path) -> None:
        """Write it."""
        (folder / self.file).write_bytes(zipped(self.members))

    def harm(self, rng: random.Random, folder: Path, story: list[str]) -> None:
        """Damage the file, one of those in it, or forge one."""
        harm_file(rng, folder / self.file, story, lambda: self.forged(rng, story), opened=True)

    def forged(self, rng: random.Random, story: list[str]) -> bytes:
        """Return a zip file with another pickle, another array or odd names."""
        name = rng.choice([name for name in self.members if name != "pkl"])
        array = self.members[name]
        shape = rng.choice(
            (
                "(1<<40,)",
                "(4611686018427387904, 4)",
                "(-1,)",
                "(3, 4",
                "()" * 5000,
                "(9" + "9" * 5000 + ",)",
            )
        )
        kind = rng.choice(
            ("<f4", "|O", "<U9", "<c16", "|V1099511627776", "[('a', '|O')]", "<M8", "<f2")
        )
        header = f"{{'descr': {kind!r}, 'fortran_order': {rng.choice(('False', 'True', '7'))}, 'shape': {shape}, }}\n"
        npy = b"\x93NUMPY" + bytes(rng.choice(((1, 0), (2, 0), (3, 0), (9, 9))))
        length = rng.choice((len(header), 65535)).to_bytes(rng.choice((2, 4)), "little")
        return pick(
            rng,
            {
                "pickle": lambda: zipped(
                    {**self.members, "pkl": pickles.forged(rng, self.good, story)}
                ),
                "damaged pickle": lambda: zipped(
                    {**self.members, "pkl": mutated(rng, self.members["pkl"], array, story)}
                ),
                "damaged array": lambda: zipped(
                    {**self.members, name: mutated(rng, array, self.members["pkl"], story)}
                ),
                "header": lambda: zipped(
                    {**self.members, name: npy + length + header.encode() + array[64:]}
                ),
                "array of objects": lambda: zipped({**self.members, name: objects()}),
                "array is a bomb": lambda: zipped({**self.members, name: array + bytes(1 << 26)}),
                "no array": lambda: zipped({"pkl": self.members["pkl"]}),
                "no pickle": lambda: zipped({name: array}),
                "odd name": lambda: zipped({**self.members, rng.choice(TEXTS[2:12]): array}),
            },
            story,
        )

    def read(self, where: Places) -> int:
        """Load the file as a program does; any error of Python's is an answer, if it is said in a line."""
        with (where.inputs / self.file).open("rb") as file:
            return answered(lambda: self.pkl_utils.load(file))


class TheanoPickle(TheanoZip):
    """A pickle of Python 2, with arrays and shared variables."""

    name = "theano-pickle"
    file = "model.pkl"

    def intact(self, folder: Path) -> None:
        """Write one."""
        (folder / self.file).write_bytes(pickle.dumps(self.good[0], 2))

    def forged(self, rng: random.Random, story: list[str]) -> bytes:
        """Return another pickle."""
        if rng.randrange(3):
            return pickles.forged(rng, self.good, story)
        story.append("shared variable")
        state = {
            "name": rng.choice(TEXTS),
            "type": rng.choice((None, {}, 3)),
            "container": rng.choice((None, [1], {})),
        }
        return b"\x80\x02" + SHARED + pickles.body(state) + b"b."

    def read(self, where: Places) -> int:
        """Load the file as a program does."""
        with (where.inputs / self.file).open("rb") as file:
            return answered(lambda: self.pkl_utils.CompatUnpickler(file, encoding="latin1").load())


def answered(load) -> int:
    """Load what a program asks for; say in one line what an error says."""
    from lenet.terminal import complain

    try:
        load()
    except Exception as error:
        # A traceback would show the message as it is, but its lines are its own affair.
        complain("program", f"{type(error).__name__}: {' '.join(str(error).splitlines())}")
        return 1
    return 0


def zipped(members: dict[str, bytes]) -> bytes:
    """Return a zip file."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as file:
        for name, data in members.items():
            info = zipfile.ZipInfo(name.encode(errors="replace").decode() or "x")
            info.compress_type = zipfile.ZIP_DEFLATED
            file.writestr(info, data)
    return buffer.getvalue()


def objects() -> bytes:
    """Return an .npy file with a pickle in it."""
    buffer = io.BytesIO()
    np.save(buffer, np.array([{}, None], object), allow_pickle=True)
    return buffer.getvalue()


KINDS = (TheanoZip, TheanoPickle)
