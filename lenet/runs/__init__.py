"""Runs: the files that a training writes, and what is read from them."""
