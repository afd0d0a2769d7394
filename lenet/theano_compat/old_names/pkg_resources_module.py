"""Versions and files of packages, as `pkg_resources` of setuptools told them."""

import sys
from importlib.metadata import PackageNotFoundError, distribution, entry_points
from importlib.resources import files
from pkgutil import extend_path
from typing import Any

DistributionNotFound = PackageNotFoundError


class Distribution:
    """Package that is installed.

    Attributes
    ----------
    project_name, version, location : str
        Its name, its version, and the folder in which its modules lie.
    key : str
        The name in small letters.

    Raises
    ------
    DistributionNotFound
        If it is not installed.
    """

    def __init__(self, name: str) -> None:
        found = distribution(name)
        self.project_name, self.version = found.metadata["Name"], found.version
        self.key = self.project_name.lower()
        self.location = str(found.locate_file(""))

    @property
    def parsed_version(self) -> Any:
        """The version, to be compared with others."""
        return parse_version(self.version)

    def __str__(self) -> str:
        return f"{self.project_name} {self.version}"


def get_distribution(dist: str) -> Distribution:
    """Return a package that is installed, by its name."""
    return Distribution(dist)


def iter_entry_points(group: str, name: str | None = None) -> Any:
    """Return an iterator over what packages offer to others in a group."""
    found = entry_points(group=group)
    return iter(found if name is None else found.select(name=name))


def declare_namespace(packageName: str) -> None:
    """Let a package have parts in several folders."""
    package = sys.modules[packageName]
    package.__path__ = extend_path(package.__path__, packageName)


def require(*requirements: str) -> list[Distribution]:
    """Return the packages of requirements, of whose versions nothing is asked.

    Raises
    ------
    DistributionNotFound
        If one is not installed.
    """
    from packaging.requirements import Requirement

    return [Distribution(Requirement(each).name) for each in requirements]


def parse_version(v: str) -> Any:
    """Return a version that can be compared with others."""
    from packaging.version import parse

    return parse(v)


def resource_filename(package_or_requirement: str, resource_name: str) -> str:
    """Return the path of a file of a package."""
    return str(files(package_or_requirement) / resource_name)


def resource_exists(package_or_requirement: str, resource_name: str) -> bool:
    """Return whether a package has a file."""
    found = files(package_or_requirement) / resource_name
    return found.is_file() or found.is_dir()


def resource_string(package_or_requirement: str, resource_name: str) -> bytes:
    """Return the contents of a file of a package."""
    return (files(package_or_requirement) / resource_name).read_bytes()
