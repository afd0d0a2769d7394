import errno
import os

import h5py
import numpy as np
import pytest
from PIL import Image

from lenet import image_cache, image_decoding
from lenet.dataset_files import DataError
from lenet.image_cache import decode_files
from lenet.image_decoding import Form
from lenet.image_files import fit_to, read_image
from tests.image_folders import noise

FORM = Form(8, 3, keep_aspect=True)


@pytest.fixture
def paths(tmp_path):
    paths = [tmp_path / f"{k}.png" for k in range(20)]
    for k, path in enumerate(paths):
        Image.fromarray(noise(6, 9, 3, seed=k)).save(path)
    return paths


@pytest.fixture
def decode(tmp_path, paths):
    def decode(form=FORM, threads=2, names=None):
        names = names or [path.name for path in paths]
        return decode_files(paths, names, form, tmp_path / "cache", threads)

    return decode


@pytest.fixture
def decoded(monkeypatch):
    """The files that are decoded, as they are."""
    found = []
    decode_file = image_decoding.decode_file

    def spy(path, form):
        found.append(path.name)
        return decode_file(path, form)

    monkeypatch.setattr(image_decoding, "decode_file", spy)
    return found


@pytest.mark.parametrize("threads", [1, 3])
def test_images_are_in_the_order_of_the_files(decode, paths, threads):
    found = decode(threads=threads)
    expected = np.stack([fit_to(read_image(path, 3), 8) for path in paths])
    np.testing.assert_array_equal(found.images, expected)
    assert found.files.tolist() == list(range(20))
    assert set(found.pages) == {image_cache.SINGLE_PAGE}
    assert len(np.unique(found.digests, axis=0)) == 20
    assert found.problems == []


def test_the_cache_is_an_hdf5_file_that_others_can_read(decode):
    found = decode()
    with h5py.File(found.path) as file:
        np.testing.assert_array_equal(file["images"][()], found.images)
        assert file["images"].chunks is None
    assert [path.name for path in found.path.parent.iterdir()] == [found.path.name]


def test_nothing_is_decoded_twice(decode, decoded, paths):
    first = decode()
    again = decode()
    assert sorted(decoded) == sorted(path.name for path in paths)
    assert again.path == first.path
    np.testing.assert_array_equal(again.images, first.images)


@pytest.mark.parametrize(
    "change",
    ["a file", "permissions", "a name", "size", "channels", "aspect"],
)
def test_what_changes_is_decoded_anew(decode, decoded, paths, change):
    first = decode()
    decoded.clear()
    options = {}
    match change:
        case "a file":
            Image.fromarray(noise(6, 9, 3, seed=99)).save(paths[3])
        case "permissions":
            paths[3].chmod(0o600)
        case "a name":
            options["names"] = [f"other {path.name}" for path in paths]
        case "size":
            options["form"] = Form(9, 3, keep_aspect=True)
        case "channels":
            options["form"] = Form(8, 1, keep_aspect=True)
        case "aspect":
            options["form"] = Form(8, 3, keep_aspect=False)
    again = decode(**options)
    assert len(decoded) == 20
    assert again.path != first.path
    form = options.get("form", FORM)
    expected = fit_to(read_image(paths[3], form.channels), form.size, form.keep_aspect)
    np.testing.assert_array_equal(again.images[3], expected)


@pytest.mark.parametrize(
    "damage",
    [
        *("no HDF5", "cut short", "another format", "empty", "a table short"),
        *("a file too many", "a problem too many"),
    ],
)
def test_a_damaged_cache_is_made_again(decode, decoded, damage):
    first = decode()
    images = first.images.copy()
    match damage:
        case "no HDF5":
            first.path.write_bytes(b"spoilt")
        case "empty":
            first.path.write_bytes(b"")
        case "cut short":
            os.truncate(first.path, first.path.stat().st_size - 100)
        case "another format":
            with h5py.File(first.path, "r+") as file:
                file.attrs["format"] = "lenet images 0"
        case "a file too many":
            with h5py.File(first.path, "r+") as file:
                file["files"][3] = 20
        case "a problem too many":
            with h5py.File(first.path, "r+") as file:
                del file["problem_files"], file["problems"]
                file["problem_files"] = np.array([-1], np.int32)
                file["problems"] = np.array([": spoilt"], h5py.string_dtype())
        case "a table short":
            with h5py.File(first.path, "r+") as file:
                del file["pages"]
                file["pages"] = np.zeros(3, np.int32)
    decoded.clear()
    np.testing.assert_array_equal(decode().images, images)
    assert len(decoded) == 20


def test_a_full_disk_is_one_line_and_leaves_nothing(decode, monkeypatch, tmp_path):
    def full(*args):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(image_cache.shutil, "copyfileobj", full)
    with pytest.raises(
        DataError, match=r"No space left on device; choose a folder with room as --cac"
    ):
        decode()
    assert list((tmp_path / "cache").iterdir()) == []


def test_an_interruption_leaves_nothing(decode, monkeypatch, tmp_path):
    def interrupt(path, form):
        raise KeyboardInterrupt

    monkeypatch.setattr(image_decoding, "decode_file", interrupt)
    with pytest.raises(KeyboardInterrupt):
        decode()
    assert list((tmp_path / "cache").iterdir()) == []
