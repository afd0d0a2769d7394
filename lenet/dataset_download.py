"""Downloads that end with the right file under its name, or with nothing."""

import sys
import time
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from lenet.dataset_files import DataError

ATTEMPTS = 3
SECONDS_BETWEEN_ATTEMPTS = 1.0
# To connect, and between two pieces of the answer.
TIMEOUT_SECONDS = (10.0, 30.0)


def download(folder: Path, name: str, urls: Sequence[str], md5: str) -> Path:
    """Download a file from the first mirror that delivers it whole.

    Parameters
    ----------
    folder : Path
        Where the file goes; made if it does not exist.
    name : str
        Its name there.
    urls : sequence of str
        Mirrors, tried in turn; all of them again if none delivers.
    md5 : str
        Published checksum, in hexadecimal.

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
    import pooch
    import requests

    failures: dict[str, str] = {}
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for attempt in range(ATTEMPTS):
            if attempt:
                time.sleep(SECONDS_BETWEEN_ATTEMPTS * attempt)
            for url in urls:
                print(f"downloading {url}", file=sys.stderr)
                fetch = pooch.HTTPDownloader(
                    progressbar=sys.stderr.isatty(), chunk_size=1 << 16, timeout=TIMEOUT_SECONDS
                )
                with TemporaryDirectory(prefix=f"{name}.part-", dir=folder) as unfinished:
                    part = Path(unfinished, name)
                    try:
                        fetch(url, str(part), None)
                    except requests.RequestException as error:
                        failures[url] = reason(error)
                        continue
                    if pooch.file_hash(str(part), alg="md5") == md5:
                        return part.replace(folder / name)
                    failures[url] = "wrong checksum"
    except OSError as error:
        raise DataError(
            f"{folder / name}: cannot be written ({error.strerror or error}); free some space or name "
            "another folder with --data_dir"
        ) from error
    tried = "; ".join(f"{url}: {failure}" for url, failure in failures.items())
    raise DataError(
        f"{name} could not be downloaded ({tried}); get it by hand and put it into {folder}"
    )


def reason(error: Exception) -> str:
    """Return why a request has failed, in a few words."""
    import requests

    if isinstance(error, requests.HTTPError) and error.response is not None:
        return f"HTTP status {error.response.status_code}"
    if isinstance(error, requests.Timeout):
        return "no answer in time"
    if isinstance(error, requests.ConnectionError):
        return "no connection"
    return "the answer broke off"
