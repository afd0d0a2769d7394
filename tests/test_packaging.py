"""What the files around the code promise to each other."""

import re
import subprocess
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
CONDA_NAMES = {"matplotlib": "matplotlib-base"}
MODULES = sorted(path for path in (ROOT / "lenet").rglob("*.py"))


def conda_dependencies():
    """Return the strings of environment.yml's one flat list."""
    text = (ROOT / "environment.yml").read_text()
    return re.findall(r"^  - (.+)$", text.split("dependencies:\n")[1], flags=re.MULTILINE)


def test_the_conda_environment_has_its_documented_name_and_channel():
    text = (ROOT / "environment.yml").read_text()
    assert re.search(r"^name: theano_env$", text, flags=re.MULTILINE)
    assert re.search(r"^channels:\n  - conda-forge\ndependencies:$", text, flags=re.MULTILINE)


def test_conda_and_pip_ask_for_the_same_versions():
    wanted = PROJECT["dependencies"] + PROJECT["optional-dependencies"]["test"]
    expected = set()
    for requirement in wanted:
        name, bounds = re.fullmatch(r"([a-z0-9-]+)(.*)", requirement).groups()
        expected.add(CONDA_NAMES.get(name, name) + bounds)
    conda = set(conda_dependencies())
    without_bounds = {"cxx-compiler", "libblas"}
    assert conda == expected | without_bounds | {f"python{PROJECT['requires-python']},<3.14"}


def test_conda_requirements_are_well_formed():
    # name, then comparisons separated by commas: what `conda env create` can parse.
    pattern = re.compile(r"[a-z0-9-]+((>=|<)\d+(\.\d+)*(,(>=|<)\d+(\.\d+)*)*)?")
    malformed = [d for d in conda_dependencies() if not pattern.fullmatch(d)]
    assert not malformed


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_module_is_documented(path):
    assert path.read_text().startswith('"""')


def test_scripts_in_lenet_hide_no_other_module():
    """`python lenet/train.py` puts lenet/ first on the path."""
    others = set(packages_distributions()) | set(sys.stdlib_module_names)
    ours = {path.stem for path in (ROOT / "lenet").glob("*.py")} - {"__init__"}
    assert not ours & (others - {"lenet"})


def test_importing_the_package_is_light():
    code = "import sys, lenet; print(sorted({'numpy', 'pytensor'} & set(sys.modules)))"
    output = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, check=True, capture_output=True, text=True
    ).stdout
    assert output.strip() == "[]"


def test_the_readme_shows_the_command_that_ci_runs():
    readme = (ROOT / "README.md").read_text()
    command = r"^python3 -m venv .* -m pytest -n auto --dist loadfile$"
    assert len(re.findall(command, readme, flags=re.MULTILINE)) == 1


def test_changelog_and_citation_know_this_version():
    import lenet

    assert f"## {lenet.__version__}" in (ROOT / "CHANGELOG.md").read_text()
    citation = (ROOT / "CITATION.cff").read_text()
    assert re.search(r"^version: (.*)$", citation, flags=re.MULTILINE)[1] == lenet.__version__


def test_no_file_names_a_folder_of_one_machine():
    listed = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False
    ).stdout.split()
    files = [
        ROOT / name for name in listed if (ROOT / name).suffix in {".py", ".md", ".toml", ".yml"}
    ]
    if not files:
        pytest.skip("not a git checkout")
    home = str(Path.home())
    assert not [str(path) for path in files if home != "/" and f"{home}/" in path.read_text()]
