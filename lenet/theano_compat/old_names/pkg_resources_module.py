"""Versions and files of packages, as `pkg_resources` of setuptools told them."""

from importlib.metadata import PackageNotFoundError, distribution
from importlib.resources import files
from typing import Any

DistributionNotFound = PackageNotFoundError
get_distribution = distribution


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
