"""The direction of imports, as pyproject.toml has it."""

import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
CONTRACTS = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]


def test_packages_import_only_from_those_below_them(monkeypatch, capsys):
    cli = pytest.importorskip("importlinter.cli")
    monkeypatch.chdir(ROOT)
    monkeypatch.setattr(sys, "path", [*sys.path])  # to which it adds the folder
    status = cli.lint_imports(no_cache=True)
    assert status == cli.EXIT_STATUS_SUCCESS, capsys.readouterr().out


def test_the_contract_places_every_module():
    (contract,) = CONTRACTS["contracts"]
    placed = [name for line in contract["layers"] for name in line.split(" | ")]
    modules = {path.stem for path in (ROOT / "lenet").glob("*.py")} - {"__init__"}
    packages = {path.parent.name for path in (ROOT / "lenet").glob("*/__init__.py")}
    assert sorted(placed) == sorted(modules | packages)
