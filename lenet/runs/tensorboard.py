"""TensorBoard event files with the results of epochs, without TensorBoard.

References
----------
An event file is a sequence of records, as described in "TFRecord and tf.train.Example" of TensorFlow's guide.
Each record is a message `Event` of TensorFlow's ``event.proto`` and ``summary.proto``, of which little is
needed here, encoded as in "Encoding" of the guide to protocol buffers. CRC-32C is that of RFC 3720.
"""

import math
import os
import struct
import time
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from lenet.files import append, write_atomically

if TYPE_CHECKING:
    from lenet.training.loop import EpochResult

TAGS = {
    "cost": "cost/training",
    "validation_cost": "cost/validation",
    "training_error": "error/training",
    "validation_error": "error/validation",
    "test_error": "error/test",
    "monitored": "error/monitored",
    "learning_rate": "schedule/learning_rate",
    "momentum": "schedule/momentum",
    "seconds": "speed/seconds",
    "images_per_second": "speed/images_per_second",
}
"""Attributes of `EpochResult`, each with its name in TensorBoard, where those with one prefix are together."""

VERSION = b"brain.Event:2"
CRC_POLYNOMIAL = 0x82F63B78  # of CRC-32C, its bits in reverse

# Numbers of fields, each with the wire type of its value in the lowest three bits.
WALL_TIME, STEP, FILE_VERSION, SUMMARY = 1 << 3 | 1, 2 << 3, 3 << 3 | 2, 5 << 3 | 2
VALUE, TAG, SIMPLE_VALUE = 1 << 3 | 2, 1 << 3 | 2, 2 << 3 | 5


class EventFile:
    """TensorBoard event file with a record for each epoch, flushed to disk at once.

    Parameters
    ----------
    path : path-like
        Created, or replaced.
    results : sequence of EpochResult
        The first records, dated as if these epochs had run one after another until now.

    Raises
    ------
    OSError
        Naming the file, from the constructor or `write`.
    """

    def __init__(self, path: str | os.PathLike, results: Sequence["EpochResult"] = ()) -> None:
        self.path = Path(path)
        start = time.time() - sum(result.seconds for result in results)
        ends = start + np.cumsum([result.seconds for result in results])
        records = [record(event(start, FILE_VERSION, VERSION))]
        records += [record(scalars(r, end)) for r, end in zip(results, ends, strict=True)]
        write_atomically(self.path, b"".join(records))

    def write(self, result: "EpochResult") -> None:
        """Append the record of an epoch; values that were not measured are left out."""
        append(self.path, record(scalars(result, time.time())))


def record(data: bytes) -> bytes:
    """Return data as a record: with its length, and the checksums of both."""
    length = struct.pack("<Q", len(data))
    return length + masked_checksum(length) + data + masked_checksum(data)


def masked_checksum(data: bytes) -> bytes:
    """Return the masked CRC-32C of data: rotated, and shifted by a constant."""
    table, crc = checksums_of_bytes(), 0xFFFFFFFF
    for byte in data:
        crc = table[(crc ^ byte) & 0xFF] ^ (crc >> 8)
    crc ^= 0xFFFFFFFF
    return struct.pack("<I", ((crc >> 15 | crc << 17) + 0xA282EAD8) & 0xFFFFFFFF)


@cache
def checksums_of_bytes() -> list[int]:
    """Return the CRC-32C table: the remainder of each byte."""
    table = list(range(256))
    for _ in range(8):
        table = [crc >> 1 ^ (CRC_POLYNOMIAL if crc & 1 else 0) for crc in table]
    return table


def scalars(result: "EpochResult", wall_time: float) -> bytes:
    """Return the event of an epoch: its measured numbers, each with its tag."""
    numbers = {tag: getattr(result, name) for name, tag in TAGS.items()}
    if result.test_error is not None and math.isnan(result.test_error):
        del numbers[TAGS["test_error"]]  # without test images
    recalls = enumerate(result.recalls)
    numbers |= {f"recall/{k}": recall for k, recall in recalls if not math.isnan(recall)}
    values = (
        field(VALUE, field(TAG, tag.encode()) + bytes([SIMPLE_VALUE]) + float32(number))
        for tag, number in numbers.items()
        if number is not None
    )
    return event(wall_time, SUMMARY, b"".join(values), result.epoch)


def event(wall_time: float, kind: int, content: bytes, step: int = 0) -> bytes:
    """Return an event with its wall time (seconds since 1970) and its epoch."""
    when = bytes([WALL_TIME]) + struct.pack("<d", wall_time)
    return when + bytes([STEP]) + varint(step) + field(kind, content)


def field(kind: int, content: bytes) -> bytes:
    """Return a protocol-buffer field of text or of a message."""
    return bytes([kind]) + varint(len(content)) + content


def varint(number: int) -> bytes:
    """Return a non-negative integer as a varint: seven bits a byte, lowest first."""
    high, low = divmod(number, 128)
    return bytes([128 | low]) + varint(high) if high else bytes([low])


def float32(number: float) -> bytes:
    """Return a number as four bytes; infinity if it is too large."""
    with np.errstate(over="ignore"):
        return np.array(number, "<f4").tobytes()
