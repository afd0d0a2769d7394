"""Names of Theano's types in text, by which programs tell variables from arrays.

``"theano" in str(type(x))`` and ``type(x).__module__.startswith("theano.tensor")`` are true of Theano's variables, and
``node.op.__class__.__name__ in ["Gemv", "CGemv"]`` of products, by which programs tell that no GPU was used. Where a module asks
so, it gets Theano's name of a class of PyTensor's, or of ours.
"""

import ast
import re
from typing import Any

from lenet.theano_compat.old_names.calls import called_there

__all__ = ["NAMES", "asking_for_names", "may_ask_for_names", "with_old_type_names"]

OLD_NAMED = "__old_named_type__"
QUESTION = re.compile(
    rb"\b(str|repr)\s*\(\s*(type\s*\(|[^()]*\.__class__)|\.__module__\b|(\)|__class__)\.__name__\b"
)
# Modules and packages, which Theano called otherwise.
OLD_MODULES = {
    "pytensor.compile.executor": "theano.compile.function_module",
    "pytensor.graph.basic": "theano.gof.graph",
    "pytensor.sparse.variable": "theano.sparse.basic",
    "pytensor.tensor.variable": "theano.tensor.var",
    "pytensor.graph": "theano.gof",
    "pytensor": "theano",
    "lenet.theano_compat.theano": "theano",
}
# Operations that have other names here.
OLD_CLASSES = {
    "Conv": "CorrMM",
    "ConvGradInputs": "CorrMM_gradInputs",
    "ConvGradWeights": "CorrMM_gradWeights",
    "FlatElemwise": "Elemwise",
    "FusedConv": "CorrMM",
    "FusedConvGradInputs": "CorrMM_gradInputs",
    "FusedConvGradWeights": "CorrMM_gradWeights",
    "MatrixProduct": "Dot22",
    "MatrixVectorProduct": "CGemv",
    "PoolGrad": "AveragePoolGrad",
    "RowLogSoftmax": "LogSoftmax",
    "RowSoftmax": "Softmax",
    "StaticConvGradInputs": "CorrMM_gradInputs",
    "StaticConvGradWeights": "CorrMM_gradWeights",
    "SubtractProduct": "Gemm",
    "SumOfSquares": "Sum",
    "SymbolicMaxPoolGrad": "MaxPoolGrad",
    "SymbolicPool": "Pool",
    "SymbolicPoolGrad": "AveragePoolGrad",
}


def may_ask_for_names(source: bytes) -> bool:
    """Return whether a program may ask for a type's name, and knows Theano."""
    return b"theano" in source and QUESTION.search(source) is not None


def with_old_type_names(tree: ast.Module) -> ast.Module:
    """Return a program that is told Theano's names of types."""
    for node in asking_for_names(tree):
        kind = node.args[0] if isinstance(node, ast.Call) else node.value
        named = called_there(OLD_NAMED, kind)
        if isinstance(node, ast.Call):
            node.args = [named]
        else:
            node.value = named
    return tree


def asking_for_names(tree: ast.Module) -> list[Any]:
    """Return what gives the text of a value's type, or the name or module of it."""
    # An error's text is read by people.
    nodes = list(ast.walk(tree))
    told = {id(part) for node in nodes if isinstance(node, ast.Raise) for part in ast.walk(node)}
    return [node for node in nodes if id(node) not in told and asks_for_name(node)]


def asks_for_name(node: ast.AST) -> bool:
    """Return whether an expression is a type's text, name or module."""
    if isinstance(node, ast.Attribute):
        return (
            node.attr in ("__module__", "__name__")
            and isinstance(node.ctx, ast.Load)
            and is_type(node.value)
        )
    return (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id in ("str", "repr")
        and len(node.args) == 1
        and not node.keywords
        and is_type(node.args[0])
    )


def is_type(node: ast.expr) -> bool:
    """Return whether an expression is ``type(x)`` or ``x.__class__``."""
    if isinstance(node, ast.Call):
        is_call = isinstance(node.func, ast.Name) and node.func.id == "type"
        return is_call and len(node.args) == 1 and not node.keywords
    return isinstance(node, ast.Attribute) and node.attr == "__class__"


def old_module(name: Any) -> Any:
    """Return Theano's name of a module of PyTensor's, any other name as it is."""
    for new, old in OLD_MODULES.items():
        if isinstance(name, str) and (name == new or name.startswith(f"{new}.")):
            return old + name[len(new) :]
    return name


class OldNamed:
    """A type as its text, its name and its module tell it, in Theano's words."""

    def __init__(self, kind: type) -> None:
        self.kind = kind
        self.__module__ = old_module(kind.__module__)
        is_ours = str(kind.__module__).startswith("lenet.nnet.ops.")
        self.__name__ = OLD_CLASSES.get(kind.__name__, kind.__name__) if is_ours else kind.__name__

    def __repr__(self) -> str:
        """Return the type's text."""
        return repr(self.kind).replace(f"{self.kind.__module__}.", f"{self.__module__}.", 1)


NAMES = {OLD_NAMED: OldNamed}  # what changed programs call
