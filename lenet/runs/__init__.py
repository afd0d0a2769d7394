"""Runs: the files that a training writes, and their readers."""
