"""Each old name stands for something, is missing today, and is in the guide."""

import importlib
import warnings
from pathlib import Path

import pytest

from lenet.theano_compat.old_names.hooks import resolved
from lenet.theano_compat.old_names.table import CHANGES, MODULES, NAMES, WITH_ALL_OF

GUIDE = Path(__file__).parents[3] / "docs" / "porting.md"
PLACES = sorted(
    {place for names in NAMES.values() for place in names.values()} | {*CHANGES.values()}
)
# Other packages, which are not there everywhere.
OPTIONAL = {
    "distutils": "setuptools",
    "pandas": "pandas",
    "pandas.tools.plotting": "pandas",
    "sklearn.externals.six": "six",
    **{name: "skimage" for name in [*CHANGES, *MODULES] if name.startswith("skimage.")},
    **{name: "sympy" for name in MODULES if name.startswith("sympy.")},
    "tables": "tables",
    "yaml": "yaml",
}


@pytest.fixture(autouse=True)
def quiet_modules():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        yield


@pytest.mark.parametrize("place", PLACES)
def test_what_a_name_stands_for_is_there(place):
    if "scipy.datasets" in place:
        pytest.importorskip("pooch")
    if "pandas" in place:
        pytest.importorskip("pandas")
    resolved(place)


@pytest.mark.parametrize("name", sorted({*NAMES, *WITH_ALL_OF, *WITH_ALL_OF.values(), *CHANGES}))
def test_modules_that_get_names_are_there(name):
    if name in OPTIONAL:
        pytest.importorskip(OPTIONAL[name])
    importlib.import_module(name)


@pytest.mark.parametrize("name", sorted(MODULES))
def test_what_a_module_stands_for_is_there(name):
    if name in OPTIONAL:
        pytest.importorskip(OPTIONAL[name])
    importlib.import_module(MODULES[name])


def test_the_guide_has_them_all():
    text = GUIDE.read_text(encoding="utf-8")
    section = text[text.index("### Names of other libraries") :]
    section = section[: section.index("\n## ")]
    missing = [name for name in [*MODULES, *NAMES, *CHANGES] if f"`{name}`" not in section]
    missing += [
        f"{module}.{name}"
        for module, names in NAMES.items()
        for name in names
        if module != "collections" and f"`{name}`" not in section
    ]
    assert missing == []
