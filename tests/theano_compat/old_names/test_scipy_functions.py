"""Functions that SciPy has dropped, as its versions of 2015 to 2020 computed them."""

import numpy as np
import pytest

from lenet.theano_compat.old_names import scipy_functions


def test_statistics():
    assert scipy_functions.itemfreq([1, 1, 3]).tolist() == [[1, 2], [3, 1]]
    assert scipy_functions.binom_test(2, 7) == pytest.approx(0.453125)
    assert scipy_functions.binom_test([3, 4]) == pytest.approx(1)
    assert scipy_functions.median_absolute_deviation([1, 2, 4, 9.0]) == pytest.approx(2.2239)
    assert scipy_functions.wminkowski([0, 1], [1, 3], 3, [1, 2]) == pytest.approx(65 ** (1 / 3))


def test_spherical_harmonics():
    # -sqrt(15 / 8 / pi) sin(polar) cos(polar) exp(i longitude)
    expected = -np.sqrt(15 / (8 * np.pi)) * np.sin(0.4) * np.cos(0.4) * np.exp(0.3j)
    assert scipy_functions.sph_harm(1, 2, 0.3, 0.4) == pytest.approx(expected)


def test_wavelets():
    # By SciPy 1.5.
    half = [-0.24888322356205592, 0.0, 0.4059208464102281, 0.6132914389031022]
    np.testing.assert_allclose(scipy_functions.ricker(7, 2.0), half + half[2::-1], atol=1e-15)
    wave = scipy_functions.morlet(5)
    assert wave[2] == pytest.approx((1 - np.exp(-12.5)) * np.pi**-0.25)
    assert wave[0] == pytest.approx(np.conj(wave[4]))
    data = np.zeros(31)
    data[15] = 1
    rows = scipy_functions.cwt(data, scipy_functions.ricker, [1, 2])
    assert rows.shape == (2, 31)
    # The wavelet itself, of ten widths, where the data have a one.
    np.testing.assert_allclose(rows[1, 6:26], scipy_functions.ricker(20, 2), atol=1e-15)
