"""Theano's ``theano.compile.io``: inputs and outputs of a function."""

from copy import copy
from typing import Any

from pytensor.compile.io import In as PyTensorIn
from pytensor.compile.io import Out, SymbolicInput, SymbolicOutput
from pytensor.compile.sharedvalue import SharedVariable
from pytensor.graph.basic import Variable
from pytensor.link.basic import Container

from lenet.theano_compat.forwarding import forward

__all__ = ["In", "Out", "Param", "SymbolicInput", "SymbolicOutput"]

__getattr__ = forward(__name__)


class In(PyTensorIn):
    """An input of a function, which may have a default value.

    Parameters
    ----------
    variable : Variable
        The input.
    name, value, update, mutable, strict, allow_downcast, autoname, implicit, borrow, shared
        As in Theano. With an `update`, the value that `value` starts is kept between calls.
    """

    def __init__(
        self,
        variable: Variable,
        name: str | None = None,
        value: Any = None,
        update: Variable | None = None,
        mutable: bool | None = None,
        strict: bool = False,
        allow_downcast: bool | None = None,
        autoname: bool = True,
        implicit: bool | None = None,
        borrow: bool | None = None,
        shared: bool = False,
    ) -> None:
        given = value is None or isinstance(value, Container | SharedVariable)
        if not given:
            default = variable.type.filter(value, strict=strict, allow_downcast=allow_downcast)
            value = Container(variable, storage=[default])
            implicit = bool(implicit)
        self.has_own_container = not given
        super().__init__(
            variable,
            name=name,
            value=value,
            update=update,
            mutable=mutable,
            strict=strict,
            allow_downcast=allow_downcast,
            autoname=autoname,
            implicit=implicit,
            borrow=borrow,
            shared=shared,
        )
        self.default = None if given or update is not None else default

    def __copy__(self) -> "In":
        """Return a copy of this input for another function.

        Functions do not share a value that they update, unless it is another function's container.
        """
        own = object.__new__(type(self))
        own.__dict__.update(vars(self))
        if self.has_own_container:
            own.value = Container(self.variable, storage=[copy(self.value.storage[0])])
        return own


class Param(In):
    """An input of a function, by its name in early Theano."""

    def __init__(
        self,
        variable: Variable,
        default: Any = None,
        name: str | None = None,
        mutable: bool = False,
        strict: bool = False,
        allow_downcast: bool | None = None,
        implicit: bool | None = None,
        borrow: bool | None = None,
    ) -> None:
        super().__init__(
            variable,
            name=name,
            value=default,
            mutable=mutable,
            strict=strict,
            allow_downcast=allow_downcast,
            implicit=implicit,
            borrow=borrow,
        )
