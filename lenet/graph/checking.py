"""``lenet-graph check``: agreement of C, Python, JAX and the gradients."""

import argparse
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import numpy as np
import pytensor
from pytensor.compile.mode import Mode

from lenet.compile.backends import select_backend
from lenet.compile.parallel import compiler_flags
from lenet.errors import BackendError
from lenet.graph.agreement import (
    PYTHON_REWRITTEN,
    Batch,
    Result,
    compare,
    compile_results,
    in_double_precision,
    results_of,
)
from lenet.graph.culprit import first_wrong_op
from lenet.graph.debugging import debug_mode, debug_step, first_fault, has_compiler
from lenet.graph.gradient_culprit import first_wrong_gradient
from lenet.graph.subject import Subject, add_model_flags, build_subject
from lenet.terminal import FAILED, say
from lenet.text import counted, table
from lenet.training.flag_fields import positive_int

DESCRIPTION = """\
Check a network's arithmetic on a few images of noise.
  ops      a training step in PyTensor's DebugMode: the C and the Python code of every Op must
           agree, and what each rewrite puts into the graph with what it takes out
  results  each layer, the cost and its gradients, in float64: those of C (as rewritten) and of
           JAX, where it is installed, must agree with Python's (as written), and the gradients
           with difference quotients; where one does not, its Ops are run one by one
Exits with status 1, naming the first Op that is wrong, if something disagrees."""
EPILOG = """\
examples:
  lenet-graph check --lwidth 4 5 6 7
  lenet-graph check runs/small --only results"""
UNKNOWN = "no Op by itself, nor a rewrite: it takes several together"
DEBUG_MODE_NOTE = "DebugMode cannot run this step with the C code of its Ops"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the flags of this command."""
    parser.add_argument("--only", choices=("ops", "results"), help="one of the two (default: both)")
    parser.add_argument(
        "--images",
        type=positive_int,
        default=4,
        metavar="N",
        help="images to check with (default: %(default)s)",
    )
    add_model_flags(parser)


def run(arguments: argparse.Namespace) -> int:
    """Run the checks, print what they find and return the exit status."""
    subject = build_subject(arguments)
    rng = np.random.default_rng(arguments.seed)
    batch = subject.random_batch(arguments.images, rng)
    say(
        f"LeNet for {subject.dataset} ({subject.origin}), {counted(arguments.images, 'image')} of noise\n"
    )
    agree = True
    # Results first: a step in DebugMode changes the weights.
    if arguments.only != "ops":
        agree &= check_results(subject, batch, rng, arguments.threads)
    if arguments.only != "results":
        agree &= check_ops(subject, batch)
    say("all agree" if agree else "something disagrees")
    return 0 if agree else FAILED


def check_ops(subject: Subject, batch: tuple[np.ndarray, np.ndarray]) -> bool:
    """Run a step in DebugMode, print what it finds and return whether all is well."""
    in_c = has_compiler()
    if not in_c:
        say("ops      no C++ compiler: only their Python code is run (see lenet-graph doctor)")
    try:
        fault = debug_step(subject, batch, in_c)
    except Exception as error:  # from a compiler, a kernel, or PyTensor itself
        if not in_c:
            raise
        reason = " ".join(str(error).split())[:200]
        say(f"ops      {DEBUG_MODE_NOTE} ({type(error).__name__}: {reason})")
        fault = debug_step(subject, batch, in_c=False)
        say(f"ops      in Python alone: {fault or 'every Op and rewrite agrees'}\n")
        return False
    languages = "C and Python" if in_c else "Python"
    say(f"ops      {fault or f'every Op and rewrite of a training step agrees in {languages}'}\n")
    return not fault


def check_results(
    subject: Subject,
    batch: tuple[np.ndarray, np.ndarray],
    rng: np.random.Generator,
    threads: int,
) -> bool:
    """Compare all results, print the table and return whether they agree."""
    modes: dict[str, Mode] = {"C": subject.backend.mode}
    if not has_compiler():
        modes = {"rewritten": PYTHON_REWRITTEN}
        say("results  no C++ compiler: Python as rewritten stands for C (see lenet-graph doctor)")
    try:
        modes["JAX"] = select_backend("jax", threads).mode
    except BackendError as error:
        say(f"results  JAX is left out: {error}")
    with double_precision("JAX" in modes):
        subject = in_double_precision(subject, rng)
        results = compare(subject, batch, modes, rng)
        say(f"{results_table(results)}\n")
        wrong = [result for result in results if result.disagreeing()]
        for what in dict.fromkeys(what for result in wrong for what in result.disagreeing()):
            first = next(result.name for result in wrong if what in result.disagreeing())
            say(f"{what:8} the first result that disagrees is {first}")
            say(f"{what:8} {find_culprit(subject, batch, what, modes.get(what), rng)}\n")
    return not wrong


def find_culprit(
    subject: Subject, batch: Batch, what: str, mode: Mode | None, rng: np.random.Generator
) -> str:
    """Return a description of the first Op, or rewrite, behind a disagreement."""
    if mode is None:
        found = first_wrong_gradient(subject, batch, rng)
        return f"the first Op with a wrong gradient is {found.report()}" if found else UNKNOWN
    results = results_of(subject)
    with compiler_flags():
        function = compile_results(subject, results, mode)
        found = first_wrong_op(function, batch, list(results), what)
    if found:
        return f"the first Op that disagrees is {found.report()}"

    def run() -> None:
        in_python = debug_mode(in_c=False, rewrites=mode.optimizer)
        compile_results(subject, results, in_python)(*batch)

    return first_fault(run) or UNKNOWN


@contextmanager
def double_precision(with_jax: bool) -> Iterator[None]:
    """Switch to 64-bit floating point for a block, in JAX too."""
    with pytensor.config.change_flags(floatX="float64"):
        if not with_jax:
            yield
            return
        import jax

        before = jax.config.read("jax_enable_x64")
        jax.config.update("jax_enable_x64", True)
        try:
            yield
        finally:
            jax.config.update("jax_enable_x64", before)


def results_table(results: Sequence[Result]) -> str:
    """Return the table of differences from Python, relative to the largest element."""
    compared = list(dict.fromkeys(what for result in results for what in result.differences))
    rows = [("result", *compared, "")]
    for result in results:
        differences = (result.differences.get(what) for what in compared)
        cells = ["" if d is None else f"{d:.0e}" if d else "0" for d in differences]
        rows.append((result.name, *cells, "DISAGREES" if result.disagreeing() else "agrees"))
    return table(rows)
