"""Atomic downloads with checksums: the right file, or none."""

import queue
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urljoin, urlsplit

from lenet import limits
from lenet.errors import DataError
from lenet.text import shown

if TYPE_CHECKING:
    import requests

SECONDS_BETWEEN_ATTEMPTS = 1.0
CHUNK_BYTES = 1 << 14
MD5_LETTERS = 32
MAX_DIGITS = 20
_is_refused = ContextVar("_is_refused", default=False)


class Published(NamedTuple):
    """Checksum and size of a published file.

    Attributes
    ----------
    digest : str
        MD5 or SHA-256 in hexadecimal.
    n_bytes : int or None
        None if it is not published.
    """

    digest: str
    n_bytes: int | None = None

    @property
    def algorithm(self) -> str:
        """Name of the checksum."""
        return "sha256" if len(self.digest) > MD5_LETTERS else "md5"


class DownloadError(Exception):
    """Failure of a mirror to deliver; the text says why, in a few words of ours."""


@contextmanager
def without_downloads() -> Iterator[None]:
    """Refuse downloads in this context: for what is taken only if it is at hand.

    `download` raises `DataError` there.
    """
    token = _is_refused.set(True)
    try:
        yield
    finally:
        _is_refused.reset(token)


def download(
    folder: Path, name: str, urls: Sequence[str], published: Published, remedy: str = ""
) -> Path:
    """Download a file from the first mirror that delivers all of it.

    Parameters
    ----------
    folder : Path
        Where the file goes; made if it does not exist.
    name : str
        Its name there.
    urls : sequence of str
        Mirrors, tried in turn; all of them again if none delivers.
    published : Published
    remedy : str
        Advice if no mirror delivers; empty for that of getting this file by hand.

    Returns
    -------
    Path

    Raises
    ------
    DataError
        If no mirror delivers, or the folder cannot be written to.

    Notes
    -----
    The bytes go to a temporary folder beside the final file, and get its name only after the checksum
    has been compared. Two processes at once therefore each fetch a whole file, and the last one stays.
    What a killed process leaves is a folder named after the file, with ``.part-`` and some letters.
    """
    if _is_refused.get():
        raise DataError(f"{name}: missing in {folder}; name the folder that has it with --data_dir")
    import pooch

    failures: dict[str, str] = {}
    new = [each for each in (folder, *folder.parents) if not each.exists()]
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for attempt in range(limits.DOWNLOAD_ATTEMPTS):
            if attempt:
                time.sleep(SECONDS_BETWEEN_ATTEMPTS * attempt)
            for url in urls:
                with TemporaryDirectory(prefix=f"{name}.part-", dir=folder) as unfinished:
                    part = Path(unfinished, name)
                    try:
                        fetch(url, part, published.n_bytes)
                    except DownloadError as error:
                        failures[url] = str(error)
                        continue
                    if pooch.file_hash(str(part), alg=published.algorithm) == published.digest:
                        return part.replace(folder / name)
                    failures[url] = "wrong checksum"
    except OSError as error:
        raise DataError(
            f"{folder / name}: cannot be written ({error.strerror or error}); free some space or name "
            "another folder with --data_dir"
        ) from error
    with suppress(OSError):  # another process may have put something there
        for each in new:
            each.rmdir()
    tried = "; ".join(f"{url}: {failure}" for url, failure in failures.items())
    raise DataError(
        f"{name} could not be downloaded ({tried}); "
        f"{remedy or f'get it by hand and put it into {folder}'}, or choose --dataset digits, which needs "
        "no download"
    )


def fetch(url: str, path: Path, n_bytes: int | None) -> None:
    """Download a URL to a file.

    Parameters
    ----------
    url : str
    path : Path
    n_bytes : int or None
        That it must have; None for what the server promises, up to a limit.

    Raises
    ------
    DownloadError
        If the address does not deliver so many, or delivers them too slowly. More are left alone.
    OSError
        If the file cannot be written.
    """
    from tqdm import tqdm

    pieces: queue.SimpleQueue[int | bytes | DownloadError] = queue.SimpleQueue()
    given_up = threading.Event()
    arguments = (url, n_bytes, pieces, given_up)
    # In a thread, which can be left alone: a server that sends a byte now and then is never silent.
    threading.Thread(target=deliver, args=arguments, name="lenet-download", daemon=True).start()
    started, received = time.monotonic(), 0
    with (
        path.open("wb") as file,
        tqdm(total=n_bytes, unit="B", unit_scale=True, leave=False, disable=None) as bar,
    ):
        try:
            while n_bytes is None or received < n_bytes:
                seconds = limits.DOWNLOAD_SECONDS + received / limits.DOWNLOAD_BYTES_PER_SECOND
                piece = pieces.get(timeout=max(0, started + seconds - time.monotonic()))
                if isinstance(piece, DownloadError):
                    raise piece
                if isinstance(piece, int):
                    n_bytes = bar.total = piece
                    continue
                if not received:
                    print(shown(f"downloading {url}"), file=sys.stderr)
                file.write(piece)
                received += len(piece)
                bar.update(len(piece))
        except queue.Empty as error:
            raise DownloadError(f"too slow, {received:,} bytes in {seconds:.0f} s") from error
        finally:
            given_up.set()


def deliver(
    url: str,
    n_bytes: int | None,
    pieces: "queue.SimpleQueue[int | bytes | DownloadError]",
    given_up: threading.Event,
) -> None:
    """Put the size and the pieces of a URL into a queue, or an error at the end."""
    import requests

    try:
        with requests.Session() as session, answer_of(session, url) as response:
            left = promised(response.headers.get("Content-Length"), n_bytes)
            pieces.put(left)
            while left and not given_up.is_set():
                # As it is sent: what a server has packed may unpack to anything.
                piece = response.raw.read(min(left, CHUNK_BYTES), decode_content=False)
                if not piece:
                    raise DownloadError("the answer broke off")
                left -= len(piece)
                pieces.put(piece)
    except DownloadError as error:
        pieces.put(error)
    except Exception as error:  # whatever a server leads the libraries to
        pieces.put(DownloadError(reason(error)))


def promised(length: str | None, n_bytes: int | None) -> int:
    """Return the bytes that an answer has.

    Parameters
    ----------
    length : str or None
        What the server says.
    n_bytes : int or None
        What is published.

    Raises
    ------
    DownloadError
        If it is another number, or none that could be right.
    """
    is_number = length is not None and length.isdecimal() and len(length) < MAX_DIGITS
    if n_bytes is not None:
        if length is None or length == str(n_bytes):
            return n_bytes
        found = f"{int(length):,}" if is_number else "no number of"
        raise DownloadError(f"promises {found} bytes, expected {n_bytes:,}")
    if length is None or not is_number or not 0 < int(length) <= limits.PACKED_BYTES:
        raise DownloadError(f"promises no number of bytes up to {limits.PACKED_BYTES:,}")
    return int(length)


def answer_of(session: "requests.Session", url: str) -> "requests.Response":
    """Return the response of a URL, after any redirections.

    Raises
    ------
    DownloadError
        If there are too many, or one leads away from the web.
    Exception
        Whatever goes wrong on the way.
    """
    # `requests` would read the whole body of each redirection, and unpack it.
    session.get_redirect_target = lambda resp: None  # type: ignore[method-assign]
    for _ in range(limits.DOWNLOAD_REDIRECTS + 1):
        if urlsplit(url).scheme not in ("http", "https"):
            raise DownloadError("leads to an address that is neither http nor https")
        response = session.get(
            url,
            stream=True,
            timeout=(limits.DOWNLOAD_CONNECT_SECONDS, limits.DOWNLOAD_SILENCE_SECONDS),
            headers={"Accept-Encoding": "identity"},
        )
        if not response.is_redirect:
            response.raise_for_status()
            return response
        url = urljoin(url, response.headers["Location"])
        response.close()
    raise DownloadError(f"more than {limits.DOWNLOAD_REDIRECTS} redirections")


def reason(error: Exception) -> str:
    """Return the reason for a failed request, in a few words.

    A server can choose none of them.
    """
    import requests
    import urllib3

    if isinstance(error, requests.HTTPError) and error.response is not None:
        return f"HTTP status {error.response.status_code}"
    if isinstance(error, requests.Timeout | urllib3.exceptions.TimeoutError):
        return "no answer in time"
    if isinstance(error, requests.ConnectionError):
        return "no connection"
    if isinstance(error, ValueError):
        return "an address or an answer that makes no sense"
    return "the answer broke off"
