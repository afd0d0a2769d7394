"""Which of Theano's test files are run, and their copies."""

import ast
import shutil
from collections.abc import Callable
from pathlib import Path

from lenet.theano_compat.old_names.list_indices import may_index_by_lists, with_tuples

FILES = [
    "compile/tests/test_function_module.py",
    "compile/tests/test_function.py",
    "compile/tests/test_pfunc.py",
    "compile/tests/test_shared.py",
    "compile/tests/test_builders.py",
    "tests/test_gradient.py",
    "tests/test_ifelse.py",
    "tests/test_2nd_order_grads.py",
    "tests/test_updates.py",
    "sandbox/tests/test_rng_mrg.py",
    "scan_module/tests/test_scan.py",
    "scan_module/tests/test_scan_checkpoints.py",
    "scan_module/tests/test_scan_utils.py",
    "tensor/nnet/tests/test_abstract_conv.py",
    "tensor/nnet/tests/test_blocksparse.py",
    "tensor/nnet/tests/test_bn.py",
    "tensor/nnet/tests/test_conv.py",
    "tensor/nnet/tests/test_conv3d2d.py",
    "tensor/nnet/tests/test_corr.py",
    "tensor/nnet/tests/test_corr3d.py",
    "tensor/nnet/tests/test_ctc.py",
    "tensor/nnet/tests/test_neighbours.py",
    "tensor/nnet/tests/test_nnet.py",
    "tensor/nnet/tests/test_sigm.py",
    "tensor/signal/tests/test_conv.py",
    "tensor/signal/tests/test_pool.py",
    "tensor/tests/test_elemwise.py",
    "tensor/tests/test_extra_ops.py",
    "tensor/tests/test_inc_subtensor.py",
    "tensor/tests/test_raw_random.py",
    "tensor/tests/test_shared_randomstreams.py",
    "tensor/tests/test_subtensor.py",
    "tensor/tests/test_basic.py",
    "tensor/tests/test_sort.py",
    "tensor/tests/test_var.py",
    "tests/test_rop.py",
]

# Files of numbers lie beside the tests, and Theano's modules gave what they had imported themselves by their star.
REPLACED = {
    "theano.__file__": "{here}",
    "from theano.tensor.raw_random import *": "import theano\nfrom theano.tensor.raw_random import *",
}


def copy_tests(source: Path, folder: Path, change: Callable[[str], str] | None = None) -> None:
    """Copy the folders of tests from Theano's source, and the numbers that they compare with.

    Lists of slices as indices are tuples in the copy, as the runner makes them in modules that it imports itself.

    Parameters
    ----------
    source : Path
        Has the package ``theano``.
    folder : Path
        Gets a package ``theano`` of tests alone. Where a test looks for a file beside Theano, it finds it here.
    change : callable, optional
        From the text of a module, of tests or of what helps them, to the one that is written.
    """
    for tests in source.glob("theano/**/tests"):
        if "gpuarray" not in tests.parts:
            shutil.copytree(tests, folder / tests.relative_to(source), dirs_exist_ok=True)
    for numbers in source.glob("theano/sandbox/*.txt"):
        shutil.copy(numbers, folder / "theano" / "sandbox")
    for directory in [each for each in folder.rglob("*") if each.is_dir()]:
        (directory / "__init__.py").touch()
    here = repr(str(folder / "theano" / "__init__.py"))
    for file in [*folder.rglob("test_*.py"), *folder.rglob("unittest_tools.py")]:
        text = before = file.read_text(encoding="utf-8")
        for old, new in REPLACED.items():
            text = text.replace(old, new.format(here=here))
        if may_index_by_lists(text.encode()):
            text = ast.unparse(with_tuples(ast.parse(text)))
        text = change(text) if change is not None else text
        if text != before:
            file.write_text(text, encoding="utf-8")
