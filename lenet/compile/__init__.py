"""Compilation: backends, threads, devices, parallel compilers, specialisation."""
