"""Parts of SciPy that were there without being imported."""

import scipy


def behave_as_before() -> None:
    """Let ``scipy.misc`` be imported when it is first asked for, as others are."""
    if "misc" not in scipy.submodules:
        scipy.submodules.append("misc")
