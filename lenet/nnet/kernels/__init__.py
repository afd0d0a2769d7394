"""Kernels as shared libraries with an interface of C, for every backend."""
