"""Functions and arguments that scikit-image has dropped, or does otherwise today.

Its packages load their parts when they are asked for, so that what is asked for is changed then.
"""

import sys
from collections.abc import Callable
from functools import wraps
from inspect import signature
from types import FunctionType
from typing import Any

import numpy as np

from lenet.theano_compat.arguments import called_otherwise
from lenet.theano_compat.old_names.hooks import resolved
from lenet.theano_compat.old_names.skimage_table import NAMES

__all__ = ["behave_as_before"]

# Arguments of today, and what they were before version 0.19.
EARLIER_NAMES = {
    "as_gray": ("as_grey", "flatten"),
    "footprint": ("selem",),
    "max_num_iter": ("max_iter", "n_iter_max", "max_iterations"),
    "num_iter": ("iterations",),
    "rng": ("random_seed", "random_state", "seed"),
    "visualize": ("visualise",),
}
# Arguments of ``resize`` and ``rescale`` after the size.
NAMES_OF_RESIZE = ("order", "mode", "cval", "clip", "preserve_range")
CHANGED: set[Any] = set()  # functions, and what asks modules for names


def behave_as_before() -> None:
    """Let the modules that are there, and may be loading yet, give what they gave."""
    for name in NAMES.keys() & sys.modules.keys():
        change(sys.modules[name], NAMES[name])


def change(module: Any, names: dict[str, str]) -> None:
    """Let a module have old names, and its functions take old arguments."""
    for name, value in [*vars(module).items()]:
        if isinstance(value, FunctionType) and not name.startswith("_"):
            setattr(module, name, as_before(name, value))
    own = getattr(module, "__getattr__", None)
    if own in CHANGED:
        return

    def asked(name: str) -> Any:
        if name in names:
            return resolved(names[name])
        if own is None or name.startswith("_"):
            raise AttributeError(f"module {module.__name__!r} has no attribute {name!r}")
        value = own(name)
        if isinstance(value, FunctionType):
            value = as_before(name, value)
            setattr(module, name, value)
        return value

    CHANGED.add(asked)
    module.__getattr__ = asked


def as_before(name: str, function: Callable[..., Any]) -> Callable[..., Any]:
    """Return a function of scikit-image that does and takes what it did and took."""
    if function in CHANGED:
        return function
    function = taking_as_before(name, function)
    CHANGED.add(function)
    return function


def taking_as_before(name: str, function: Callable[..., Any]) -> Callable[..., Any]:
    """Return a function with its old arguments and defaults."""
    if name == "rgb2gray":
        return of_any_picture(function)
    parameters = signature(function).parameters
    names = {
        old: now
        for now, olds in EARLIER_NAMES.items()
        for old in olds
        if now in parameters and old not in parameters
    }
    if names:
        function = called_otherwise(function, **names)
    if "channel_axis" in parameters:
        function = with_channels(function)
    if name == "hog":
        return with_plain_norm(function)
    return with_hard_edges(function) if name in ("resize", "rescale") else function


def with_channels(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return a function that may be told that channels are its last axis."""

    @wraps(function)
    def called(*arguments: Any, multichannel: bool | None = None, **options: Any) -> Any:
        if multichannel is not None:
            options["channel_axis"] = -1 if multichannel else None
        return function(*arguments, **options)

    return called


def of_any_picture(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return ``rgb2gray`` of grey pictures, and those with an alpha channel, too."""

    @wraps(function)
    def rgb2gray(rgb: Any, **options: Any) -> np.ndarray:
        picture = np.asarray(rgb)
        grey: np.ndarray = picture if picture.ndim == 2 else function(picture[..., :3], **options)
        return grey

    return rgb2gray


def with_plain_norm(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return ``hog`` that divides by sums unless it is told otherwise."""

    @wraps(function)
    def hog(image: Any, *arguments: Any, **options: Any) -> Any:
        if len(arguments) < 4:
            options.setdefault("block_norm", "L1")
        return function(image, *arguments, **options)

    return hog


def with_hard_edges(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return ``resize`` or ``rescale`` without blur, onto black, as before 0.15."""

    @wraps(function)
    def called(image: Any, *arguments: Any, **options: Any) -> Any:
        named = dict(zip(NAMES_OF_RESIZE, arguments[1:], strict=False))
        first = {"order": 1, "mode": "constant", "anti_aliasing": False}
        return function(image, *arguments[:1], **{**first, **named, **options})

    return called


def compare_ssim(X: Any, Y: Any, **options: Any) -> Any:
    """Return the structural similarity of two pictures, as ``skimage.measure`` did."""
    from skimage.metrics import structural_similarity

    if "data_range" not in options and np.asarray(X).dtype.kind == "f":
        options["data_range"] = 2.0  # of floats from -1 to 1
    return structural_similarity(X, Y, **options)


def circle(r: float, c: float, radius: float, shape: Any = None) -> tuple[np.ndarray, np.ndarray]:
    """Return the rows and columns of the pixels of a disk."""
    from skimage.draw import disk

    rows, columns = disk((r, c), radius, shape=shape)
    return rows, columns


def threshold_adaptive(image: Any, block_size: int, **options: Any) -> np.ndarray:
    """Return which pixels are brighter than their surroundings."""
    from skimage.filters import threshold_local

    brighter: np.ndarray = image > threshold_local(image, block_size, **options)
    return brighter


def montage2d(arr_in: Any, fill: Any = "mean", **options: Any) -> np.ndarray:
    """Return one picture of many grey ones, in a square."""
    from skimage.util import montage

    picture: np.ndarray = montage(arr_in, fill=fill, **options)
    return picture
