"""Measured claims, each one command; `docs/benchmarks.md` holds their last figures."""
