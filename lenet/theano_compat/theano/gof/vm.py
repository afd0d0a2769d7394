"""Theano's ``theano.gof.vm``."""

from pytensor.link.vm import VMLinker

from lenet.theano_compat.forwarding import forward

__all__ = ["VM_Linker"]

__getattr__ = forward(__name__, "pytensor.link.vm")

VM_Linker = VMLinker
