"""Functions that SciPy has dropped, as its versions of 2015 to 2020 computed them."""

import numpy as np
import pytest

from lenet.theano_compat.old_names import scipy_curves, scipy_functions


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


def test_older_statistics():
    # By SciPy 0.19.
    assert scipy_functions.chisqprob(3.0, 2) == pytest.approx(np.exp(-1.5))
    values, counts = scipy_functions.find_repeats([1, 2, 2, 3, 3, 3])
    assert (values.tolist(), counts.tolist()) == ([2, 3], [2, 3])
    assert scipy_functions.signaltonoise([[1.0, 2], [1, 4]]).tolist() == [0, 3]
    assert scipy_functions.ss([[1.0, 2], [1, 4]]).tolist() == [2, 20]
    assert scipy_functions.threshold([1, 5, 9], 2, 8, newval=-1).tolist() == [-1, 5, -1]
    assert scipy_functions.threshold([1, 5], threshmax=2).tolist() == [1, 0]
    rows = np.array([[1.0, 2, np.nan], [4, 5, 6]])
    assert scipy_functions.nanmean(rows).tolist() == [2.5, 3.5, 6]
    assert scipy_functions.nanmedian(rows, None) == 4
    assert scipy_functions.nanstd(rows, 1).round(6).tolist() == [0.707107, 1]
    assert scipy_functions.nanstd(rows, 1, bias=True).round(6).tolist() == [0.5, 0.816497]


def test_smoothest_splines():
    x, y = np.array([0, 1, 2.5, 3, 4.2]), np.array([1, 3, 2, 5, 4])
    new = np.array([0, 0.7, 2.75, 4.2])
    np.testing.assert_allclose(scipy_curves.spline(x, y, new, order=1), np.interp(new, x, y))
    # A polynomial of the spline's degree has no jumps.
    np.testing.assert_allclose(scipy_curves.spline(x, x**3 - x, new), new**3 - new, atol=1e-12)
    # By SciPy 0.19.
    places, values = [0, 1, 2.5, 3, 4.2, 5.5, 6], [1, 3, 2, 5, 4, 2, 0.5]
    expected = [3.8608420949, 1.3144055876, 3.3966095646]
    found = scipy_curves.spline(places, values, [0.75, 1.5, 4.5])
    np.testing.assert_allclose(found, expected, rtol=1e-9)
    pairs = np.stack([values, np.square(values)], axis=1)
    assert scipy_curves.spline(places, pairs, [0.3])[0] == pytest.approx(
        [3.6855887946, 16.6717085234]
    )


def test_integrals():
    area, error = scipy_curves.quadrature(np.sin, 0, 1)
    assert area == pytest.approx(1 - np.cos(1))
    assert 0 < error < 1e-8
    assert scipy_curves.quadrature(lambda x, k: k * x, 0, 2, 3, vec_func=False)[0] == pytest.approx(
        6
    )
    assert scipy_curves.romberg(lambda x, k: k * x, 0, 2, (3,)) == pytest.approx(6)


def test_legendre_functions():
    # By SciPy 0.19.
    values, slopes = scipy_functions.lpn(3, 0.4)
    np.testing.assert_allclose(values, [1, 0.4, -0.26, -0.44])
    np.testing.assert_allclose(slopes, [0, 1, 1.2, -0.3])
    values, slopes = scipy_functions.lpmn(2, 3, 0.4)
    np.testing.assert_allclose(values[1], [0, -0.916515, -1.099818, 0.274955], atol=1e-6)
    np.testing.assert_allclose(slopes[2], [0, 0, -2.4, 7.8], atol=1e-12)
    values, slopes = scipy_functions.lpmn(-2, 3, 0.4)
    np.testing.assert_allclose(values[2], [0, 0, 0.105, 0.042], atol=1e-12)
    np.testing.assert_allclose(slopes[1], [0, -0.218218, 0.37097, 0.469168], atol=1e-6)


def test_weights_and_distances():
    assert scipy_functions.kulsinski([True, False, True], [True, True, False]) == pytest.approx(0.8)
    assert scipy_functions.central_diff_weights(3) == pytest.approx([-0.5, 0, 0.5])


def test_mirrored_filters():
    assert scipy_functions.qmf([1, 2, 3, 4]) == [4, -3, 2, -1]
