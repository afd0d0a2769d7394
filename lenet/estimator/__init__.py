"""The classifier of scikit-learn, and its files."""

from lenet.estimator.classifier import LenetClassifier
from lenet.estimator.loading import load

__all__ = ["LenetClassifier", "load"]
