"""Answers of a server to downloads; the server is one of ours, on 127.0.0.1."""

import hashlib
import random
import socket
import threading
import time
from contextlib import suppress
from pathlib import Path

from tests.fuzz_files.children import Places
from tests.fuzz_files.kinds.base import Kind, bomb, require
from tests.fuzz_files.mutations import mutated

CONTENT = bytes(range(256)) * 300
NAME = "data.gz"
LOCATIONS = (
    *(
        "http://[::1:::/",
        "http://",
        "//",
        "",
        "http://127.0.0.1:1/",
        "http://127.0.0.1:99999/",
        "ftp://127.0.0.1/x",
    ),
    *(
        "file:///etc/passwd",
        "/data.gz",
        "/%00",
        "http://127.0.0.1:port/",
        "\x1b[31m",
        "http://\xff/",
        "javascript:1",
    ),
    *("http://user:pass@127.0.0.1:1/", "http://127.0.0.1:abc/", "data:,x", "/" + "a" * 70_000),
)


class Download(Kind):
    """An answer of a server, however wrong, slow or long."""

    name = "download"
    leaves = (f"data/{NAME}", "data")
    says = "downloading http://127[.].*"

    def prepare(self, shared: Path) -> None:
        """Import the reader; what takes it minutes is to take less."""
        from lenet import limits
        from lenet.data import download

        self.dataset_download = download
        limits.DOWNLOAD_ATTEMPTS = 1
        limits.DOWNLOAD_CONNECT_SECONDS = limits.DOWNLOAD_SILENCE_SECONDS = 0.5
        limits.DOWNLOAD_SECONDS = 2.0

    def intact(self, folder: Path) -> None:
        """Write an answer, which the server sends, and how."""
        self.write(
            folder, b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(CONTENT) + CONTENT
        )

    @staticmethod
    def write(folder: Path, answer: bytes, end: str = "close") -> None:
        """Write an answer, and what follows it."""
        (folder / "answer").write_bytes(answer)
        (folder / "end").write_text(end)

    def harm(self, rng: random.Random, folder: Path, story: list[str]) -> None:
        """Write an answer that is wrong."""
        n = len(CONTENT)
        length = rng.choice(
            (
                "abc",
                "-1",
                "",
                "1e9",
                str(1 << 63),
                "9" * 5000,
                str(n - 1),
                str(n + 1),
                "0",
                " 7",
                "\x1b[31m",
                "1,2",
            )
        )
        status = rng.choice(
            (
                "200 OK",
                "200",
                "206 Partial",
                "404 No",
                "301 Moved",
                "304 Same",
                "500 x",
                "100 Go on",
                "999 \x1b[31m",
                "abc",
                "-1 x",
                "204 None",
            )
        )
        encoding = rng.choice(("gzip", "deflate", "br", "zstd", "x", "gzip, gzip", "identity"))
        location = rng.choice(LOCATIONS)
        end = rng.choice(("close", "close", "close", "endless", "drip", "silence", "reset"))
        plain = f"HTTP/1.1 200 OK\r\nContent-Length: {n}\r\n"
        answers = {
            "length": (f"HTTP/1.1 200 OK\r\nContent-Length: {length}\r\n\r\n", CONTENT),
            "status": (
                f"HTTP/1.1 {status}\r\nLocation: {location}\r\nContent-Length: {n}\r\n\r\n",
                CONTENT,
            ),
            "redirect": (
                f"HTTP/1.1 302 Found\r\nLocation: {location}\r\nContent-Length: 0\r\n\r\n",
                b"",
            ),
            "encoding": (f"HTTP/1.1 200 OK\r\nContent-Encoding: {encoding}\r\n\r\n", CONTENT),
            "bomb": ("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n", bomb(1 << 30)),
            "chunked": (
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
                rng.choice(
                    (
                        b"5\r\nabcde\r\n0\r\n\r\n",
                        b"ffffffffffffffff\r\nabc",
                        b"-5\r\nabc",
                        b"xyz\r\n",
                        b"5;" + b"a" * 70_000,
                    )
                ),
            ),
            "no length": ("HTTP/1.1 200 OK\r\n\r\n", CONTENT),
            "no header": ("", CONTENT),
            "long header": ("HTTP/1.1 200 OK\r\nX: " + "a" * 70_000 + "\r\n\r\n", CONTENT),
            "many headers": ("HTTP/1.1 200 OK\r\n" + "X: a\r\n" * 300 + "\r\n", CONTENT),
            "odd header": ("HTTP/1.1 200 OK\r\nno colon\r\n: x\r\n \r\nA\0: b\r\n\r\n", CONTENT),
            "short": (plain + "\r\n", CONTENT[: rng.randrange(n)]),
            "changed": (plain + "\r\n", mutated(rng, CONTENT, CONTENT, story)),
            "nothing": ("", b""),
        }
        what = rng.choice(list(answers))
        head, content = answers[what]
        answer = head.replace(":port", ":8").encode("latin1") + content
        if rng.randrange(5) == 0:
            answer = mutated(rng, answer, CONTENT, story)
        story.append(f"{what}, then {end}: {head[:60]!r}")
        self.write(folder, answer, end)

    def read(self, where: Places) -> int:
        """Download the file."""
        from lenet.terminal import run_command

        answer, end = (where.inputs / "answer").read_bytes(), (where.inputs / "end").read_text()
        server = socket.create_server(("127.0.0.1", 0))
        threading.Thread(target=serve, args=(server, answer, end), daemon=True).start()
        url = f"http://127.0.0.1:{server.getsockname()[1]}/{NAME}"
        digest = hashlib.md5(CONTENT).hexdigest()
        published = self.dataset_download.Published(digest, len(CONTENT))

        def downloaded() -> int:
            path = self.dataset_download.download(Path("data"), NAME, [url], published)
            require(path.read_bytes() == CONTENT, "another file than that of the checksum")
            return 0

        status = run_command("lenet-train", downloaded)
        server.shutdown(socket.SHUT_RDWR)  # ends the thread
        require(status == 0 or not list(Path("data").glob("*")), "something is left of a failure")
        return status


def serve(server: socket.socket, answer: bytes, end: str) -> None:
    """Give the same answer to all that come, and then go on in some way."""
    with server, suppress(OSError):
        while True:
            client, _ = server.accept()
            with suppress(OSError), client:
                client.recv(1 << 16)
                client.sendall(answer)
                if end == "reset":
                    client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
                for _ in range(20_000 if end == "endless" else 0):  # a gigabyte
                    client.sendall(bytes(1 << 16))
                for _ in range(300 if end == "drip" else 0):
                    time.sleep(0.1)
                    client.sendall(b"x")
                if end == "silence":
                    time.sleep(30)


KINDS = (Download,)
