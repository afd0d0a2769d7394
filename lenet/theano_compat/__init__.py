"""Theano compatibility: a ``theano`` package made of PyTensor and `lenet.nnet`.

``python -m lenet.theano_compat SCRIPT`` runs a program as it stands; in a session, ``install()`` makes
``import theano`` work from there on.
"""

from lenet.theano_compat.importing import install, uninstall

__all__ = ["install", "uninstall"]
