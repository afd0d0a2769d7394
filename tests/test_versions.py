import numpy as np
import pytensor

from lenet.versions import versions


def test_versions_are_those_of_the_packages():
    found = versions()
    assert found["pytensor"] == pytensor.__version__
    assert found["numpy"] == np.__version__
