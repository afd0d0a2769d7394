"""Packaging: what the files around the code promise to each other, and what is installed."""

import ast
import os
import re
import subprocess
import sys
import tarfile
import tomllib
import zipfile
from importlib.metadata import packages_distributions, requires
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

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


def installed_with(name, extras=()):
    """Return the names of a distribution, of what it requires, of what that requires, and so on."""
    found, left = set(), [(name, frozenset(extras))]
    while left:
        name, extras = left.pop()
        if (name, extras) in found:
            continue
        found.add((name, extras))
        for line in requires(name) or ():
            wanted = Requirement(line)
            marker = wanted.marker
            if marker is None or any(marker.evaluate({"extra": extra}) for extra in extras or {""}):
                left.append((canonicalize_name(wanted.name), frozenset(wanted.extras)))
    return {name for name, _ in found}


def imported_names():
    """Return the packages that the modules of lenet/ import, without those of Python."""
    nodes = [node for path in MODULES for node in ast.walk(ast.parse(path.read_text()))]
    names = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    names |= {node.module for node in nodes if isinstance(node, ast.ImportFrom) and not node.level}
    return {name.partition(".")[0] for name in names} - {"lenet", *sys.stdlib_module_names}


def test_types_are_checked_without_packages_that_few_have():
    """What the test command does not install is among those that mypy may miss, whoever has it."""
    tools = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["mypy"]
    (missing,) = [rules for rules in tools["overrides"] if rules.get("ignore_missing_imports")]
    may_be_missing = {name.partition(".")[0] for name in missing["module"]}
    installed = installed_with("lenet", ("jax", "test"))
    owners = packages_distributions()
    there = {name for name in owners if installed & {canonicalize_name(o) for o in owners[name]}}
    assert not imported_names() - may_be_missing - there


def test_scripts_in_lenet_hide_no_other_module():
    """Whoever puts lenet/ on the path finds other packages behind ours."""
    others = set(packages_distributions()) | set(sys.stdlib_module_names)
    modules = {path.stem for path in (ROOT / "lenet").glob("*.py")} - {"__init__"}
    folders = {path.parent.name for path in (ROOT / "lenet").glob("*/__init__.py")}
    # Dask's scheduler, and what `lenet.pytensor_ml` is for; `python lenet/train.py` takes lenet/ off the path, as the
    # next test shows.
    known = {"distributed", "pytensor_ml"}
    assert not ((modules | folders) - known) & (others - {"lenet"})


def test_train_as_a_script_takes_its_own_folder_off_the_path():
    """A package named as a folder of lenet/, such as Dask's `distributed`, is not hidden by it."""
    code = (
        "import runpy, sys\n"
        f"sys.path[0] = {str(ROOT / 'lenet')!r}\n"
        "sys.argv = ['train.py', '--help']\n"
        "try:\n"
        f"    runpy.run_path({str(ROOT / 'lenet' / 'train.py')!r}, run_name='__main__')\n"
        "except SystemExit as end:\n"
        "    assert not end.code\n"
        "import importlib.util\n"
        f"folders = {sorted(path.name for path in (ROOT / 'lenet').iterdir() if path.is_dir())}\n"
        "specs = [importlib.util.find_spec(name) for name in folders]\n"
        "print('found', [spec.origin for spec in specs if spec and spec.origin])\n"
    )
    done = run_python(["-c", code], Path("/"))
    (found,) = [line for line in done.stdout.splitlines() if line.startswith("found ")]
    assert str(ROOT / "lenet") not in found


def run_python(arguments, folder):
    """Run Python in a folder, where nothing but the installation says where lenet is."""
    env = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=folder,
        env=env,
        check=True,
        capture_output=True,
        text=True,
    )


def built(builder, versions, folder):
    """Return the names of the files in what hatchling builds, and the path of it."""
    module = pytest.importorskip(f"hatchling.builders.{builder}")
    (path,) = getattr(module, f"{builder.capitalize()}Builder")(str(ROOT)).build(
        directory=str(folder), versions=versions
    )
    if builder == "wheel":
        with zipfile.ZipFile(path) as archive:
            return archive.namelist(), path
    with tarfile.open(path) as archive:
        return [name.partition("/")[2] for name in archive.getnames()], path


def files_of(*folders):
    """Return the paths of the files in folders of this one, without what Python writes there."""
    paths = [path for folder in folders for path in (ROOT / folder).rglob("*")]
    files = [path for path in paths if path.is_file() and "__pycache__" not in path.parts]
    return {path.relative_to(ROOT).as_posix() for path in files}


def test_the_wheel_holds_the_package_and_no_tests(tmp_path):
    names, _ = built("wheel", ["standard"], tmp_path)
    ours = {name for name in names if ".dist-info/" not in name}
    assert ours == files_of("lenet")
    assert {Path(name).suffix for name in ours} >= {".py", ".h", ".toml", ".typed"}
    assert any(name.endswith("/licenses/LICENSE") for name in names)


def test_the_source_distribution_holds_tests_and_guides(tmp_path):
    names, _ = built("sdist", ["standard"], tmp_path)
    assert files_of("lenet", "tests", "docs", "benchmarks") <= set(names)
    assert {"pyproject.toml", "README.md", "LICENSE", "environment.yml"} <= set(names)


def test_an_editable_installation_works_beside_the_clone(tmp_path):
    """In the folder that holds the clone, `lenet` is the clone's folder, too, which has no modules."""
    _, wheel = built("wheel", ["editable"], tmp_path)
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path / "site")
    (tmp_path / "lenet" / "docs").mkdir(parents=True)
    code = (
        "import runpy, site, sys, sysconfig\n"
        f"site.addsitedir({str(tmp_path / 'site')!r})\n"
        "site.addsitedir(sysconfig.get_path('purelib'))\n"
        "import lenet.limits\n"
        "print(lenet.limits.__file__)\n"
        "sys.argv = ['train', '--help']\n"
        "runpy.run_module('lenet.train', run_name='__main__', alter_sys=True)\n"
    )
    # -m and -c put the folder first on the path; the .pth file's line comes behind.
    # -S: this environment may have another checkout installed.
    done = run_python(["-S", "-c", code], tmp_path)
    place, usage = done.stdout.splitlines()[:2]
    assert place == str(ROOT / "lenet" / "limits.py")
    assert usage.startswith("usage: lenet-train")


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
