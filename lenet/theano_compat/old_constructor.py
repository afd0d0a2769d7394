"""Classes of PyTensor under the constructors that they had in Theano."""

from collections.abc import Callable
from types import new_class
from typing import Any, ClassVar

from pytensor.graph.utils import MetaType

from lenet.theano_compat.recognised import is_of


class OldConstructor(MetaType, type):
    """Metaclass of a stand-in for a class, which builds and recognises the original.

    It answers for the original's attributes, too.

    The stand-in has the class as `original`, and a static method `build` with Theano's parameters that
    returns an instance of it. It recognises those of the classes `others`, too, and has none of its own, but for what is being
    unpickled: Theano's pickles name it, so its ``__setstate__`` turns the object into one of the original class. For Python
    to allow that, both have to derive from PyTensor's `MetaObject`, or neither. What a program derives from it is derived
    from the original.
    """

    original: ClassVar[type]
    others: ClassVar[tuple[type, ...]] = ()

    def __new__(
        mcs, name: str, bases: tuple[type, ...], body: dict[str, Any], **keywords: Any
    ) -> type:
        """Return a stand-in, or a program's own class below one."""
        if any(isinstance(base, OldConstructor) for base in bases):
            return new_class(
                name, tuple(map(original_of, bases)), keywords, lambda own: own.update(body)
            )
        return super().__new__(mcs, name, bases, body, **keywords)

    def __call__(cls, *arguments: Any, **keywords: Any) -> Any:
        """Return an instance of the original class."""
        return cls.build(*arguments, **keywords)

    def __instancecheck__(cls, instance: object) -> bool:
        """Return whether something is an instance of the original class."""
        return is_of(instance, (cls.original, *cls.others))

    def __subclasscheck__(cls, subclass: type) -> bool:
        """Return whether a class is derived from the original class."""
        return issubclass(subclass, cls.original)

    def __getattr__(cls, name: str) -> Any:
        """Return what the original class has under a name."""
        return getattr(cls.original, name)


class NeverSeen:
    """The class of operations that no graph has here."""


def stand_in(
    name: str,
    original: type = NeverSeen,
    *others: type,
    build: Callable[..., Any] | None = None,
) -> type:
    """Return a stand-in, to be asked for by ``isinstance`` as a class of Theano's.

    Parameters
    ----------
    name : str
        Theano's name of it.
    original : type
        What it is here; left out, nothing.
    *others : type
        What else it recognises.
    build : callable, optional
        What its call gives, if not an instance of `original`.
    """
    body = {
        "__doc__": (build or original).__doc__,
        "original": original,
        "others": others,
        "build": staticmethod(build or original),
    }
    return OldConstructor(name, (), body)


def original_of(kind: type) -> type:
    """Return the class for which one stands in, or the class itself."""
    return kind.original if isinstance(kind, OldConstructor) else kind
