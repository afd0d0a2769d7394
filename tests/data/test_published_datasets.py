"""Places of published data sets, and one that is downloaded from a server on 127.0.0.1."""

import hashlib
import http.server
import threading
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from lenet.data.download import Published
from lenet.data.published_datasets import Place, is_called, load_published
from lenet.data.registry import ENTRIES
from lenet.errors import DataError
from tests.dataset_makers import write_medmnist, write_mnist, write_usps


class Handler(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *args):
        pass


@pytest.fixture
def served(tmp_path, monkeypatch):
    """Return a folder, and the address where its files are."""
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    folder = tmp_path / "served"
    folder.mkdir()
    handler = partial(Handler, directory=str(folder))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield folder, f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()
        thread.join()


def at(entry, folder, url):
    """Return an entry whose files are those in a folder, at an address."""
    files = {
        name: Published(hashlib.md5((folder / name).read_bytes()).hexdigest())
        for name in entry.files
    }
    return replace(entry, mirrors=(url,), files=files)


@pytest.mark.parametrize("name", ["usps", "fashion_mnist", "breastmnist"])
def test_a_data_set_is_downloaded_once(served, tmp_path, name, capsys):
    folder, url = served
    match name:
        case "usps":
            write_usps(folder)
        case "fashion_mnist":
            write_mnist(folder)
        case _:
            write_medmnist(folder / "breastmnist.npz", 1, 2)
    entry = at(ENTRIES[name], folder, url)
    first = load_published(entry, tmp_path / "data")
    assert capsys.readouterr().err.count("downloading ") == len(entry.files)
    assert sorted(path.name for path in (tmp_path / "data" / entry.folders[0]).iterdir()) == sorted(
        entry.files
    )
    again = load_published(replace(entry, mirrors=()), tmp_path / "data")
    np.testing.assert_array_equal(first.train.images, again.train.images)
    assert again.name == name


def test_a_file_that_is_damaged_on_the_way_is_not_kept(served, tmp_path, monkeypatch):
    monkeypatch.setattr("lenet.data.download.SECONDS_BETWEEN_ATTEMPTS", 0.0)
    folder, url = served
    write_usps(folder)
    entry = at(ENTRIES["usps"], folder, url)
    (folder / "usps.bz2").write_bytes(b"nothing")
    with pytest.raises(
        DataError, match=r"usps\.bz2 could not be downloaded .*wrong checksum"
    ) as error:
        load_published(entry, tmp_path / "data")
    assert "missing in" in str(error.value)
    assert "put these published files, compressed or not, into" in str(error.value)
    assert not (tmp_path / "data").exists()


@pytest.mark.parametrize(
    ("folder", "name", "expected"),
    [
        ("/data/FashionMNIST/raw", "FashionMNIST/raw", True),
        ("/data/fashionmnist/RAW", "FashionMNIST/raw", True),
        ("/data/raw", "FashionMNIST/raw", False),
        ("/data/kmnist", "kmnist", True),
    ],
)
def test_a_data_folder_may_be_that_of_the_files(folder, name, expected):
    assert is_called(Path(folder), name) == expected


def test_folders_are_no_files(tmp_path):
    (tmp_path / "usps" / "usps").mkdir(parents=True)
    place = Place(ENTRIES["usps"], tmp_path)
    assert place.find("usps.bz2") is None
    assert place.present() == []
