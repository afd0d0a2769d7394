"""pandas, as the runner of programs for Theano changes it; tests that import it skip where there is none."""

import pytest

pd = pytest.importorskip("pandas", reason="needs pandas: pip install pandas")

from lenet.theano_compat.old_names import pandas_frames  # noqa: E402, after the skip

pandas_frames.behave_as_before()
