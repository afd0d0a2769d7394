"""Theano's ``theano.compile``."""

from pytensor.compile.executor import Function
from pytensor.compile.maker import FunctionMaker

from lenet.theano_compat.forwarding import forward
from lenet.theano_compat.theano.compile.builders import OpFromGraph
from lenet.theano_compat.theano.compile.function import function, function_dump
from lenet.theano_compat.theano.compile.io import In, Out, Param, SymbolicInput, SymbolicOutput
from lenet.theano_compat.theano.compile.mode import Mode, get_default_mode, get_mode
from lenet.theano_compat.theano.compile.monitormode import MonitorMode
from lenet.theano_compat.theano.compile.pfunc import pfunc
from lenet.theano_compat.theano.compile.profilemode import ProfileMode
from lenet.theano_compat.theano.compile.sharedvalue import SharedVariable, shared

__all__ = [
    "Function",
    "FunctionMaker",
    "In",
    "Mode",
    "MonitorMode",
    "OpFromGraph",
    "Out",
    "Param",
    "ProfileMode",
    "SharedVariable",
    "SymbolicInput",
    "SymbolicOutput",
    "function",
    "function_dump",
    "get_default_mode",
    "get_mode",
    "pfunc",
    "shared",
]

__getattr__ = forward(
    __name__,
    "lenet.theano_compat.theano.compile.mode",
    "pytensor.compile",
    "pytensor.compile.ops",
    "pytensor.tensor.shape",
    "pytensor.compile.debug.dump",
    "lenet.theano_compat.theano.tensor",
    "pytensor.compile.builders",
    "pytensor.compile.debug.debugmode",
    "pytensor.compile.debug.nanguardmode",
    "lenet.theano_compat.theano.compile.profiling",
)
