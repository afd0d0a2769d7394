"""The answers of the original software, which are kept beside the checkout."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

GOLDEN = Path(__file__).resolve().parents[2] / "shared" / "golden"


def golden_arrays(name: str) -> dict[str, Any]:
    """Return the arrays of a golden file; skip the test, or the whole test file, where it is absent."""
    path = GOLDEN / name
    if not path.exists():
        pytest.skip(
            f"the answers of the original software, {name}, are not here", allow_module_level=True
        )
    with np.load(path) as arrays:
        return dict(arrays)
