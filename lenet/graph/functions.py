"""Compiled functions of a network, each with no more than a command needs."""

from collections.abc import Callable, Sequence
from typing import Any

import pytensor
from pytensor.compile.executor import Function
from pytensor.compile.mode import Mode
from pytensor.link.vm import VMLinker
from pytensor.tensor.variable import TensorVariable

from lenet.compile.parallel import ParallelLinker
from lenet.graph.subject import Subject
from lenet.training.functions import Step, symbolic_step


class UncompiledLinker(VMLinker):
    """Linker for graphs that are rewritten for C but run in Python.

    It starts no compiler: the graphs are for looking at, not for speed.
    """

    def __init__(self, **keywords: Any) -> None:
        # Not VMLinker's argument `c_thunks`, which would exclude the rewrites for C.
        super().__init__(**{**keywords, "c_thunks": None, "use_cloop": False})
        self.c_thunks = False


def named_step(subject: Subject) -> Step:
    """Return the training step, with names for the updated parameters."""
    step = symbolic_step(subject.network, subject.settings)
    for shared, value in step.updates:
        value.name = f"new {shared.name}"
    return step


def rewritten(mode: Mode) -> Mode:
    """Return a mode with the rewrites of `mode`, but without compilation to C."""
    if isinstance(mode.linker, VMLinker):
        return Mode(linker=UncompiledLinker(), optimizer=mode.provided_optimizer)
    return mode


def watching(callback: Callable, callback_input: Callable | None = None) -> Mode:
    """Return the mode of backend C with a callback for each node and each input.

    The same C modules run as in training, but from a loop in Python: PyTensor's virtual machine in C makes
    no callbacks.
    """
    linker = ParallelLinker if pytensor.config.cxx else VMLinker
    return Mode(
        linker=linker(
            allow_gc=False, use_cloop=False, callback=callback, callback_input=callback_input
        ),
        optimizer="fast_run",
    )


def compile_step(subject: Subject, mode: Mode, **keywords: Any) -> tuple[Function, Step]:
    """Compile only the training step."""
    step = named_step(subject)
    function = pytensor.function(
        step.inputs, step.outputs, updates=step.updates, mode=mode, name="train_model", **keywords
    )
    return function, step


def predicted(subject: Subject) -> Sequence[TensorVariable]:
    """Return the outputs of the prediction function: probabilities and classes."""
    model = subject.network.model
    return [model.p_y_given_x, model.y_pred]


def compile_prediction(subject: Subject, mode: Mode) -> Function:
    """Compile only the prediction function."""
    return pytensor.function(
        [subject.network.images], list(predicted(subject)), mode=mode, name="predict"
    )
