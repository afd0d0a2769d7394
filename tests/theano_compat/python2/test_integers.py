"""NumPy's integers as Python 2's."""

import json

import numpy as np
import pytest

from lenet.theano_compat.python2.data import Data
from lenet.theano_compat.python2.integers import dump, dumps
from tests.theano_compat.python2.programs import value_of

pytest.importorskip("fissix", reason="needs fissix: pip install -e .[python2]")

# Each value is what Python 2.7.18 gives with NumPy 1.16 on 64-bit Linux.
TYPES = {
    "isinstance(numpy.int64(3), int), isinstance(numpy.int64(3), (float, long))": (True, True),
    "isinstance(numpy.int32(3), int), isinstance(numpy.int64(3), str)": (False, False),
    "isinstance(3, int), isinstance('a', (int, str)), isinstance(3.5, int)": (True, True, False),
    "issubclass(numpy.int64, int), issubclass(numpy.uint8, int), issubclass(bool, int)": (
        *(True, False, True),
    ),
}


@pytest.mark.parametrize("text", TYPES)
def test_types(text):
    assert value_of(f"import numpy\nx = {text}") == TYPES[text]


def test_json_of_integers(tmp_path):
    value = {"a": np.int64(1), np.int64(2): [(np.int64(3), None), {"b": 1.5}], "c": Data(b"d")}
    expected = {"a": 1, "2": [[3, None], {"b": 1.5}], "c": "d"}
    assert json.loads(dumps(value, indent=1, encoding="utf-8")) == expected
    with (tmp_path / "a.json").open("w") as file:
        dump(value, file, sort_keys=False)
    assert json.loads((tmp_path / "a.json").read_text()) == expected
    with pytest.raises(TypeError, match="complex"):
        dumps([1j])
