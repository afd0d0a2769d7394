import pickle

import numpy as np
import pytest

from lenet.data import array_pickle
from lenet.data.array_pickle import load_arrays
from tests.dataset_makers import published_pickle


def test_pickles_of_python_2_are_read():
    # A string of raw bytes, as Python 2 pickles the data of an array: SHORT_BINSTRING.
    array = np.arange(256, dtype=np.uint8)
    modern = published_pickle({"labels": [1]})
    assert load_arrays(modern) == {"labels": [1]}
    raw = b"\x80\x02T" + len(array).to_bytes(4, "little") + array.tobytes() + b"."
    assert load_arrays(raw).encode("latin1") == array.tobytes()


def forged_array(dtype, state, data=b"A" * 8):
    """Pickle an array of one element, of a type, with a state of that type and bytes one chooses."""
    return (
        b"\x80\x04cnumpy.core.multiarray\n_reconstruct\n(cnumpy\nndarray\n(K\x00tC\x01btR"
        + b"(K\x01(K\x01tcnumpy\ndtype\n("
        + pickle.dumps(dtype, protocol=2)[2:-1]
        + b"\x89\x88tR"
        + pickle.dumps(state, protocol=2)[2:-1]
        + b"b\x89"
        + b"C"
        + bytes([len(data)])
        + data
        + b"tb."
    )


PLAIN = (3, "<", None, None, None, -1, -1, 0)


def test_the_forgery_is_an_array_when_it_is_honest():
    found = load_arrays(forged_array("u8", PLAIN))
    assert found.tolist() == [0x4141414141414141]
    big_endian = load_arrays(forged_array("u8", (3, ">", *PLAIN[2:]), b"\0" * 7 + b"\1"))
    assert big_endian.tolist() == [1]


@pytest.mark.parametrize(
    ("data", "message"),
    [
        # NumPy itself would take the eight bytes for the address of an object.
        (forged_array("O", (3, "|", None, None, None, -1, -1, 0)), "type 'O', expected numbers"),
        (
            b"\x80\x04cnumpy\nndarray\n(K\x01\x85\x8c\x01OC\x08AAAAAAAAtR.",
            "'str' object is not callable",
        ),
        (forged_array("V8", (3, "|", None, None, None, 1 << 20, 1, 0)), "type 'V8', expected"),
        (forged_array("u8", PLAIN, b"A" * 16), r"2 numbers for an array of shape \(1,\)"),
        (forged_array("u8", PLAIN, b"A" * 9), "buffer size"),
    ],
    ids=["pointers", "call", "void", "long", "odd"],
)
def test_a_forged_array_is_refused(data, message):
    with pytest.raises((TypeError, ValueError), match=message):
        load_arrays(data)


@pytest.mark.parametrize("protocol", [2, 3, 4, 5])
@pytest.mark.parametrize("dtype", ["?", "u1", "<i8", ">f4", "f2"])
def test_arrays_and_numbers_are_rebuilt(dtype, protocol):
    array = np.arange(6).reshape(2, 3).astype(dtype)
    content = {
        "c": array,
        "fortran": np.asfortranarray(array),
        "one": array[1, 1],
    }
    found = load_arrays(pickle.dumps(content, protocol=protocol))
    for key, expected in content.items():
        np.testing.assert_array_equal(found[key], expected)
        # The order of the bytes is NumPy's own business.
        assert found[key].dtype.newbyteorder("=") == expected.dtype.newbyteorder("=")


@pytest.mark.parametrize(
    "data",
    [
        b"\x80\x04cnumpy\nload\n.",
        b"\x80\x04cbuiltins\neval\n.",
        b"\x80\x04cnumpy.core.multiarray\nfromfile\n.",
        b"\x80\x04cnumpy._core.multiarray.os\nsystem\n.",
        b"\x80\x04cmultiarray\n_reconstruct\n.",
    ],
    ids=["numpy.load", "eval", "fromfile", "dotted", "no-package"],
)
def test_only_what_rebuilds_arrays_is_known(data):
    with pytest.raises(pickle.UnpicklingError, match="which no data set needs"):
        load_arrays(data)


def test_only_one_encoding_is_known():
    data = pickle.dumps(b"text", protocol=2).replace(b"latin1", b"rot_13")
    with pytest.raises(ValueError, match="expected 'latin1'"):
        load_arrays(data)


@pytest.mark.parametrize(
    "shape",
    [(1,) * 65, (1 << 64,), (1 << 10_000,) * 60, (-1,)],
    ids=["axes", "wide", "huge", "negative"],
)
def test_shapes_that_no_array_has_are_refused_at_once(shape):
    dtype = array_pickle.PickledDtype("u1")
    with pytest.raises(ValueError, match="1 numbers for an array of shape"):
        array_pickle.rebuild(b"x", dtype, shape)


def test_a_long_name_is_cut():
    with pytest.raises(pickle.UnpicklingError) as error:
        load_arrays(b"\x80\x02c" + b"x" * 100_000 + b"\n\x1bname\n.")
    assert len(str(error.value)) < 300
