"""``import theano`` gives the modules below `lenet.theano_compat.theano`."""

import logging
import sys
import warnings
from collections.abc import Callable, Sequence
from importlib import import_module
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType

from lenet.theano_compat.alias_loader import AliasLoader
from lenet.theano_compat.renamed_modules import before_renaming

TREE = "lenet.theano_compat.theano"
ACTIVATION = "lenet.theano_compat.activation"

# What PyTensor warns of where Theano's names are forwarded to it: the user has no other choice.
PYTENSOR_WARNINGS = (
    r"(?s).*pytensor",
    r"(?s).*PyTensor",
    r"(RandomStream|RandomVariable|Calling a RandomVariable|batched_\w+|extract_constant|sgn) ",
    r"Scan return signature",
    r"The `broadcastable` keyword",
    r"The no_default_updates parameter",
    r"Setting default_update",
    r"\w+ should implement `(pullback|pushforward)`",
    r"[RL]op is deprecated",
)


class TheanoFinder(MetaPathFinder):
    """Finder of ``theano`` and its submodules.

    Each module has two names, and is one object under both.

    Parameters
    ----------
    when_imported : callable or None
        See `install`.
    """

    def __init__(self, when_imported: Callable[[], None] | None = None) -> None:
        self.when_imported = when_imported

    def find_spec(
        self, name: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Return the specification of a module of Theano."""
        if name != "theano" and not name.startswith("theano."):
            return None
        original = find_spec(TREE + before_renaming(name).removeprefix("theano"))
        if original is None:
            return None
        loader = TheanoLoader(original, self.when_imported)
        return ModuleSpec(name, loader, is_package=original.submodule_search_locations is not None)


class TheanoLoader(AliasLoader):
    """Loader of a module of ``theano``, by its name below `TREE`.

    Parameters
    ----------
    original : ModuleSpec
        That of the module below `TREE`.
    when_imported : callable or None
        See `install`.
    """

    def __init__(self, original: ModuleSpec, when_imported: Callable[[], None] | None) -> None:
        super().__init__(original)
        self.when_imported = when_imported

    def exec_module(self, module: ModuleType) -> None:
        """Restore the specification, and give what lies below both of its names.

        What the module has imported below itself would else be put into its package again, in place of a
        function of that name, as ``theano.tensor.sort``.
        """
        super().exec_module(module)
        if self.original.name == TREE:
            import_module(ACTIVATION).activate()
        for name, imported in list(sys.modules.items()):
            if name.startswith(f"{self.original.name}."):
                sys.modules.setdefault("theano" + name.removeprefix(TREE), imported)
        if self.original.name == TREE:
            sys.modules.setdefault("theano.scan", import_module(f"{TREE}.scan_module"))
            if self.when_imported:
                self.when_imported()


def install(when_imported: Callable[[], None] | None = None) -> None:
    """Make ``import theano`` give the package made of PyTensor.

    Doing it again changes nothing.

    Parameters
    ----------
    when_imported : callable, optional
        Called after the first `import theano`.

    Raises
    ------
    ImportError
        If the real Theano has been imported already.
    """
    if any(isinstance(finder, TheanoFinder) for finder in sys.meta_path):
        return
    present = sys.modules.get("theano")
    if present is not None:
        raise ImportError(
            f"theano has been imported already, from {getattr(present, '__file__', '?')}: "
            "call lenet.theano_compat.install() before the first `import theano`"
        )
    sys.meta_path.insert(0, TheanoFinder(when_imported))
    for category in (DeprecationWarning, FutureWarning):
        for message in PYTENSOR_WARNINGS:
            warnings.filterwarnings("ignore", message, category)
    warnings.filterwarnings("ignore", "PyTensor could not link to a BLAS", UserWarning)
    silence_loggers()
    if TREE in sys.modules:
        import_module(ACTIVATION).activate()


def silence_loggers() -> None:
    """Leave out of a program's log what PyTensor says below a warning.

    Theano's logger had that level of its own, whatever a program sets for all others. PyTensor's, and that of the lock
    of its folder, tell of each module that is compiled. A level that has been chosen before is left.
    """
    names = ["theano", "pytensor", "filelock"]
    package = find_spec("pytensor")
    if package and package.origin:  # one module's logger has the name of its file
        names.append(str(Path(package.origin).parent / "link" / "c" / "lazylinker_c.py"))
    for logger in map(logging.getLogger, names):
        if logger.level == logging.NOTSET:
            logger.setLevel(logging.WARNING)


def uninstall() -> None:
    """Undo `install`.

    What has been imported meanwhile goes on working, ``import theano`` does not.
    """
    if ACTIVATION in sys.modules:
        import_module(ACTIVATION).deactivate()
    sys.meta_path[:] = [each for each in sys.meta_path if not isinstance(each, TheanoFinder)]
    for name in [name for name in sys.modules if name.split(".")[0] == "theano"]:
        del sys.modules[name]
