"""Options: ``theano.config`` in the text of a program."""

import ast
from typing import TYPE_CHECKING

from lenet.porting.names import SHIM, shim_module

if TYPE_CHECKING:
    from lenet.porting.rewriting import Rewriter

METHODS = ("change_flags",)
CONFIG = "theano.config"
TEST_VALUES = (
    "compute_test_value",
    "compute_test_value_opt",
    "print_test_value",
    "pickle_test_value",
)


def edit(
    rewriter: "Rewriter", name: ast.Name, base: str, nodes: list[ast.expr], attributes: list[str]
) -> None:
    """Edit an option, or all of them, that a name and its attributes stand for.

    One that PyTensor lacks is what Theano's was by default, where it is read; where it is set, nothing is done.
    """
    path = ".".join([base, *attributes]).split(".")[2:]
    given = base.count(".") - 1  # parts of the option that the name itself stands for
    if given > 0:
        return  # a value that was read where the name was assigned
    before = len(attributes) - len(path)
    if not path:
        if base == "theano":
            rewriter.rewrite(name, nodes[-1], "pytensor.config", CONFIG)
        return
    option, count = longest_option(path)
    node = nodes[before + count]
    if not option:
        rewriter.findings.by_hand(name.lineno, f"{CONFIG}.{path[0]}: PyTensor has no such option")
        return
    own = shim_module(f"{SHIM}.configdefaults").OWN_OPTIONS
    if path[0] in METHODS or is_pytensor_option(option):
        new = option.replace(".", "__")
        if base == "theano":
            rewriter.rewrite(name, node, f"pytensor.config.{new}", f"{CONFIG}.{option}")
        elif new != option:
            rewriter.source.replace(rewriter.source.end(name), rewriter.source.end(node), f".{new}")
            rewriter.findings.because(name.lineno, f"{CONFIG}.{option} has another name")
        return
    is_gpu = option in ("device", "init_gpu_device", "contexts", "force_device")
    rewriter.findings.check(
        name.lineno, "gpu" if is_gpu else "test_value" if option in TEST_VALUES else "option"
    )
    reason = f"{CONFIG}.{option}: PyTensor has no such option"
    if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Load):
        rewriter.replace(node, repr(own[option]), reason)
        return
    statement = rewriter.scopes.parents.get(id(node))
    if isinstance(statement, ast.Assign) and statement.targets == [node]:
        rewriter.replace_statement(statement, reason)
    else:
        rewriter.findings.by_hand(name.lineno, reason)


def longest_option(path: list[str]) -> tuple[str, int]:
    """Return the longest beginning of a name that is an option, and its parts."""
    own = shim_module(f"{SHIM}.configdefaults").OWN_OPTIONS
    for count in range(len(path), 0, -1):
        name = ".".join(path[:count])
        if name in own or is_pytensor_option(name) or name in METHODS:
            return name, count
    return "", 0


def is_pytensor_option(name: str) -> bool:
    """Return whether PyTensor has an option of this name that may be set."""
    from lenet.theano_compat.theano.configparser import is_pytensor_option, pytensor_name

    if not is_pytensor_option(name):
        return False
    config = shim_module("pytensor").config
    return bool(getattr(type(config), pytensor_name(name)).mutable)
