"""The houses of Boston for scikit-learn's `load_boston`, which it has no more."""

from typing import Any

__all__ = ["load_boston"]


def load_boston(*, return_X_y: bool = False) -> Any:
    """Return the prices of 506 houses, and 13 numbers of each.

    They came with scikit-learn up to 1.1; now it downloads them from OpenML, once.

    Parameters
    ----------
    return_X_y : bool
        Whether to return the two arrays alone.

    Returns
    -------
    sklearn.utils.Bunch or tuple
        ``data`` of shape (506, 13), ``target`` of shape (506,), both float64, and ``feature_names``.
    """
    import numpy as np
    from sklearn.datasets import fetch_openml
    from sklearn.utils import Bunch

    fetched = fetch_openml("boston", version=1, as_frame=False, parser="liac-arff")
    data, target = fetched.data.astype(np.float64), fetched.target.astype(np.float64)
    if return_X_y:
        return data, target
    return Bunch(
        data=data, target=target, feature_names=np.array(fetched.feature_names), DESCR=fetched.DESCR
    )
