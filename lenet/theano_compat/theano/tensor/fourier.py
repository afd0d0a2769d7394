"""Theano's ``theano.tensor.fourier``: Fourier transforms of complex numbers."""

from pytensor.tensor.fourier import Fourier, fft

__all__ = ["Fourier", "fft"]
