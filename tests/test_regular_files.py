"""Pipes, devices, sockets and folders in the place of files, for every reader; and no reader without that."""

import ast
import os
import re
import socket
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from lenet import limits
from lenet.data.cifar_files import read_cifar
from lenet.data.image_files import read_image
from lenet.data.published_files import read_idx, read_mnist_pickle
from lenet.errors import CommandError, DataError, ImageError
from lenet.files import open_regular, read_regular, read_regular_text
from lenet.hdf5 import open_plain

ROOT = Path(__file__).parent.parent
ODD = ["pipe", "socket", "/dev/null", "/dev/zero", "folder"]
# What may open a file by itself: where, and why.
ALLOWED = {
    "data/dataset_readers.py read_emnist": "a member of an archive that lenet.files has opened",
    "data/npz_files.py array": "a member of an archive that open_regular has opened",
    "data/zip_members.py": "what open_regular has opened",
    "show/bundle.py": "files of the package",
    "show/page_writer.py": "files of the package",
    "dashboard/page_writer.py": "files of the package",
    "importing/reader.py": "members of an archive that open_regular has opened",
    "porting/program.py": "by read_regular, as porting/source.py does",
    "data/published_files.py unpacked": "what open_regular has opened",
    "data/csv_images.py numbers_of": "lines in memory",
    "data/cifar_files.py files_of_archive": "what open_regular has opened",
    "files.py sync_folder": "a folder, which it syncs",
    "distributed/hosts.py": "files that this run has written, or the first host has sent",
    "data/tiff_samples.py gray_bytes": "bytes in memory",
    "graph/drawing.py": "files that PyTensor has just written, or came with it",
    "graph/machine_checks.py required": "pyproject.toml of the checkout",
    "graph/tracing.py image_of_file": "what open_regular has opened",
    "hdf5.py _opened": "what open_regular has opened",
    "data/cache.py": "what open_plain has opened, or this process has written",
    "data/headers.py is_deep_jpeg2000": "what open_regular has opened",
    "data/kept_channels.py _opened": "what open_regular has opened",
    "data/films.py opened_film": "what open_regular has opened",
    "data/films.py opened_camera": "a camera, which is a device",
    "data/opening.py opened": "what open_regular has opened",
    "nnet/dispatch/numba.py": "a file of the package",
    "nnet/kernels/interface.py": "files of the package",
    "theano_compat/old_names/libraries.py": "files of the package",
    "commands/presets.py recipe": "a file of the package",
    "files.py open_regular": "itself",
    "terminal.py": "the null device",
    "theano_compat/runner.py": "a program, which may do anything",
    "theano_compat/old_names/imp_module.py find_module": "a module of the program",
    "theano_compat/old_names/numpy_functions.py load": "a file of the program, of which nothing is run",
    "theano_compat/old_names/numpy_functions.py recfromtxt": "a table of the program",
    "theano_compat/theano/tensor/io.py perform": "a file of the program, which may be mapped, of numbers only",
    "theano_compat/old_names/pictures.py imread": "a picture of the program",
    "theano_compat/old_names/pkg_resources_module.py resource_string": "a file of a package",
    "theano_compat/python2/sources.py is_for_python2": "a module of the program",
    "theano_compat/python2/old_modules.py is_tried": "a module that is being imported",
    "theano_compat/theano/misc/pkl_utils.py": "files that the program has opened",
    "theano_compat/theano/tests/record.py __init__": "a file of the program, which may be a pipe",
}


@pytest.fixture(params=ODD)
def odd(request, tmp_path, monkeypatch):
    """A path at which there is no regular file."""
    path = tmp_path / request.param if "/" not in request.param else Path(request.param)
    match request.param:
        case "pipe":
            os.mkfifo(path)
        case "socket":
            monkeypatch.chdir(tmp_path)  # the name of a socket must be short
            with socket.socket(socket.AF_UNIX) as server:
                server.bind(path.name)
        case "folder":
            path.mkdir()
    if not path.exists():
        pytest.skip(f"no {path} here")
    return path


@pytest.mark.parametrize(
    ("read", "error"),
    [
        (lambda path: read_regular(path, 100), OSError),
        (lambda path: read_regular_text(path, 100), OSError),
        (lambda path: open_plain(path, 100).__enter__(), OSError),
        (lambda path: read_idx(path, 3), DataError),
        (read_mnist_pickle, DataError),
        (lambda path: read_image(path, 3), ImageError),
    ],
    ids=["bytes", "text", "hdf5", "idx", "pickle", "picture"],
)
def test_what_is_no_file_is_refused_at_once(odd, read, error):
    with pytest.raises(error) as refused:
        read(odd)
    said = "a folder|Is a directory" if odd.is_dir() else "a pipe"
    refused.match(said)
    assert "\n" not in str(refused.value)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs pipes with names")
def test_what_is_no_archive_is_refused(tmp_path):
    for name in ("cifar-10-python.tar.gz", "data_batch_1"):
        os.mkfifo(tmp_path / name)
    for path in (tmp_path / "cifar-10-python.tar.gz", tmp_path):
        with pytest.raises(DataError, match="not a regular file but a pipe"):
            read_cifar(path)


COMMANDS = {
    "model": "lenet predict --model_save_path PIPE --input_image x.png",
    "run": "lenet predict --model_save_path . --input_image x.png",
    "flags": "lenet.train --config PIPE",
    "flags as JSON": "lenet.train --config pipe.json",
    "course": "lenet course --config PIPE --image_dir . --out_dir new",
    "finished runs": "lenet compare .",
    "data": "lenet.train --dataset mnist --data_dir . --out_dir new",
    "image": "lenet.graph trace --model mlp --dataset digits --image PIPE --out_dir new",
}


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs pipes with names")
@pytest.mark.parametrize("name", COMMANDS)
def test_a_pipe_is_one_line_of_each_command(name, tmp_path):
    names = ["PIPE", "pipe.json", "model.h5", "metrics.csv", "config.json"]
    names += [
        f"{part}-{kind}-ubyte"
        for part in ("train", "t10k")
        for kind in ("images-idx3", "labels-idx1")
    ]
    for pipe in names:
        os.mkfifo(tmp_path / pipe)
    done = subprocess.run(
        [sys.executable, "-m", *COMMANDS[name].split()],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    assert done.returncode not in (0, -9)
    assert "not a regular file but a pipe, a socket or a device" in done.stderr
    assert done.stderr.count("\n") == 1, done.stderr
    assert not (tmp_path / "new").exists()


def test_links_and_missing_files(tmp_path):
    (tmp_path / "file").write_bytes(b"a\r\nb\xc3\xa4\n")
    (tmp_path / "link").symlink_to("file")
    (tmp_path / "broken").symlink_to("nowhere")
    assert read_regular(tmp_path / "link", 100) == b"a\r\nb\xc3\xa4\n"
    assert read_regular_text(tmp_path / "link", 100) == "a\nbä\n"
    with pytest.raises(FileNotFoundError):
        read_regular(tmp_path / "broken", 100)
    (tmp_path / "loop").symlink_to("loop")
    with pytest.raises(OSError, match="symbolic links"):
        read_regular(tmp_path / "loop", 100)


def test_a_file_of_the_largest_size_is_read_and_a_larger_one_is_not(tmp_path):
    path = tmp_path / "file"
    path.write_bytes(b"x" * 10)
    assert read_regular(path, 10) == b"x" * 10
    with pytest.raises(OSError, match="10 bytes, more than the 9 that are read"):
        read_regular(path, 9)


@pytest.mark.skipif(not Path("/proc/self/maps").exists(), reason="needs Linux")
def test_a_file_that_claims_no_bytes_and_has_many_is_refused():
    assert Path("/proc/self/maps").stat().st_size == 0
    with pytest.raises(OSError, match="more than 100 bytes"):
        read_regular("/proc/self/maps", 100)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs pipes with names")
def test_a_pipe_that_takes_the_place_of_a_file_is_refused(tmp_path, monkeypatch):
    path = tmp_path / "file"
    os.mkfifo(path)
    (tmp_path / "regular").touch()
    stat = os.stat(tmp_path / "regular")
    monkeypatch.setattr("lenet.files.os.stat", lambda *_, **__: stat)
    opened = []
    thread = threading.Thread(target=lambda: opened.append(attempt(path)), daemon=True)
    thread.start()
    thread.join(30)
    assert "not a regular file" in str(opened[0])


def attempt(path):
    try:
        return open_regular(path, 100)
    except OSError as error:
        return error


def test_text_that_is_none(tmp_path):
    (tmp_path / "file").write_bytes(b"\xff")
    with pytest.raises(UnicodeDecodeError):
        read_regular_text(tmp_path / "file", 10)


def test_flags_have_a_size(tmp_path):
    from lenet.commands.presets import read_flags

    path = tmp_path / "flags.toml"
    path.write_bytes(b"#" * (limits.CONFIG_BYTES + 1))
    with pytest.raises(
        CommandError, match=r"1,048,577 bytes, more than the 1,048,576 that are read"
    ):
        read_flags(path, f"--config {path}")


def opening(tree):
    """Return the function and the code of each call that opens a file to be read."""
    found = []

    def visit(node, function):
        if isinstance(node, ast.FunctionDef):
            function = node.name
        if isinstance(node, ast.Call) and reads(node):
            found.append((function, ast.unparse(node)))
        for child in ast.iter_child_nodes(node):
            visit(child, function)

    visit(tree, "")
    return found


def reads(call):
    """Return whether a call opens a file to be read, by its name."""
    owner, _, name = ast.unparse(call.func).rpartition(".")
    arguments = " ".join(map(ast.unparse, [*call.args, *(k.value for k in call.keywords)]))
    if name in ("open", "fdopen", "ZipFile"):
        writes = re.search(r"'[wax]b?\+?'|O_WRONLY|O_RDWR", arguments)
        return writes is None and owner != "webbrowser"
    if owner in ("np", "numpy"):
        return name in ("load", "loadtxt", "genfromtxt", "fromfile", "memmap")
    if owner == "h5py":
        return name == "File" and "'w'" not in arguments
    return name in ("read_text", "read_bytes")


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        *((code, True) for code in ("open(x)", "x.open('rb')", "io.open(x, 'r+b')", "np.load(x)")),
        *((code, True) for code in ("h5py.File(x)", "gzip.open(x)", "Path(x).read_text()")),
        *((code, False) for code in ("open(x, 'wb')", "x.open('a')", "h5py.File(x, 'w')")),
        *((code, False) for code in ("json.load(x)", "np.zeros(x)", "os.open(x, os.O_WRONLY)")),
    ],
)
def test_the_search_knows_what_reads(code, expected):
    assert bool(opening(ast.parse(code))) == expected


def test_no_reader_opens_a_file_by_itself():
    used = set()
    for path in sorted((ROOT / "lenet").rglob("*.py")):
        name = path.relative_to(ROOT / "lenet").as_posix()
        for function, code in opening(ast.parse(path.read_text())):
            keys = {name, f"{name} {function}"} & ALLOWED.keys()
            assert keys, f"{name}, {function}: {code}; use lenet.files or lenet.hdf5"
            used |= keys
    assert used == ALLOWED.keys()
