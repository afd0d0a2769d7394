import io
import struct
from contextlib import suppress

import pytest
from PIL import Image, ImageSequence

from lenet import limits
from lenet.data.headers import described, read_header
from lenet.data.image_files import read_image, read_picture
from lenet.data.tiff_tags import OF_LAYOUT, OF_PIXELS, lost_tags
from lenet.errors import ImageError


def tiff(pages=1, **options):
    """Return a TIFF file of some pages, of different kinds."""
    buffer = io.BytesIO()
    first, *others = (Image.new(("L", "RGB", "1")[k % 3], (9, 7)) for k in range(pages))
    first.save(buffer, "TIFF", save_all=True, append_images=others, **options)
    return buffer


@pytest.mark.parametrize("options", [{}, {"big_tiff": True}], ids=["classic", "big"])
@pytest.mark.parametrize("compression", ["raw", "tiff_adobe_deflate"])
def test_pillow_finds_all_of_a_whole_file(options, compression):
    file = tiff(3, compression=compression, **options)
    for page, image in enumerate(ImageSequence.Iterator(Image.open(file))):
        here = file.tell()
        assert lost_tags(file, page, image.tag_v2) == []
        assert file.tell() == here
        # Against Pillow, as an oracle.
        assert lost_tags(file, page, ()) == sorted(OF_PIXELS & set(image.tag_v2))


def test_the_other_order_of_bytes():
    entries = ((256, 3, 1, 9 << 16), (700, 3, 1, 0))
    file = io.BytesIO(
        struct.pack(">2sHI", b"MM", 42, 8)
        + struct.pack(">H", 2)
        + b"".join(struct.pack(">HHII", *entry) for entry in entries)
        + bytes(4)
    )
    assert lost_tags(file, 0, ()) == [256]
    assert lost_tags(file, 0, {256}) == []


def test_a_file_that_ends_before():
    with pytest.raises(struct.error):
        lost_tags(io.BytesIO(b"II*\0\x08\0\0\0"), 0, ())


def test_only_so_many_are_looked_at(monkeypatch):
    file = tiff(1)
    assert len(lost_tags(file, 0, ())) > 3
    monkeypatch.setattr(limits, "TIFF_ENTRIES", 3)
    assert len(lost_tags(file, 0, ())) == 3


def test_pages_one_after_the_other_are_each_found_from_the_one_before(tmp_path):
    class Counted(io.BytesIO):
        reads = 0

        def read(self, *arguments):
            self.reads += 1
            return super().read(*arguments)

    path = tmp_path / "pages.tif"
    pages = [Image.new("L", (4, 4), k) for k in range(50)]
    pages[0].save(path, save_all=True, append_images=pages[1:])
    file = Counted(path.read_bytes())
    expected = [lost_tags(io.BytesIO(path.read_bytes()), page, ()) for page in range(50)]
    assert [lost_tags(file, page, ()) for page in range(50)] == expected
    assert file.reads < 6 * 50
    before = file.reads
    assert lost_tags(file, 7, ()) == expected[7]
    assert file.reads - before < 6


@pytest.mark.parametrize("tag", sorted(OF_LAYOUT))
@pytest.mark.parametrize("mode", ["L", "RGB", "I;16", "F", "P"])
def test_a_tag_without_values_is_read_or_named(tmp_path, tag, mode):
    path = tmp_path / "picture.tif"
    Image.new(mode, (6, 5)).save(path)
    data = bytearray(path.read_bytes())
    (at,) = struct.unpack_from("<I", data, 4)
    (n,) = struct.unpack_from("<H", data, at)
    for entry in range(at + 2, at + 2 + 12 * n, 12):
        if struct.unpack_from("<H", data, entry) == (tag,):
            struct.pack_into("<I", data, entry + 4, 0)
    path.write_bytes(data)
    read_header(path)
    described(path)
    with suppress(ImageError):
        assert read_image(path, 1).shape == (1, 5, 6)
    with suppress(ImageError):
        read_picture(path, 1)
