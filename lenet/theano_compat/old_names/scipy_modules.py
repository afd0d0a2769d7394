"""Parts of SciPy that were there without being imported."""

import scipy


def behave_as_before() -> None:
    """Let ``scipy.misc`` be imported when it is first asked for, as the parts that SciPy still has."""
    if "misc" not in scipy.submodules:
        scipy.submodules.append("misc")
