"""Exploration of a data set: near duplicates, label errors, contact sheets."""
