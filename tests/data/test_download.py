"""Downloads from a real HTTP server on 127.0.0.1 that misbehaves in every way."""

import gzip
import hashlib
import http.server
import os
import signal
import socket
import sys
import textwrap
import threading
import time
from pathlib import Path

import pytest

from lenet import limits
from lenet.data.download import Published, download
from lenet.errors import DataError
from tests import children
from tests.tiers import some

CONTENT = bytes(range(256)) * 2000
FILE = Published(hashlib.md5(CONTENT).hexdigest(), len(CONTENT))
BOMB = gzip.compress(bytes(50_000_000))  # 50 kB
# Answers of a redirection, by the page.
REDIRECTIONS = {
    "/moved": "/whole",
    "/moved-far": "{url}/moved",
    "/round": "/round",
    "/nowhere": "http://[::1:::/",
    "/port": "http://127.0.0.1:port/",
    "/empty": "",
    "/file": "file:///etc/hostname",
    "/ftp": "ftp://127.0.0.1/x",
    "/escape": "http://\x1b[31m/",
}
LENGTHS = {
    "/abc": "abc",
    "/negative": "-5",
    "/huge": str(10**12),
    "/endless": "9" * 5000,
    "/small": "3",
    "/twice": f"{len(CONTENT)}, 7",
}
ROOT = Path(__file__).parents[2]


class Handler(http.server.BaseHTTPRequestHandler):
    """Answers /whole, /truncated, /wrong, /missing, /slow, /flaky and /together as they are named.

    /drip and /slow-header send a byte now and then, /bomb and /moved-bomb pack zeros, /unbounded never ends.
    """

    def do_GET(self):
        self.server.requests.append(self.path)
        if self.path == "/missing":
            return self.send_error(404)
        if self.path == "/flaky" and len(self.server.requests) == 1:
            return self.send_error(503)
        if self.path in REDIRECTIONS:
            self.send_response(302)
            self.send_header("Location", REDIRECTIONS[self.path].format(url=self.server.url))
            return self.end_headers()
        if self.path == "/slow-header":
            self.wfile.write(b"HTTP/1.0 200 OK\r\nX: ")
            return self.drip()
        self.send_response(302 if self.path == "/moved-bomb" else 200)
        if self.path in ("/bomb", "/moved-bomb"):
            self.send_header("Content-Encoding", "gzip")
            self.send_header("Location", "/whole")
        elif self.path not in ("/unbounded", "/more"):
            self.send_header("Content-Length", LENGTHS.get(self.path, str(len(CONTENT))))
        self.end_headers()
        if self.path in ("/bomb", "/moved-bomb"):
            self.wfile.write(BOMB)
        elif self.path == "/unbounded":
            while not self.server.released.is_set():
                self.wfile.write(bytes(1 << 16))
        elif self.path == "/more":
            self.wfile.write(CONTENT + b"more")
        elif self.path == "/drip":
            self.drip()
        elif self.path == "/wrong":
            self.wfile.write(CONTENT[::-1])
        elif self.path == "/truncated":
            self.wfile.write(CONTENT[:-1000])
        elif self.path == "/slow":
            self.wfile.write(CONTENT[:1000])
            self.wfile.flush()
            self.server.released.wait(30)
        elif self.path == "/together":
            # Neither client gets its second half before both are in the middle of theirs.
            self.wfile.write(CONTENT[:1000])
            self.wfile.flush()
            self.server.both.wait(30)
            self.wfile.write(CONTENT[1000:])
        else:
            self.wfile.write(CONTENT)
        return None

    def drip(self):
        while not self.server.released.wait(0.02):
            self.wfile.write(b"x")
            self.wfile.flush()

    def log_message(self, *args):
        pass


class Server(http.server.ThreadingHTTPServer):
    def handle_error(self, request, client_address):
        pass  # clients that hang up are what is tested


@pytest.fixture
def server():
    with Server(("127.0.0.1", 0), Handler) as server:
        server.requests = []
        server.released = threading.Event()
        server.both = threading.Barrier(2)
        server.url = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server
        server.released.set()
        server.shutdown()
        thread.join()


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch):
    monkeypatch.setattr("lenet.data.download.SECONDS_BETWEEN_ATTEMPTS", 0.0)
    monkeypatch.setattr(limits, "DOWNLOAD_CONNECT_SECONDS", 1.0)
    monkeypatch.setattr(limits, "DOWNLOAD_SILENCE_SECONDS", 0.5)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")


# Pages whose answer is no file, and what is said of them.
STRANGE = {
    **dict.fromkeys(
        ("nowhere", "port", "escape", "twice"), "an address or an answer that makes no sense"
    ),
    **dict.fromkeys(("file", "ftp"), "leads to an address that is neither http nor https"),
    **dict.fromkeys(
        ("abc", "negative", "endless"), "promises no number of bytes, expected 512,000"
    ),
    "huge": "promises 1,000,000,000,000 bytes, expected 512,000",
    "small": "promises 3 bytes, expected 512,000",
    "bomb": "the answer broke off",
    "unbounded": "wrong checksum",
}


def test_a_download_arrives_whole_in_a_new_folder(server, tmp_path, capsys):
    path = download(tmp_path / "new" / "data", "file.bin", [f"{server.url}/whole"], FILE)
    assert path == tmp_path / "new" / "data" / "file.bin"
    assert path.read_bytes() == CONTENT
    assert list(path.parent.iterdir()) == [path]
    assert f"downloading {server.url}/whole" in capsys.readouterr().err


@pytest.mark.parametrize("algorithm", ["md5", "sha256"])
@pytest.mark.parametrize("n_bytes", [None, len(CONTENT)])
def test_a_file_of_unknown_size_is_known_by_its_checksum(server, tmp_path, algorithm, n_bytes):
    published = Published(hashlib.new(algorithm, CONTENT).hexdigest(), n_bytes)
    assert published.algorithm == algorithm
    path = download(tmp_path, "file.bin", [f"{server.url}/whole"], published)
    assert path.read_bytes() == CONTENT


@pytest.mark.parametrize("page", ["unbounded", "huge", "abc", "negative", "endless", "more"])
def test_a_file_of_unknown_size_has_a_limit(server, tmp_path, page, monkeypatch):
    monkeypatch.setattr(limits, "DOWNLOAD_ATTEMPTS", 1)
    with pytest.raises(DataError, match="promises no number of bytes up to 671,088,640"):
        download(tmp_path / "new", "file.bin", [f"{server.url}/{page}"], Published(FILE.digest))
    assert not (tmp_path / "new").exists()


@pytest.mark.skipif(os.name == "nt", reason="Windows has no umask")
def test_others_may_read_a_download_if_they_may_read_what_one_writes(server, tmp_path):
    (tmp_path / "written").touch()
    path = download(tmp_path, "file.bin", [f"{server.url}/whole"], FILE)
    assert path.stat().st_mode == (tmp_path / "written").stat().st_mode


# Each failure is one in test_a_failure_says_what_was_tried_and_leaves_nothing, too.
@pytest.mark.parametrize(
    "first", some(("missing", "truncated", "wrong", "slow", *STRANGE), "missing", "wrong", "slow")
)
def test_the_second_mirror_serves_where_the_first_fails(server, tmp_path, first):
    urls = [f"{server.url}/{first}", f"{server.url}/whole"]
    assert download(tmp_path, "file.bin", urls, FILE).read_bytes() == CONTENT
    assert server.requests == [f"/{first}", "/whole"]
    assert os.listdir(tmp_path) == ["file.bin"]


def test_a_mirror_is_tried_again(server, tmp_path):
    assert download(tmp_path, "file.bin", [f"{server.url}/flaky"], FILE).read_bytes() == CONTENT
    assert server.requests == ["/flaky", "/flaky"]


@pytest.mark.parametrize(
    ("page", "why"),
    [
        ("missing", "HTTP status 404"),
        ("truncated", "the answer broke off"),
        ("wrong", "wrong checksum"),
        ("slow", "no (answer in time|connection)"),
        *STRANGE.items(),
    ],
)
def test_a_failure_says_what_was_tried_and_leaves_nothing(server, tmp_path, page, why):
    with pytest.raises(
        DataError, match=rf"file\.bin could not .*/{page}: {why}\); get it"
    ) as error:
        download(tmp_path / "new" / "data", "file.bin", [f"{server.url}/{page}"], FILE)
    assert str(tmp_path) in str(error.value)
    assert str(error.value).endswith("or choose --dataset digits, which needs no download")
    assert "\n" not in str(error.value)
    assert server.requests == [f"/{page}"] * limits.DOWNLOAD_ATTEMPTS
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize("page", ["moved", "moved-far", "moved-bomb", "more"])
def test_a_file_that_has_moved_or_has_more_behind_it_arrives(server, tmp_path, page):
    path = download(tmp_path, "file.bin", [f"{server.url}/{page}"], FILE)
    assert path.read_bytes() == CONTENT
    assert os.listdir(tmp_path) == ["file.bin"]


@pytest.mark.parametrize("page", ["drip", "slow-header"])
def test_what_comes_by_the_byte_is_given_up(server, tmp_path, monkeypatch, page):
    monkeypatch.setattr(limits, "DOWNLOAD_SECONDS", 1.0)
    urls = [f"{server.url}/{page}", f"{server.url}/whole"]
    assert download(tmp_path, "file.bin", urls, FILE).read_bytes() == CONTENT
    assert os.listdir(tmp_path) == ["file.bin"]
    monkeypatch.setattr(limits, "DOWNLOAD_ATTEMPTS", 1)
    with pytest.raises(DataError, match=rf"{page}: too slow, [0-9]+ bytes in 1 s\); get it"):
        download(tmp_path, "other.bin", urls[:1], FILE)
    assert os.listdir(tmp_path) == ["file.bin"]


def test_a_redirection_round_and_round_ends(server, tmp_path):
    urls = [f"{server.url}/round", f"{server.url}/whole"]
    assert download(tmp_path, "file.bin", urls, FILE).read_bytes() == CONTENT
    assert server.requests == [*["/round"] * (limits.DOWNLOAD_REDIRECTS + 1), "/whole"]
    with pytest.raises(DataError, match=r"/round: more than 5 redirections\); get it"):
        download(tmp_path, "other.bin", urls[:1], FILE)


def test_advice_of_the_caller_takes_the_place_of_the_usual(server, tmp_path):
    with pytest.raises(DataError, match=r"status 404\); call a friend, or choose --dataset digits"):
        download(tmp_path, "file.bin", [f"{server.url}/missing"], FILE, "call a friend")


def test_no_server_at_all(tmp_path, capsys):
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{unused.getsockname()[1]}/x"
        with pytest.raises(DataError, match="no connection"):
            download(tmp_path, "file.bin", [url], FILE)
    assert capsys.readouterr().err == ""  # nothing has been downloaded


def test_a_folder_that_cannot_be_made_is_named(server, tmp_path):
    (tmp_path / "file").write_text("not a folder")
    with pytest.raises(DataError, match=r"file/data/x: cannot be written \(Not a directory"):
        download(tmp_path / "file" / "data", "x", [f"{server.url}/whole"], FILE)


def test_a_full_disk_is_named_and_leaves_nothing(server, tmp_path):
    # A limit on the size of files is what a process can impose on itself.
    code = f"""
        import resource, signal, sys
        from pathlib import Path
        from lenet.data.download import Published, download
        from lenet.errors import DataError
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        sys.dont_write_bytecode = True  # Python leaves what it could not write whole
        resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
        try:
            download(Path({str(tmp_path)!r}), "file.bin", ["{server.url}/whole"], {FILE!r})
        except DataError as error:
            print(error)
        else:
            sys.exit("no error")
    """
    process = start_python(code)
    output, errors = process.communicate(timeout=60)
    assert process.returncode == 0, errors
    assert "file.bin: cannot be written (File too large); free some space" in output
    assert os.listdir(tmp_path) == []


def start_python(code):
    return children.start([sys.executable, "-c", textwrap.dedent(code)], seconds=60, cwd=ROOT)


def test_a_download_that_is_killed_leaves_nothing_under_its_name(server, tmp_path):
    code = f"""
        from pathlib import Path
        from lenet.data.download import Published, download
        download(Path({str(tmp_path)!r}), "file.bin", ["{server.url}/slow"], {FILE!r})
    """
    process = start_python(code)
    deadline = time.monotonic() + 30
    while not os.listdir(tmp_path) and time.monotonic() < deadline:
        time.sleep(0.02)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    assert os.listdir(tmp_path) != ["file.bin"]
    assert not (tmp_path / "file.bin").exists()
    server.released.set()
    assert download(tmp_path, "file.bin", [f"{server.url}/whole"], FILE).read_bytes() == CONTENT


def test_two_processes_at_once_do_no_harm(server, tmp_path):
    code = f"""
        from pathlib import Path
        from lenet.data.download import Published, download
        print(download(Path({str(tmp_path)!r}), "file.bin", ["{server.url}/together"], {FILE!r}))
    """
    processes = [start_python(code) for _ in range(2)]
    for process in processes:
        output, errors = process.communicate(timeout=60)
        assert process.returncode == 0, errors
        assert output.strip() == str(tmp_path / "file.bin")
    assert server.requests == ["/together"] * 2
    assert (tmp_path / "file.bin").read_bytes() == CONTENT
    assert os.listdir(tmp_path) == ["file.bin"]
