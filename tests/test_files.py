import os
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from lenet import files
from lenet.files import (
    append,
    leftovers,
    make_folder,
    refuse_special,
    remove_leftovers,
    write_atomically,
    written_atomically,
)

ROOT = Path(__file__).parent.parent


def test_a_full_disk_leaves_nothing_half_written(tmp_path):
    code = f"""
        import resource, signal, sys
        from lenet.files import write_atomically
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        sys.dont_write_bytecode = True  # Python leaves what it could not write whole
        resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
        try:
            write_atomically({str(tmp_path / "file")!r}, b"x" * 5000)
        except OSError as error:
            print(error)
    """
    result = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(code)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert "File too large" in result.stdout
    assert str(tmp_path / "file") in result.stdout
    assert list(tmp_path.iterdir()) == []


def test_a_missing_folder_is_named(tmp_path):
    with pytest.raises(OSError, match=r"No such file or directory: .*nowhere"):
        write_atomically(tmp_path / "nowhere" / "file", b"")


@pytest.mark.parametrize("name", ["a" * 250 + ".html", "\u00fc" * 120 + ".h5", "a b", "\udcff"])
def test_any_name_that_a_file_may_have_can_be_written(tmp_path, name):
    write_atomically(tmp_path / name, b"x")
    append(tmp_path / name, b"y")
    assert (tmp_path / name).read_bytes() == b"xy"
    assert os.listdir(tmp_path) == [name]


def test_a_name_that_is_too_long_is_the_one_that_is_named(tmp_path):
    with pytest.raises(OSError, match="File name too long") as caught:
        write_atomically(tmp_path / ("a" * 300), b"x")
    assert caught.value.filename == str(tmp_path / ("a" * 300))
    assert os.listdir(tmp_path) == []


def test_a_folder_that_cannot_be_written_to_is_not_told_by_a_temporary_name(tmp_path, monkeypatch):
    """Of a read-only file system: even removing what is not there is refused."""

    def refuse(*args):
        raise OSError(30, "Read-only file system", str(args[0]))

    monkeypatch.setattr(files, "open", refuse, raising=False)
    monkeypatch.setattr(Path, "unlink", refuse)
    with pytest.raises(OSError, match="Read-only") as caught:
        write_atomically(tmp_path / "p.html", b"x")
    assert caught.value.filename == str(tmp_path / "p.html")


def test_temporary_names_are_not_known_before_and_no_link_is_followed(tmp_path, monkeypatch):
    monkeypatch.setattr(files.secrets, "token_hex", lambda n: "0" * 2 * n)
    (tmp_path / "precious").write_text("precious")
    (tmp_path / ".file.0000000000000000.tmp").symlink_to(tmp_path / "precious")
    with pytest.raises(FileExistsError):
        write_atomically(tmp_path / "file", b"x")
    assert (tmp_path / "precious").read_text() == "precious"
    monkeypatch.undo()
    seen, replace = [], os.replace
    monkeypatch.setattr(os, "replace", lambda *paths: seen.append(paths[0]) or replace(*paths))
    for _ in range(2):
        write_atomically(tmp_path / "file", b"x")
    assert len(set(seen)) == 2


@pytest.mark.parametrize("path", ["/dev/null", "/dev/zero"])
def test_a_device_is_not_replaced(path):
    with pytest.raises(OSError, match="not a regular file") as caught:
        write_atomically(path, b"x")
    assert caught.value.filename == path
    assert Path(path).is_char_device()
    with pytest.raises(OSError, match="not a regular file"):
        refuse_special(Path(path))


def test_a_pipe_is_no_file_but_what_is_missing_may_become_one(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(OSError, match="not a regular file"):
        refuse_special(tmp_path / "pipe")
    refuse_special(tmp_path)
    refuse_special(tmp_path / "missing")


def test_folders_that_are_made_are_returned_the_innermost_first(tmp_path):
    deep = tmp_path / "a" / "b"
    assert make_folder(deep) == [deep, deep.parent]
    assert make_folder(deep) == []


def test_a_folder_that_another_process_removes_meanwhile_is_made_again(tmp_path, monkeypatch):
    """`Path.mkdir` finds the folder there, and a moment later finds no folder there."""
    mkdir, raised = os.mkdir, [FileExistsError(17, "File exists"), FileNotFoundError(2, "None")]

    def meanwhile(path, mode=0o777):
        if raised:
            raise raised.pop()
        mkdir(path, mode)

    monkeypatch.setattr(os, "mkdir", meanwhile)
    assert make_folder(tmp_path / "run") == [tmp_path / "run"]
    assert not raised


def test_a_file_in_the_place_of_a_folder_is_named(tmp_path):
    (tmp_path / "run").touch()
    with pytest.raises(FileExistsError) as caught:
        make_folder(tmp_path / "run")
    assert caught.value.filename == str(tmp_path / "run")


def test_only_what_a_killed_process_has_left_of_known_names_is_removed(tmp_path):
    long = "a" * 100
    left = [
        ".model.h5.123.tmp",
        ".model.h5.0123456789abcdef.tmp",
        f".{long[:50]}.0123456789abcdef.tmp",
    ]
    others = [
        ".other.123.tmp",
        "model.h5.123.tmp",
        ".model.h5.tmp",
        ".model.h5.12x.tmp",
        "model.h5",
    ]
    for name in (*left, *others):
        (tmp_path / name).touch()
    assert {path.name for path in leftovers(tmp_path, ["model.h5", long])} == set(left)
    remove_leftovers(tmp_path, ["model.h5", long])
    assert set(os.listdir(tmp_path)) == set(others)
    remove_leftovers(tmp_path / "missing", ["model.h5"])


def test_a_file_written_bit_by_bit_appears_whole(tmp_path):
    path = tmp_path / "file"
    path.write_bytes(b"before")
    with written_atomically(path) as file:
        file.write(b"one, ")
        assert path.read_bytes() == b"before"
        file.write(b"two")
    assert path.read_bytes() == b"one, two"
    assert os.listdir(tmp_path) == ["file"]


@pytest.mark.parametrize(
    ("error", "named"),
    [
        (OSError(28, "No space left on device"), "file"),
        (OSError(32, "Broken pipe", "standard output"), "standard output"),
        (KeyboardInterrupt(), None),
    ],
)
def test_what_fails_bit_by_bit_leaves_the_file_as_it_was(tmp_path, error, named):
    path = tmp_path / "file"
    path.write_bytes(b"before")
    with pytest.raises(type(error)) as caught, written_atomically(path) as file:  # noqa: PT012
        file.write(b"one")
        raise error
    if named is not None:
        assert caught.value.filename == (str(path) if named == "file" else named)
    assert path.read_bytes() == b"before"
    assert os.listdir(tmp_path) == ["file"]
