"""Models: classifiers, architectures and losses."""
