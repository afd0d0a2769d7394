"""Theano's ``theano.tensor.fft``: Fourier transforms of real numbers."""

from pytensor.tensor.fft import IRFFTOp, RFFTOp, irfft, rfft

from lenet.theano_compat.forwarding import forward

__all__ = ["IRFFTOp", "RFFTOp", "irfft", "rfft"]

__getattr__ = forward(__name__, "pytensor.tensor.fft")
