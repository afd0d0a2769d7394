"""Functions that are called again where they refuse what they took once."""

import re
from collections.abc import Callable
from functools import wraps
from typing import Any

__all__ = ["called_again"]

Arguments = tuple[tuple[Any, ...], dict[str, Any]]


def called_again(
    function: Callable[..., Any],
    errors: type[Exception] | tuple[type[Exception], ...],
    refused: str | re.Pattern[str],
    changed: Callable[[tuple[Any, ...], dict[str, Any]], Arguments],
) -> Callable[..., Any]:
    """Return a function whose arguments are changed if it refuses them.

    They are looked at then alone: a call that is right costs nothing else.

    Parameters
    ----------
    function : callable
        What refuses before it does anything.
    errors : type or tuple of types
        Of its errors.
    refused : str or pattern
        What their text says of such arguments.
    changed : callable
        Returns arguments and options in place of others.
    """

    @wraps(function)
    def called(*arguments: Any, **options: Any) -> Any:
        try:
            return function(*arguments, **options)
        except errors as error:
            if not re.search(refused, str(error)):
                raise
        arguments, options = changed(arguments, options)
        return function(*arguments, **options)

    return called
