"""Compilation: backends, threads, devices, C modules side by side, shape specialisation."""
