"""Import paths of version 0.1.0, with a warning that names the new ones."""

import importlib
import sys
import warnings
from collections.abc import Sequence
from importlib.machinery import ModuleSpec
from types import CodeType, ModuleType
from typing import Any

# Old module -> the new ones that have its names, the one that most are in first.
MODULES: dict[str, tuple[str, ...]] = {
    f"lenet.{old}": tuple(f"lenet.{name}" for name in new.split())
    for old, new in {
        "Classifier": "models.classifier",
        "architectures": "models.architectures",
        "backends": "compile.backends compile.threads errors",
        "checkpoint": "runs.checkpoint errors files",
        "compare": "commands.compare",
        "composed_augmentation": "augment.compose",
        "course": "commands.course",
        "evaluate": "commands.evaluate",
        "image_files": "data.image_files errors",
        "image_folder": "data.image_folder",
        "losses": "models.losses",
        "main": "__main__",
        "network": "models.network training.build",
        "predict": "commands.predict",
        "saved_model": "runs.saved_model",
        "schedules": "optim.schedules",
        "settings": "training.settings",
        "transforms": "augment.transforms",
        "updates": "optim.updates",
    }.items()
}
# Old name of a module that is still there -> its module now.
NAMES = {
    "lenet.Layer.Rng": "lenet.layers.initialisers",
    "lenet.Layer.shared_parameter": "lenet.layers.parameters",
    "lenet.export.main": "lenet.commands.export",
}


class Finder:
    """Finder, last in ``sys.meta_path``, of the modules of version 0.1.0."""

    @staticmethod
    def find_spec(
        name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Spec of an old module, None for any other."""
        if name not in MODULES:
            return None
        # No subclass of importlib.abc.Loader, whose import would take as long as the rest of lenet's.
        return ModuleSpec(name, Loader(), origin=__file__)  # type: ignore[arg-type]


class Loader:
    """Loader of an old module, which has the names of the new ones."""

    def create_module(self, spec: ModuleSpec) -> None:
        """Leave it to Python to make an empty module."""

    def exec_module(self, module: ModuleType) -> None:
        """Warn, and let the module look its names up at their new places."""
        places = MODULES[module.__name__]
        warn(module.__name__, places[0])
        module.__doc__ = importlib.import_module(places[0]).__doc__

        def look_up(name: str) -> Any:
            for place in places:
                if hasattr(found := importlib.import_module(place), name):
                    return getattr(found, name)
            raise AttributeError(f"module {module.__name__!r} has no attribute {name!r}")

        vars(module)["__getattr__"] = look_up

    def get_code(self, name: str) -> CodeType:
        """Program of ``python -m`` and an old module."""
        place = MODULES[name][0]
        code = (
            f"import warnings\nfrom {place} import main\n"
            f"warnings.warn('{name} is now {place}', DeprecationWarning)\n"
            "raise SystemExit(main())"
        )
        return compile(code, f"<{name}>", "exec")


def moved_name(module: str, name: str) -> Any:
    """Return what an old name of a module stands for, as the module's ``__getattr__``.

    Raises
    ------
    AttributeError
        If the module never had the name.
    """
    old = f"{module}.{name}"
    if old not in NAMES:
        raise AttributeError(f"module {module!r} has no attribute {name!r}")
    warn(old, f"{NAMES[old]}.{name}", stacklevel=4)
    value = getattr(importlib.import_module(NAMES[old]), name)
    setattr(sys.modules[module], name, value)  # so that it warns once
    return value


def warn(old: str, new: str, stacklevel: int = 3) -> None:
    """Warn, on the line of the user's import."""
    warnings.warn(f"{old} is now {new}", DeprecationWarning, stacklevel=stacklevel)


def install() -> None:
    """Put the finder where Python asks it last."""
    if not any(finder is Finder for finder in sys.meta_path):
        sys.meta_path.append(Finder)
