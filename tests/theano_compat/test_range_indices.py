"""Ranges from a constant as indices."""

import numpy as np


def test_no_rewrite_fails(theano, caplog):
    T = theano.tensor
    x, n = T.dvector(), T.iscalar()
    ahead = theano.function([x, n], x[T.arange(n) + 2], mode="FAST_RUN")
    np.testing.assert_array_equal(ahead(np.arange(9.0), 3), [2, 3, 4])
    np.testing.assert_array_equal(ahead(np.arange(9.0), 0), [])
    assert "Rewrite failure" not in caplog.text
