"""Experiments: one run, cross-validation and courses."""
