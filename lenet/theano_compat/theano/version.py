"""Theano's ``theano.version``: the last release, whose interface this is."""

__all__ = ["full_version", "release", "short_version", "version"]

version = "1.0.5"
short_version = full_version = version
release = True
git_revision = "unknown"
