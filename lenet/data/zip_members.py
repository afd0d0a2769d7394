"""Zip files opened with bounds: the archive of EMNIST, and NumPy's npz files."""

import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, BinaryIO, cast

from lenet import limits
from lenet.data.published_files import data_errors
from lenet.errors import DataError
from lenet.files import open_regular
from lenet.text import shown

METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)


@contextmanager
def open_zip(path: Path, most_bytes: int) -> Iterator["ZipMembers"]:
    """Open a zip file whose table of contents is read within bounds.

    Parameters
    ----------
    path : Path
    most_bytes : int
        Of the file.

    Raises
    ------
    DataError
        On opening or in the block, if the file cannot be read or is damaged.
    """
    with (
        data_errors(path),
        open_regular(path, most_bytes) as file,
        zip_members(file, path) as found,
    ):
        yield found


@contextmanager
def zip_members(file: BinaryIO, path: Path) -> Iterator["ZipMembers"]:
    """Read the table of contents of an open zip file, within bounds."""
    metered = MeteredFile(file, limits.ZIP_TABLE_BYTES, path)
    with zipfile.ZipFile(cast(BinaryIO, metered)) as archive:
        metered.left = None
        yield ZipMembers(archive, path)


class MeteredFile:
    """File that refuses to give more than `left` bytes; None for any number."""

    def __init__(self, file: BinaryIO, left: int | None, path: Path) -> None:
        self.file, self.left, self.path = file, left, path

    def read(self, size: int = -1) -> bytes:
        """Return at most `size` bytes."""
        if self.left is None:
            return self.file.read(size)
        data = self.file.read(self.left + 1 if size < 0 else min(size, self.left + 1))
        self.left -= len(data)
        if self.left < 0:
            raise DataError(
                f"{self.path}: its table of contents is longer than {limits.ZIP_TABLE_BYTES:,} bytes, "
                "which that of a data set is not"
            )
        return data

    def seek(self, offset: int, whence: int = 0) -> int:
        """Go to a place in the file."""
        return self.file.seek(offset, whence)

    def tell(self) -> int:
        """Return the place in the file."""
        return self.file.tell()

    def seekable(self) -> bool:
        """Return whether one can go to any place."""
        return True


class ZipMembers:
    """Members of an open zip file.

    Parameters
    ----------
    archive : zipfile.ZipFile
    path : Path
        For messages.
    """

    def __init__(self, archive: zipfile.ZipFile, path: Path) -> None:
        self.archive, self.path = archive, path

    @property
    def names(self) -> list[str]:
        """Names of the members, without folders."""
        return [info.filename for info in self.archive.infolist() if not info.is_dir()]

    @contextmanager
    def open(self, name: str, most_bytes: int) -> Iterator[tuple[IO[bytes], int]]:
        """Open a member that unpacks to at most so many bytes; yield it and its size.

        Raises
        ------
        DataError
            If it claims more, or is packed or encrypted in a way that no data set is.
        """
        info = self.archive.getinfo(name)
        if info.file_size > most_bytes:
            raise DataError(
                f"{self.path}: {shown(name)} unpacks to {info.file_size:,} bytes, more than the "
                f"{most_bytes:,} that are read"
            )
        if info.compress_type not in METHODS or info.flag_bits & 1:
            raise DataError(
                f"{self.path}: {shown(name)} is encrypted, or packed by another method than deflate; pack "
                "it anew"
            )
        with self.archive.open(info) as file:
            yield file, info.file_size
