"""A reader of TensorBoard's files that shares nothing with their writer, not even the way to a checksum."""

import struct
from pathlib import Path


def read_events(path):
    """Return the version of a file and, by tag, (step, value) of its scalars, with all checksums checked."""
    first, *others = map(fields, records(Path(path).read_bytes()))
    found = {}
    for event in others:
        ((step,), (summary,)) = event[2], event[5]
        for value in map(fields, fields(summary)[1]):
            ((tag,), (number,)) = value[1], value[2]
            found.setdefault(tag.decode(), []).append((step, struct.unpack("<f", number)[0]))
    return first[3][0].decode(), found


def wall_times(path):
    """Return when each event was, in seconds since 1970."""
    events = map(fields, records(Path(path).read_bytes()))
    return [struct.unpack("<d", event[1][0])[0] for event in events]


def records(data):
    """Return the records of a TFRecord file."""
    found = []
    while data:
        (length,) = struct.unpack("<Q", data[:8])
        parts = data[:8], data[12 : 12 + length]
        sums = data[8:12], data[12 + length : 16 + length]
        for part, expected in zip(parts, sums, strict=True):
            crc = crc32c(part)
            rotated = (crc >> 15 | crc << 17) & 0xFFFFFFFF
            assert struct.unpack("<I", expected)[0] == (rotated + 0xA282EAD8) % 2**32
        found.append(parts[1])
        data = data[16 + length :]
    return found


def crc32c(data):
    """Return the remainder of a long division of polynomials, bit by bit."""
    bits = [byte >> k & 1 for byte in data for k in range(8)] + [0] * 32
    for k in range(32):
        bits[k] ^= 1
    remainder = 0
    for bit in bits:
        remainder = remainder << 1 | bit
        if remainder >> 32:
            remainder ^= 0x11EDC6F41
    return int(f"{remainder ^ 0xFFFFFFFF:032b}"[::-1], 2)


def fields(message):
    """Return the contents of a protocol-buffer message by the numbers of its fields."""
    found, position = {}, 0

    def varint():
        nonlocal position
        value = shift = 0
        while True:
            byte = message[position]
            value, shift, position = value | (byte & 127) << shift, shift + 7, position + 1
            if byte < 128:
                return value

    while position < len(message):
        key = varint()
        match key & 7:
            case 0:
                content = varint()
            case 1 | 2 | 5:
                size = {1: 8, 5: 4}.get(key & 7) or varint()
                content = message[position : position + size]
                assert len(content) == size
                position += size
        found.setdefault(key >> 3, []).append(content)
    return found
