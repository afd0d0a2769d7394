"""Bytes that a program has read are text where text's methods, patterns and `in` meet them."""

import pytest

from lenet.theano_compat.python2.data import Data
from tests.theano_compat.python2.programs import value_of

pytest.importorskip("fissix", reason="needs fissix: pip install -e .[python2]")

# Each value is what Python 2.7.18 gives, where d is "ab c" and e is "a", read from a file of bytes.
PROGRAMS = {
    "x = ''.join(list(d)), '-'.join(c for c in d), ' '.join(['b', e])": ("ab c", "a-b- -c", "b a"),
    "x = 'abca'.find(e), 'abca'.replace(e, 'x'), 'abca'.split(e), 'abca'.strip(e), 'abca'.startswith((e, 'b'))": (
        *(0, "xbcx", ["", "bc", ""], "bc", True),
    ),
    "x = e in 'abc', e not in 'abc', [c for c in d if c not in ' b'], e in ['a'], e in {'b': 1}": (
        *(True, False, ["a", "c"], True, False),
    ),
    "import re\nx = re.findall('[a-z]+', d), re.sub('[a-b]+', e, d), re.compile('b').split(d), re.match(e, d).group()": (
        *(["ab", "c"], "a c", ["a", " c"], "a"),
    ),
    "from re import search, split\nx = search('b', d).start(), split(' ', d)": (1, ["ab", "c"]),
    "import re\nx = re.match(d, 'ab c').end()": 4,
    "x = '%c%s' % (e, d), e * 2 + 'b', 2 * e == 'aa', e.encode('utf-8'), e.translate(None, 'a')": (
        *("aab c", "aab", True, "a", ""),
    ),
    "x = isinstance(d, str), isinstance(d, basestring), isinstance(d, (int, list))": (
        *(True, True, False),
    ),
    "import os\nx = os.path.split(os.path.join('a', 'b')), [1, 2].count(2), (3, 4).index(4)": (
        *(("a", "b"), 1, 1),
    ),
}


@pytest.mark.parametrize("text", PROGRAMS)
def test_bytes_that_were_read_are_arguments_of_text(text):
    assert value_of(text, d=Data(b"ab c"), e=Data(b"a")) == PROGRAMS[text]
