"""Classes of PyTensor under the constructors that they had in Theano."""

from typing import Any, ClassVar

from pytensor.graph.utils import MetaType


class OldConstructor(MetaType, type):
    """Metaclass of a stand-in for a class, which builds and recognises the original.

    It answers for the original's attributes, too.

    The stand-in has the class as `original`, and a static method `build` with Theano's parameters that
    returns an instance of it. It has none of its own, but for what is being unpickled: Theano's pickles
    name it, so its ``__setstate__`` turns the object into one of the original class. For Python to allow
    that, both have to derive from PyTensor's `MetaObject`, or neither.
    """

    original: ClassVar[type]

    def __call__(cls, *arguments: Any, **keywords: Any) -> Any:
        """Return an instance of the original class."""
        return cls.build(*arguments, **keywords)

    def __instancecheck__(cls, instance: object) -> bool:
        """Return whether something is an instance of the original class."""
        return isinstance(instance, cls.original)

    def __subclasscheck__(cls, subclass: type) -> bool:
        """Return whether a class is derived from the original class."""
        return issubclass(subclass, cls.original)

    def __getattr__(cls, name: str) -> Any:
        """Return what the original class has under a name."""
        return getattr(cls.original, name)
