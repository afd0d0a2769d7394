"""New names: each exists, and theano_compat's own tables and functions are all covered."""

import importlib
import inspect
import pkgutil
import warnings

import pytest

from lenet.porting import names, rules
from lenet.theano_compat.old_names import table


def exists(target: str) -> bool:
    """Return whether a dotted name is there."""
    module, _, name = target.lstrip("-").rpartition(".")
    if not module:
        return True
    present = importlib.import_module(module) if module != "pytensor.config" else None
    return True if present is None else hasattr(present, name)


@pytest.mark.parametrize("rule", rules.RULES, ids=lambda rule: rule.old)
def test_rule_is_of_names_that_exist(rule):
    assert names.path_rules()[rule.old] is rule, "two rules for a name"
    present = names.shim_module(names.SHIM)
    for part in rule.old.split(".")[1:]:
        present = getattr(present, part)
    for target in filter(None, (rule.new, rule.value)):
        assert exists(target), target
        assert "theano_compat" not in target
    assert rule.new or rule.left or rule.edit
    if rule.note and " " not in rule.note:
        assert rule.note in rules.NOTES


def test_modules_exist():
    for old, new in rules.MODULES.items():
        assert names.find(old).is_module
        importlib.import_module(new)


def test_dropped_names_are_those_of_theano_compat():
    assert names.dropped("collections.Iterable").new == "collections.abc.Iterable"
    assert names.dropped("collections.OrderedDict") is None
    assert names.dropped("numpy.float").new == "float"
    assert names.dropped("inspect.getargspec").left
    for path, rule in rules.WRITTEN_OTHERWISE.items():
        module, _, name = path.rpartition(".")
        assert name in table.NAMES[module]
        assert rule.old == path


def all_names():
    """Yield the public names of Theano's that theano_compat has, module by module."""
    root = names.shim_module(names.SHIM)
    for info in pkgutil.walk_packages(root.__path__, f"{names.SHIM}."):
        path = "theano" + info.name.removeprefix(names.SHIM)
        module = names.shim_module(info.name)
        for name in getattr(module, "__all__", ()):
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                yield f"{path}.{name}", getattr(module, name)


def test_every_name_is_translated_or_left():
    for path, thing in all_names():
        if inspect.ismodule(thing) or path.startswith("theano.config"):
            continue
        found = names.find(path)
        rule = found.rule
        assert found.path == path
        assert rule.new or rule.left or rule.edit, path
        assert "theano_compat" not in rule.new, path
        if rule.new and "(" not in rule.new and not rule.new.startswith(("'", '"')):
            assert exists(rule.new), (path, rule.new)


def test_what_theano_compat_computes_itself_has_a_rule_a_note_or_is_left():
    for path, thing in all_names():
        own = getattr(thing, "__module__", None) or ""
        if not own.startswith(names.COMPAT) or path.startswith("theano.config"):
            continue
        rule = names.find(path).rule
        assert rule.old in names.path_rules() or rule.note or rule.left, path
