"""Public names of the packages: what is listed, what type checkers see, what there is."""

import ast
import importlib
import subprocess
import sys
from pathlib import Path

import pytest

PACKAGES = ["lenet", "lenet.augment", "lenet.data", "lenet.models", "lenet.optim"]


def seen_by_type_checkers(package):
    """Return the names that the imports under ``if TYPE_CHECKING`` bring, with their modules."""
    tree = ast.parse(Path(importlib.import_module(package).__file__).read_text())
    block = next(node for node in tree.body if isinstance(node, ast.If))
    return {alias.name: statement.module for statement in block.body for alias in statement.names}


@pytest.mark.parametrize("package", PACKAGES)
def test_listed_names_are_there_and_type_checkers_see_them(package):
    module = importlib.import_module(package)
    seen = seen_by_type_checkers(package)
    assert sorted(seen) == sorted(module.__all__)
    assert set(module.__all__) <= set(dir(module))
    for name, place in seen.items():
        value = getattr(module, name)
        expected = getattr(importlib.import_module(place), name)
        assert value is expected


@pytest.mark.parametrize("package", PACKAGES)
def test_a_star_brings_all_of_them(package):
    names: dict = {}
    exec(f"from {package} import *", names)
    assert set(importlib.import_module(package).__all__) <= set(names)


@pytest.mark.parametrize("package", PACKAGES)
def test_another_name_is_refused(package):
    with pytest.raises(AttributeError, match=f"module '{package}' has no attribute 'nonsense'"):
        importlib.import_module(package).nonsense  # noqa: B018


def test_schedules_need_no_pytensor():
    code = (
        "import sys, lenet.optim.schedules, lenet; lenet.optim.Schedule; lenet.optim.schedules;"
        "print('pytensor' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
