"""`lenet.data.pickle_check`, and that all who unpickle ask it first."""

import io
import pickle
import pickletools
import subprocess
import sys
from collections import OrderedDict
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lenet import limits
from lenet.data.array_pickle import load_arrays
from lenet.data.pickle_check import PickleCheck

PROTOCOLS = range(pickle.HIGHEST_PROTOCOL + 1)


def depth_and_weight(value):
    """Return what `Item` says of a value, by a walk through it."""
    children = []
    if isinstance(value, dict):
        children = [*value.keys(), *value.values()]
    elif isinstance(value, list | tuple):
        children = list(value)
    walks = [depth_and_weight(child) for child in children]
    depth = 1 + max(depth for depth, _ in walks) if walks else 0
    return depth, 1 + sum(weight for _, weight in walks)


atoms = st.none() | st.booleans() | st.integers() | st.floats() | st.text()
keys = st.text() | st.integers() | st.tuples(st.integers(), st.text())
values = st.recursive(
    atoms,
    lambda inner: (
        st.lists(inner) | st.lists(inner).map(tuple) | st.dictionaries(keys, inner, max_size=5)
    ),
    max_leaves=20,
)


@given(values, values, st.sampled_from(PROTOCOLS))
def test_what_is_built_is_known_before(first, second, protocol):
    shared = [first, first, (first, second)]
    data = pickle.dumps(shared, protocol) + pickle.dumps(second, protocol)
    check = PickleCheck(data)
    built = check.check()
    assert (built.depth, built.weight) == depth_and_weight(shared)
    file = io.BytesIO(data)
    pickle.load(file)
    begin = file.tell()
    found = [(opcode.name, at) for opcode, _, at in pickletools.genops(data[begin:])]
    assert [(step.name, at - 1 - begin) for step, at, _ in check.opcodes(begin)] == found
    # Of another pickler, with a memo of its own.
    assert PickleCheck(data[begin:]).check().weight == depth_and_weight(second)[1]


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_honest_pickles_are_let_through(protocol):
    long = list(range(5000))
    honest = {
        "array": np.arange(12.0).reshape(3, 4),
        "fortran": np.asfortranarray(np.ones((2, 3), "f4")),
        "number": np.float32(1),
        "long": long,
        "again": long,
        "bytes": bytes(range(256)),
        "mutable": bytearray(b"abc"),
        "set": {1, 2},
        "frozen": frozenset([(1, 2)]),
        "ordered": OrderedDict([("a", 1)]),
        "large": {str(k): k for k in range(5000)},
        "huge": 1 << 5000,
        "complex": 1j,
    }
    PickleCheck(pickle.dumps(honest, protocol)).check()


def test_strings_of_python_2_need_not_be_ascii():
    # What `pickletools.genops` refuses.
    data = b"(dp1\nS'data'\np2\nS'\\x00\xff\\n'\np3\nsS'labels'\np4\n(lp5\nI7\naI1\nas."
    assert PickleCheck(data).check().weight == 1 + 2 + 1 + 3
    assert load_arrays(data) == {"data": "\0\xff\n", "labels": [7, 1]}


def test_pickles_one_after_the_other_share_a_memo():
    file = io.BytesIO()
    pickler = pickle.Pickler(file, 2)
    shared = ["shared"]
    pickler.dump(shared)
    second = file.tell()
    pickler.dump([shared, shared])
    check = PickleCheck(file.getvalue())
    check.check()
    assert check.check(second).weight == 5


def long_binput(index):
    return b"\x80\x02Nr" + np.uint32(index).tobytes() + b"."


def as_key(tuples):
    """Return a pickle that hashes what some opcodes leave on the stack."""
    return b"\x80\x04}" + tuples + b"K\x01s."


def claim(opcode, size=1 << 40):
    return b"\x80\x05" + opcode + size.to_bytes(8, "little") + b"x."


DEEP = 200_000
RECONSTRUCT = b"cnumpy.core.multiarray\n_reconstruct\n"
HOSTILE = {
    "memo-4-GB": (long_binput(0x0FFFFFFF), "places in its memo"),
    "memo-34-GB": (long_binput(0x7FFFFFFF), "places in its memo"),
    "memo-text": (b"\x80\x02Np536870911\n.", "places in its memo"),
    "memo-digits": (b"\x80\x02Np" + b"9" * 5000 + b"\n.", "something else than a number"),
    "memo-negative": (b"\x80\x02Np-1\n.", "something else than a number"),
    "tuples": (as_key(b"N" + b"\x85" * DEEP), "nested more than 100 deep"),
    "tuples-marked": (as_key(b"(" * DEEP + b"t" * DEEP), "nested more than 100 deep"),
    "tuples-of-two": (as_key(b"N" + b"N\x86" * DEEP), "nested more than 100 deep"),
    "tuples-by-memo": (as_key(b"N" + b"\x85\x940" + b"h\0\x85q\x000" * DEEP + b"h\0"), "nested"),
    "frozen": (as_key(b"(" * 101 + b"\x91" * 101), "nested more than 100 deep"),
    "lists": (b"]" * DEEP + b"a" * (DEEP - 1) + b".", "nested more than 100 deep"),
    "dicts": (b"}N" * 102 + b"N" + b"s" * 102 + b".", "nested more than 100 deep"),
    "states": (b"N" + (RECONSTRUCT + b"(NtR") * 101 + b"b" * 101 + b".", "nested more than"),
    "calls": (RECONSTRUCT * 102 + b")" + b"R" * 102 + b".", "nested more than 100 deep"),
    "doubled": (as_key(b"N" + b"2\x86" * 60), "again and again"),
    "doubled-list": (b"]" + b"q\0]h\0ah\0a" * 60 + b".", "again and again"),
    "grown-from-above": (b"]q\0]q\1ah\1]q\2a.", "what another one holds already"),
    "holds-itself": (b"]q\0h\0a.", "what another one holds already"),
    "state-of-a-function": (
        RECONSTRUCT + b"(N}X\x0c\0\0\0__defaults__K\1\x85stb.",
        "changes what is no container",
    ),
    "bytearray": (claim(b"\x96"), "claims more bytes"),
    "bytes": (claim(b"\x8e"), "claims more bytes"),
    "text": (claim(b"\x8d"), "claims more bytes"),
    "frame": (claim(b"\x95"), "claims a frame"),
    "frame-of-all": (claim(b"\x95", (1 << 64) - 1), "claims a frame"),
    "negative": (b"\x80\x02T\xff\xff\xff\xffx.", "claims more bytes"),
    "no-opcode": (b"\x80\x02\xff.", "0xff in place of an opcode"),
    "no-stop": (b"\x80\x02N", "truncated"),
    "no-newline": (b"cnumpy\ndtype", "truncated"),
    "empty": (b"", "truncated"),
    "nothing-to-return": (b"\x80\x02.", "more from its stack"),
    "nothing-to-keep": (b"\x80\x02q\0.", "more from its stack"),
    "below-a-mark": (b"\x80\x02N(\x85.", "more from its stack"),
    "no-mark": (b"\x80\x02t.", "lacks a mark"),
    "nothing-kept": (b"\x80\x02h\5.", "place 5 of its memo, which is empty"),
}


@pytest.mark.parametrize(("data", "message"), HOSTILE.values(), ids=HOSTILE)
def test_hostile_pickles_are_refused(data, message):
    with pytest.raises(pickle.UnpicklingError, match=message):
        PickleCheck(data).check()


@pytest.mark.parametrize(
    ("name", "most", "data", "message"),
    [
        ("PICKLE_OPCODES", 5, b"NNNNN.", "more than 5 opcodes"),
        ("PICKLE_CONTAINERS", 5, b"]" * 6 + b".", "more than 5 objects"),
        ("PICKLE_ITEMS", 5, b"(NNNNNNl.", "again and again"),
        # Each key is small, all together are not.
        ("PICKLE_ITEMS", 50, b"NN\x86q\0" + b"0}h\0Ns" * 20 + b".", "builds more than"),
    ],
)
def test_limits(monkeypatch, name, most, data, message):
    monkeypatch.setattr(limits, name, most)
    with pytest.raises(pickle.UnpicklingError, match=message):
        PickleCheck(data).check()
    monkeypatch.undo()
    PickleCheck(data).check()


CHILD = """
import io, resource, sys, zipfile
from pathlib import Path
from lenet.data.cifar_files import cifar_batch
from lenet.data.published_files import read_mnist_pickle
from lenet.theano_compat.theano.misc import pkl_utils

def zipped(path):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("pkl", path.read_bytes())
    return file

readers = {
    "mnist": read_mnist_pickle,
    "cifar10": lambda path: cifar_batch(path.read_bytes(), path),
    "zip": lambda path: pkl_utils.load(zipped(path)),
    "plain": lambda path: pkl_utils.CompatUnpickler(path.open("rb")).load(),
}
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
for path in sorted(Path(sys.argv[1]).iterdir()):
    for name, read in readers.items():
        try:
            print(path.name, name, read(path))
        except Exception as error:
            print(path.name, name, type(error).__name__)
grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
print("all", "grown", grown >> (20 if sys.platform == "darwin" else 10))
"""


@pytest.mark.skipif(sys.platform == "win32", reason="measures memory as POSIX does")
def test_each_reader_survives_them(tmp_path):
    for name, (data, _) in HOSTILE.items():
        (tmp_path / name).write_bytes(data)
    command = [sys.executable, "-c", CHILD, str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300)
    assert (done.returncode, done.stderr) == (0, "")
    *found, grown = (line.split() for line in done.stdout.splitlines())
    expected = {
        (name, *reader)
        for name in HOSTILE
        for reader in (
            ("mnist", "DataError"),
            ("cifar10", "DataError"),
            ("zip", "UnpicklingError"),
            ("plain", "UnpicklingError"),
        )
    }
    assert set(map(tuple, found)) == expected
    assert int(grown[-1]) < 200  # MB


def test_nobody_else_unpickles():
    """Whoever adds an unpickler has to build it on `ArrayUnpickler`.

    A program for Python 2 unpickles its own files, as it says; its `pickle.load` is in ``python2/files.py``.
    """
    package = Path(limits.__file__).parent
    of_programs = package / "theano_compat/python2/files.py"
    unpicklers = ("pickle.load(", "pickle.loads(", "Unpickler(", "allow_pickle=True", "joblib.load")
    found = {
        (str(path.relative_to(package)), text)
        for path in package.rglob("*.py")
        if path != of_programs
        for text in path.read_text(encoding="utf-8").splitlines()
        # A hint to a user quotes one of them.
        if any(name in text for name in unpicklers) and not text.strip().startswith(('"', 'f"'))
    }
    assert sorted(text.strip() for _, text in found) == [
        "class ArrayUnpickler(pickle.Unpickler):",
        "class CompatUnpickler(SharedUnpickler):",
        "class ModelUnpickler(ArrayUnpickler):",
        "class ObjectUnpickler(ArrayUnpickler):",
        "class SharedUnpickler(ArrayUnpickler):",
        "model = ModelUnpickler(data).load()",
        "model = ModelUnpickler(data, arrays_by_name(members, read)).load()",
        "return ArrayUnpickler(data).load()",
        'return SharedUnpickler(zip_file.read("pkl"), persistent_load(zip_file)).load()',
        "return plain(ObjectUnpickler(file.read()).load())",
    ]
