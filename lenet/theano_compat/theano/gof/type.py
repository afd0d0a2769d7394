"""Theano's ``theano.gof.type``: types of variables that users write."""

from typing import Any, Self

from pytensor.graph.type import Type as PyTensorType
from pytensor.graph.utils import MethodNotDefined
from pytensor.link.c.type import CType, Generic, generic

from lenet.theano_compat import compiler_methods
from lenet.theano_compat.forwarding import forward
from lenet.theano_compat.old_constructor import original_of

__all__ = ["Generic", "PureType", "SingletonType", "Type", "generic"]

__getattr__ = forward(__name__, "pytensor.graph.type", "pytensor.link.c.type")


class AnyType(type(CType)):  # type: ignore[misc]
    """Type of a class below which all types of variables are."""

    def __instancecheck__(cls, instance: Any) -> bool:
        return cls.__subclasscheck__(type(instance))

    def __subclasscheck__(cls, subclass: type) -> bool:
        # Of `Type` itself only: classes below it ask for their own. Python would ask those again.
        return super().__subclasscheck__(subclass) or (
            cls is Type and PyTensorType in original_of(subclass).__mro__
        )


class Type(CType, metaclass=AnyType):
    """A type of variables, with or without the methods that make C code of it.

    It may be used without a class of one's own: ``t = Type(); t.filter = function``.
    """

    def __init_subclass__(cls, **keywords: Any) -> None:
        super().__init_subclass__(**keywords)
        compiler_methods.adopt(cls)

    def filter(self, data: Any, strict: bool = False, allow_downcast: bool | None = None) -> Any:
        """Refuse: a type of one's own says what its values are.

        Raises
        ------
        MethodNotDefined
            Always.
        """
        raise MethodNotDefined("filter", type(self), type(self).__name__)

    def c_declare(self, name: str, sub: Any, check_input: bool = True) -> str:
        """Refuse C code, as the others do."""
        raise NotImplementedError(f"{self} has no method c_declare")

    def c_init(self, name: str, sub: Any) -> str:
        """Refuse C code."""
        raise NotImplementedError(f"{self} has no method c_init")

    def c_extract(self, name: str, sub: Any, check_input: bool = True, **keywords: Any) -> str:
        """Refuse C code."""
        raise NotImplementedError(f"{self} has no method c_extract")

    def c_cleanup(self, name: str, sub: Any) -> str:
        """Refuse C code."""
        raise NotImplementedError(f"{self} has no method c_cleanup")

    def c_sync(self, name: str, sub: Any) -> str:
        """Refuse C code."""
        raise NotImplementedError(f"{self} has no method c_sync")

    def c_code_cache_version(self) -> tuple:
        """Return an empty version: C code is compiled anew."""
        return ()


class SingletonType(Type):
    """A type whose classes have one instance each."""

    _own_instance: Any = None

    def __new__(cls) -> Self:
        """Return the class's instance."""
        if vars(cls).get("_own_instance") is None:
            cls._own_instance = super().__new__(cls)
        return cls._own_instance


PureType = Type
