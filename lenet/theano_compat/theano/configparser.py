"""Theano's ``theano.configparser``: options, forwarded to PyTensor's where it can."""

import configparser
import os
import sys
import warnings
from collections.abc import Iterable, Mapping
from contextlib import ContextDecorator
from pathlib import Path
from typing import Any

import pytensor
from pytensor import configparser as parameters
from pytensor.configparser import EnumStr

from lenet.text import shown
from lenet.theano_compat.arguments import called_otherwise
from lenet.theano_compat.forwarding import missing_name
from lenet.theano_compat.old_constructor import stand_in

__all__ = [
    "THEANO_FLAGS",
    "THEANO_FLAGS_DICT",
    "AddConfigVar",
    "BoolParam",
    "ConfigParam",
    "EnumStr",
    "FloatParam",
    "IntParam",
    "Section",
    "StrParam",
    "TheanoConfigParser",
    "change_flags",
    "config_files_from_theanorc",
    "parse_config_string",
]

Options = Mapping[str, Any] | Iterable[tuple[str, Any]] | None

# What Theano checked of its own options.
CHOICES = {
    "compute_test_value": ("off", "ignore", "warn", "raise", "pdb"),
    "compute_test_value_opt": ("off", "ignore", "warn", "raise", "pdb"),
}
GPU_DEVICES = ("gpu", "cuda", "opencl")
PROFILING_MODES = ("profilemode", "profile_mode")


def parameter(name: str) -> type:
    """Return the class of an option, whose arguments have Theano's names."""
    original = getattr(parameters, name)
    kind = called_otherwise(original, filter="apply", is_valid="validate", allow_override="mutable")
    return stand_in(name, original, build=kind)


BoolParam = parameter("BoolParam")
ConfigParam = parameter("ConfigParam")
FloatParam = parameter("FloatParam")
IntParam = parameter("IntParam")
StrParam = parameter("StrParam")


class TheanoConfigParser:
    """Theano's options, as attributes: ``config.floatX``, ``config.gcc.cxxflags``.

    An option that PyTensor has too is PyTensor's; the others are kept, so that a program reads back
    what it has set, and do nothing.

    Parameters
    ----------
    own_options : mapping
        The options, with their values at the start, that PyTensor lacks, or has fixed.
    """

    def __init__(self, own_options: Mapping[str, Any]) -> None:
        self.__dict__["_own_options"] = dict(own_options)

    def __getattr__(self, name: str) -> Any:
        return read(self._own_options, name)

    def __setattr__(self, name: str, value: Any) -> None:
        write(self._own_options, name, value)

    def __str__(self) -> str:
        return f"{pytensor.config}{self._own_options}"

    def set_from_text(self, options: Mapping[str, str]) -> None:
        """Set options from THEANO_FLAGS or .theanorc, with warnings of unknown ones.

        Unknown ones are those that Theano never had.
        """
        for name, text in options.items():
            value: Any = text
            if name in self._own_options:
                value = parsed_like(self._own_options[name], text)
            elif not is_pytensor_option(name):
                warnings.warn(f"Theano does not recognise this flag: {shown(name)}", stacklevel=2)
            write(self._own_options, name, value)

    def change_flags(self, options: Options = None, **more: Any) -> "ChangedFlags":
        """Change options, a mapping or pairs, within ``with`` or a decorated function."""
        return ChangedFlags(self._own_options, {**dict(options or {}), **more})


class ChangedFlags(ContextDecorator):
    """Context with other options.

    It may be left more often than entered, and forgotten without being left, which changes nothing: PyMC3 does both where
    a model is entered again.

    Parameters
    ----------
    own_options : dict
        Those that are not PyTensor's.
    changes : dict
    """

    def __init__(self, own_options: dict[str, Any], changes: dict[str, Any]) -> None:
        self.own_options, self.changes = own_options, changes
        self.before: list[dict[str, Any]] = []

    def __enter__(self) -> None:
        self.before.append({name: read(self.own_options, name) for name in self.changes})
        try:
            self.set(self.changes)
        except BaseException:
            self.set(self.before.pop())
            raise

    def __exit__(self, *error: object) -> None:
        self.set(self.before.pop() if len(self.before) > 1 else self.before[0])

    def set(self, values: dict[str, Any]) -> None:
        """Give options values."""
        for name, value in values.items():
            write(self.own_options, name, value)


class Section:
    """The options whose names begin alike, such as ``config.gcc``."""

    def __init__(self, own_options: dict[str, Any], name: str) -> None:
        self.__dict__.update(_own_options=own_options, _name=name)

    def __getattr__(self, name: str) -> Any:
        return read(self._own_options, f"{self._name}.{name}")

    def __setattr__(self, name: str, value: Any) -> None:
        write(self._own_options, f"{self._name}.{name}", value)


def read(own_options: dict[str, Any], name: str) -> Any:
    """Return an option's value, or a section.

    Raises
    ------
    AttributeError
        If Theano had no such option.
    """
    if name in own_options:
        return own_options[name]
    if is_pytensor_option(name):
        value = getattr(pytensor.config, pytensor_name(name))
        return str(value) if isinstance(value, Path) else value
    section = f"{name}."
    if any(option.startswith(section) for option in own_options) or any(
        option.startswith(pytensor_name(section)) for option in dir(type(pytensor.config))
    ):
        return Section(own_options, name)
    raise AttributeError(f"theano.config has no option {name!r}")


def write(own_options: dict[str, Any], name: str, value: Any) -> None:
    """Set an option, in PyTensor if it has it.

    Raises
    ------
    ValueError
        If it cannot have this value.
    """
    if name in CHOICES and value not in CHOICES[name]:
        raise ValueError(
            f"theano.config.{name} = {value!r}: expected one of {', '.join(CHOICES[name])}"
        )
    if name in ("device", "init_gpu_device", "contexts"):
        if any(kind in str(value) for kind in GPU_DEVICES):
            own_options["init_gpu_device"] = value  # what is asked for
            warn_of_gpu(name, value)
    elif name == "mode" and str(value).lower() in PROFILING_MODES:
        write(own_options, "profile", True)
    elif is_pytensor_option(name) and name not in own_options:
        parameter = getattr(type(pytensor.config), pytensor_name(name))
        try:
            setattr(pytensor.config, pytensor_name(name), value)
        except Exception:
            if parameter.mutable:
                raise
            # PyTensor has used it already; what Theano kept there only concerns speed.
            own_options[name] = value
    else:
        own_options[name] = value


def warn_of_gpu(name: str, device: Any) -> None:
    """Say that there is no GPU code; `device` remains "cpu", which programs ask for."""
    warnings.warn(
        f"theano.config.{name} = {device!r}: Theano's GPU code has no successor here, the program "
        "runs on the CPU; for a GPU, compile with PyTensor's mode='JAX'",
        stacklevel=4,
    )


def is_pytensor_option(name: str) -> bool:
    """Return whether PyTensor has an option."""
    return isinstance(getattr(type(pytensor.config), pytensor_name(name), None), ConfigParam)


def pytensor_name(name: str) -> str:
    """Return PyTensor's name of an option."""
    return name.replace(".", "__")


class ConfigVariable:
    """An option by itself, as in Theano's list of them, which PyMC3 goes through.

    Attributes
    ----------
    fullname : str
    """

    def __init__(self, fullname: str) -> None:
        self.fullname = fullname

    def __get__(self, instance: Any, owner: type | None = None) -> Any:
        from lenet.theano_compat.theano.configdefaults import config

        return self if instance is None else read(config._own_options, self.fullname)

    def __set__(self, instance: Any, value: Any) -> None:
        from lenet.theano_compat.theano.configdefaults import config

        write(config._own_options, self.fullname, value)


def __getattr__(name: str) -> Any:
    """Return ``_config_var_list``, the options there are; the module has nothing else."""
    if name != "_config_var_list":
        raise missing_name(f"theano.configparser has no {name!r} here", "", sys._getframe(1))
    from lenet.theano_compat.theano.configdefaults import config

    names = {
        option.replace("__", ".")
        for option in dir(type(pytensor.config))
        if is_pytensor_option(option)
    }
    return [ConfigVariable(option) for option in sorted(names | set(config._own_options))]


def parsed_like(example: Any, text: str) -> Any:
    """Return the value that a text stands for, in the type of an example."""
    if isinstance(example, bool):
        return BoolParam(example).apply(text)
    if isinstance(example, int | float):
        return type(example)(text)
    return text


def parse_config_string(config_string: str, issue_warnings: bool = True) -> dict[str, str]:
    """Return the options in the text of THEANO_FLAGS: ``name=value,name=value``."""
    options = {}
    for part in filter(None, (part.strip() for part in config_string.split(","))):
        name, separator, value = part.partition("=")
        if separator:
            options[name.strip()] = value.strip()
        elif issue_warnings:
            warnings.warn(f"THEANO_FLAGS: {part!r} is left out, expected name=value", stacklevel=2)
    return options


THEANO_FLAGS = os.environ.get("THEANO_FLAGS", "")
THEANO_FLAGS_DICT = parse_config_string(THEANO_FLAGS, issue_warnings=False)


def config_files_from_theanorc() -> list[str]:
    """Return the paths of configuration files: those in THEANORC, else ~/.theanorc."""
    paths = os.environ.get("THEANORC", "~/.theanorc").split(os.pathsep)
    return [str(Path(path).expanduser()) for path in paths]


def options_of_files(paths: list[str]) -> dict[str, str]:
    """Return the options in configuration files, those of later files winning."""
    parser = configparser.ConfigParser(interpolation=None, strict=False)
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    try:
        parser.read(paths)
    except configparser.Error as error:
        warnings.warn(f".theanorc is left out: {shown(error)}", stacklevel=2)
        return {}
    return {
        option if section == "global" else f"{section}.{option}": value
        for section in parser.sections()
        for option, value in parser.items(section)
    }


def AddConfigVar(
    name: str,
    doc: str,
    configparam: parameters.ConfigParam,
    root: TheanoConfigParser | None = None,
    in_c_key: bool = True,
) -> None:
    """Add an option, as extensions of Theano do."""
    from lenet.theano_compat.theano.configdefaults import config

    default = configparam.default() if callable(configparam.default) else configparam.default
    (root or config)._own_options.setdefault(name, configparam.apply(default))


def change_flags(options: Options = None, **more: Any) -> Any:
    """Change options of ``theano.config`` within a ``with`` or a decorated function."""
    from lenet.theano_compat.theano.configdefaults import config

    return config.change_flags(options, **more)
