"""scikit-learn's modules `lda` and `qda`."""

from sklearn.discriminant_analysis import (
    LinearDiscriminantAnalysis,
    QuadraticDiscriminantAnalysis,
)

__all__ = ["LDA", "QDA"]

LDA, QDA = LinearDiscriminantAnalysis, QuadraticDiscriminantAnalysis
