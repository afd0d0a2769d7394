"""Archives of programs and libraries: found, downloaded and unpacked."""

import re
import tarfile
import zipfile
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory
from zlib import error as zlib_error

from benchmarks.theano_programs.entries import GITHUB, PYPI
from lenet.data.download import Published, download
from lenet.errors import DataError

MAX_BYTES = 1 << 28


def archive(address: str, folder: Path) -> Path:
    """Return the archive of an address of the table, downloaded if the folder has none.

    Raises
    ------
    DataError
        If it can be neither found nor downloaded.
    """
    if github := GITHUB.fullmatch(address):
        owner, name, commit = github.groups()
        path = folder / f"{owner}-{name}-{commit}.tar.gz"
        if not path.exists():
            fetch_github(f"https://github.com/{owner}/{name}/archive/{commit}.tar.gz", path)
        return path
    package = PYPI.fullmatch(address.partition("#")[0])
    if package is None:
        raise DataError(f"{address}: no address of a source")
    name, version = package.groups()
    begins = archive_name(name, version)
    found = sorted(path for path in folder.glob("*") if begins.match(path.name))
    return found[0] if found else fetch_package(name, version, folder)


def archive_name(name: str, version: str) -> re.Pattern[str]:
    """Return what the file of a package is called: its source's, or that of a wheel for all machines."""
    spelled = "[-_.]+".join(map(re.escape, re.split("[-_.]+", name)))
    return re.compile(
        rf"{spelled}-{re.escape(version)}(\.tar\.gz|\.zip|-py[0-9.py]+-none-any\.whl)$",
        re.IGNORECASE,
    )


def fetch_github(url: str, path: Path) -> None:
    """Download an archive of GitHub, whose length and checksum nobody promises."""
    import requests

    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        with (
            TemporaryDirectory(prefix=f"{path.name}.part-", dir=path.parent) as unfinished,
            requests.get(url, stream=True, timeout=60) as response,
        ):
            response.raise_for_status()
            part, received = Path(unfinished, path.name), 0
            with part.open("wb") as file:
                for piece in response.iter_content(1 << 16):
                    received += len(piece)
                    if received > MAX_BYTES:
                        raise DataError(f"{url}: more than {MAX_BYTES:,} bytes")
                    file.write(piece)
            part.replace(path)
    except (requests.RequestException, OSError) as error:
        reason = str(error).splitlines()[0][:100]
        raise DataError(
            f"{path.name} could not be downloaded from {url} ({reason}); put it into the folder of --sources"
        ) from error


def fetch_package(name: str, version: str, folder: Path) -> Path:
    """Download a package of the Python package index: its source, else a wheel."""
    import requests

    page = f"https://pypi.org/simple/{re.sub('[-_.]+', '-', name).lower()}/"
    advice = f"put {name}-{version} into the folder of --sources"
    begins = archive_name(name, version)
    try:
        response = requests.get(
            page, timeout=60, headers={"Accept": "application/vnd.pypi.simple.v1+json"}
        )
        response.raise_for_status()
        files = [each for each in response.json()["files"] if begins.match(each["filename"])]
        chosen = min(files, key=lambda each: each["filename"].endswith(".whl"))
        file, url = PurePosixPath(chosen["filename"]).name, chosen["url"]
        published = Published(chosen["hashes"]["sha256"], chosen.get("size"))
    except (requests.RequestException, ValueError, KeyError, TypeError) as error:
        reason = str(error).splitlines()[0][:100]
        raise DataError(f"{name} {version} was not found at {page} ({reason}); {advice}") from error
    try:
        return download(folder, file, [url], published)
    except DataError as error:  # whose advice is that of a data set
        raise DataError(f"{file} could not be downloaded from {url}; {advice}") from error


def unpack(path: Path, folder: Path) -> Path:
    """Unpack an archive into a new folder, and return where its files are.

    Raises
    ------
    DataError
        If it is damaged, or has a path that leads out of the folder.
    """
    folder.mkdir(parents=True)
    try:
        if path.name.endswith(".tar.gz"):
            with tarfile.open(path) as tar:
                tar.extractall(folder, filter="data")
        else:
            with zipfile.ZipFile(path) as archived:
                for name in archived.namelist():
                    if PurePosixPath(name).is_absolute() or ".." in PurePosixPath(name).parts:
                        raise DataError(f"{path}: has {name!r}, which leads out of the folder")
                archived.extractall(folder)
    except (tarfile.TarError, zipfile.BadZipFile, EOFError, OSError, zlib_error) as error:
        raise DataError(f"{path}: cannot be unpacked ({error})") from error
    inside = list(folder.iterdir())
    # A wheel has its packages at its top, all else a folder.
    return inside[0] if len(inside) == 1 and not path.name.endswith(".whl") else folder
