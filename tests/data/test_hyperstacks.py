"""Pages of hyperstacks by what ImageJ and OME say of them."""

import pytest

from lenet.data.hyperstacks import pictures_in


def imagej(**said):
    return "ImageJ=1.54f\n" + "".join(f"{name}={value}\n" for name, value in said.items())


def ome(order="XYCZT", c=1, z=1, t=1, planes="<TiffData/>"):
    return (
        '<?xml version="1.0"?><OME xmlns="http://www.openmicroscopy.org/Schemas/OME/2016-06"><Image ID="Image:0">'
        f'<Pixels ID="Pixels:0" DimensionOrder="{order}" SizeC="{c}" SizeT="{t}" SizeX="8" SizeY="8" SizeZ="{z}" '
        f'Type="uint16"><Channel ID="Channel:0:0"/>{planes}</Pixels></Image></OME>'
    )


@pytest.mark.parametrize(
    ("description", "pages", "samples", "expected"),
    [
        ("", range(3), 1, [(0,), (1,), (2,)]),
        ("a note, channels=3", range(3), 1, [(0,), (1,), (2,)]),
        (imagej(images=3, slices=3), range(3), 1, [(0,), (1,), (2,)]),
        (imagej(images=6, channels=3, slices=2), range(6), 1, [(0, 1, 2), (3, 4, 5)]),
        (imagej(images=3, channels=3), [0], 3, [(0,)]),  # its samples are the channels
        (imagej(images=4, channels=2), [0, 2, 3, 5], 1, [(0, 2), (3, 5)]),  # others are thumbnails
        (ome(c=3, z=2), range(6), 1, [(0, 1, 2), (3, 4, 5)]),
        (ome("XYZCT", c=3, z=2), range(6), 1, [(0, 2, 4), (1, 3, 5)]),
        (ome("XYTCZ", c=2, t=2, z=2), range(8), 1, [(0, 2), (4, 6), (1, 3), (5, 7)]),
        (ome(c=1, z=4), range(4), 1, [(0,), (1,), (2,), (3,)]),
        (ome(c=5), [0], 5, [(0,)]),
        (ome(c=6), range(2), 3, [(0, 1)]),
    ],
)
def test_pages_of_each_picture(description, pages, samples, expected):
    assert pictures_in(description, list(pages), samples) == expected


def test_pages_where_each_is_said():
    places = [(k, k // 2, k % 2) for k in range(6)]
    said = "".join(f'<TiffData IFD="{k}" FirstC="{c}" FirstZ="{z}"/>' for k, c, z in places)
    description = ome("XYZCT", c=3, z=2, planes=said)
    assert pictures_in(description, list(range(6)), 1) == [(0, 2, 4), (1, 3, 5)]
    other = description.replace('IFD="1"', 'IFD="9"').replace('IFD="2"', 'IFD="1"')
    with pytest.raises(ValueError, match="in another order than its DimensionOrder"):
        pictures_in(other, list(range(6)), 1)
    with pytest.raises(ValueError, match="in another order than its DimensionOrder"):
        pictures_in(description.replace('FirstC="2"', 'FirstC="7"'), list(range(6)), 1)


@pytest.mark.parametrize(
    ("description", "reason"),
    [
        (imagej(images=6, channels=3), "says 6 images of 3 channels, and there are 5 pages"),
        (imagej(images=5, channels=3), "says 5 images of 3 channels, and there are 5 pages"),
        (ome(c=3, z=2), "says 3 C x 2 Z x 1 T pages, and there are 5"),
        (ome("XYCCT", c=5), "says 5 C x 1 Z x 1 T pages"),
    ],
)
def test_what_does_not_fit_the_pages_is_said(description, reason):
    with pytest.raises(ValueError, match=reason):
        pictures_in(description, list(range(5)), 1)


def test_numbers_that_are_none_are_taken_for_one():
    assert pictures_in(ome(c="many"), [0, 1], 1) == [(0,), (1,)]
    assert pictures_in(ome(c="-3"), [0, 1], 1) == [(0,), (1,)]
    assert pictures_in(imagej(channels="99999999999999"), [0, 1], 1) == [(0,), (1,)]
