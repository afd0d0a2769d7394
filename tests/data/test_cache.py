import errno
import hashlib
import os

import h5py
import numpy as np
import pytest
from PIL import Image
from PIL import __version__ as pillow_version

from lenet import limits
from lenet.data import cache, decoding
from lenet.data.cache import cache_key, decode_files
from lenet.data.decoding import Form
from lenet.data.image_files import fit_to, read_image
from lenet.data.opening import AS_STORED
from lenet.errors import DataError
from tests.covering import by_tier
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
    decode_file = decoding.decode_file

    def spy(path, form):
        found.append(path.name)
        return decode_file(path, form)

    monkeypatch.setattr(decoding, "decode_file", spy)
    return found


@pytest.mark.parametrize("threads", [1, 3])
def test_images_are_in_the_order_of_the_files(decode, paths, threads):
    found = decode(threads=threads)
    expected = np.stack([fit_to(read_image(path, 3), 8) for path in paths])
    np.testing.assert_array_equal(found.images, expected)
    assert found.files.tolist() == list(range(20))
    assert set(found.pages) == {cache.SINGLE_PAGE}
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
        *("a file too many", "a problem too many", "the first pixel", "the last pixel", "a digest"),
        *("another file", "another page", "a name", "external storage", "a pipe", "a table more"),
    ],
)
@pytest.mark.parametrize("threads", by_tier([1, 3], [1]))
def test_a_damaged_cache_is_made_again(decode, decoded, tmp_path, damage, threads):
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
        case "the first pixel" | "the last pixel":
            with h5py.File(first.path) as file:
                start = file["images"].id.get_offset()
            data = bytearray(first.path.read_bytes())
            data[start if damage == "the first pixel" else start + images.size - 1] ^= 1
            first.path.write_bytes(data)
        case "a digest":
            with h5py.File(first.path, "r+") as file:
                file["digests"][7, 3] ^= 1
        case "another file":
            with h5py.File(first.path, "r+") as file:
                file["files"][3] = 4
        case "another page":
            with h5py.File(first.path, "r+") as file:
                file["pages"][3] = 1
        case "a name":
            with h5py.File(first.path, "r+") as file:
                file.move("pages", "images_pages")
        case "a table more":
            with h5py.File(first.path, "r+") as file:
                file["more"] = 1
        case "external storage":
            (tmp_path / "secret").write_bytes(bytes(images.size))
            with h5py.File(first.path, "r+") as file:
                del file["images"]
                where = [(str(tmp_path / "secret"), 0, images.size)]
                file.create_dataset("images", images.shape, np.uint8, external=where)
        case "a pipe":
            first.path.unlink()
            os.mkfifo(first.path)
        case "a table short":
            with h5py.File(first.path, "r+") as file:
                del file["pages"]
                file["pages"] = np.zeros(3, np.int32)
    decoded.clear()
    assert first.note == ""
    again = decode(threads=threads)
    np.testing.assert_array_equal(again.images, images)
    assert len(decoded) == 20
    assert again.note.startswith(f"{first.path}: ")
    assert again.note.endswith("; its images have been decoded anew")
    assert "\n" not in again.note
    assert decode(threads=threads).note == ""


@pytest.mark.parametrize("change", ["none", "another file", "the last file first"])
def test_a_cache_of_an_earlier_version_has_no_digest_of_its_tables(decode, decoded, change):
    first = decode()
    decoded.clear()
    with h5py.File(first.path, "r+") as file:
        del file.attrs["digest"]
        if change == "another file":
            file["files"][3] = 5
        elif change == "the last file first":
            file["files"][:] = np.roll(file["files"][:], 1)
    again = decode()
    np.testing.assert_array_equal(again.images, first.images)
    np.testing.assert_array_equal(again.files, first.files)
    assert len(decoded) == (0 if change == "none" else 20)


def test_blocks_of_images_do_not_matter(decode, monkeypatch):
    monkeypatch.setattr(cache, "BLOCK_BYTES", 3 * 8 * 8 * 3)
    first = decode(threads=2)
    data = bytearray(first.path.read_bytes())
    with h5py.File(first.path) as file:
        start = file["images"].id.get_offset()
    for image in (0, 5, 6, 19):
        damaged = data.copy()
        damaged[start + image * 192 + 5] ^= 1
        first.path.write_bytes(damaged)
        assert "images are not what their digests are of" in decode(threads=2).note


def test_a_full_disk_is_one_line_and_leaves_nothing(decode, monkeypatch, tmp_path):
    def full(*args):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(cache.shutil, "copyfileobj", full)
    with pytest.raises(
        DataError, match=r"No space left on device; choose a folder with room as --cac"
    ):
        decode()
    assert list((tmp_path / "cache").iterdir()) == []


def test_an_interruption_leaves_nothing(decode, monkeypatch, tmp_path):
    def interrupt(path, form):
        raise KeyboardInterrupt

    monkeypatch.setattr(decoding, "decode_file", interrupt)
    with pytest.raises(KeyboardInterrupt):
        decode()
    assert list((tmp_path / "cache").iterdir()) == []


@pytest.mark.parametrize("is_deep", [False, True])
def test_only_deep_pictures_whose_hot_pixels_were_kept_are_decoded_anew(is_deep):
    form = Form(8, 1, True, AS_STORED, is_deep)
    before = hashlib.blake2b(digest_size=16)
    before.update(repr((cache.FORMAT, form, limits.PICTURE_PIXELS, pillow_version)).encode())
    before.update(repr((AS_STORED, is_deep)).encode())
    assert (cache_key([], [], form) != before.hexdigest()) == is_deep
