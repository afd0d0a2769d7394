"""Names that Theano's modules imported from each other.

Programs took them from where they found them:
``from theano.tensor.nnet.nnet import Apply, as_tensor_variable`` gives what ``theano.gof.graph`` and
``theano.tensor.basic`` have.
"""

from importlib import import_module
from typing import Any

TREE = "lenet.theano_compat.theano."
# Their own modules, and what other modules had of them.
NAMES = {
    "compat": "PY3 integer_types string_types",
    "compile.debugmode": "DebugMode",
    "compile.function": "function",
    "compile.function_module": "orig_function",
    "compile.mode": "AddFeatureOptimizer FAST_RUN Mode get_default_mode get_mode optdb",
    "compile.ops": "deep_copy_op",
    "compile.pfunc": "pfunc rebuild_collect_shared",
    "compile.profiling": "ProfileStats",
    "compile.sharedvalue": "SharedVariable shared shared_constructor",
    "configdefaults": "config",
    "configparser": "AddConfigVar BoolParam ConfigParam EnumStr FloatParam IntParam StrParam change_flags",
    "gof.cmodule": "GCC_compiler",
    "gof.compilelock": "get_lock release_lock",
    "gof.destroyhandler": "DestroyHandler",
    "gof.fg": "FunctionGraph InconsistencyError MissingInputError",
    "gof.graph": "Apply Constant Variable view_roots",
    "gof.null_type": "NullType",
    "gof.op": "COp Op OpenMPOp PureOp get_debug_values get_test_value",
    "gof.opt": (
        "EquilibriumOptimizer Optimizer TopoOptimizer copy_stack_trace in2out inherit_stack_trace local_optimizer "
        "pre_constant_merge"
    ),
    "gof.optdb": "EquilibriumDB SequenceDB",
    "gof.params_type": "ParamsType",
    "gof.toolbox": "ReplaceValidate ReplacementDidntRemovedError",
    "gof.type": "CLinkerType EnumList Generic Type",
    "gof.utils": "MethodNotDefined hashtype object2",
    "gradient": "DisconnectedType grad_not_implemented grad_undefined",
    "misc.ordered_set": "OrderedSet",
    "printing": "debugprint pprint",
    "scalar.basic": "Composite Scalar ScalarOp as_scalar int8 int32 int64 upgrade_to_float64",
    "scan_module.scan_utils": "clone equal_computations safe_new traverse",
    "sparse.type": "SparseType",
    "tensor.basic": (
        "Alloc AllocEmpty Join NotScalarConstantError TensorType as_tensor_variable cast discrete_dtypes "
        "get_scalar_constant_value get_vector_length patternbroadcast"
    ),
    "tensor.blas": "Dot22 blas_header_version ldflags",
    "tensor.elemwise": "DimShuffle Elemwise",
    "tensor.extra_ops": "cpu_contiguous",
    "tensor.nnet.abstract_conv": "get_conv_output_shape",
    "tensor.opt": "Assert register_canonicalize register_specialize register_stabilize",
    "tensor.type": (
        "values_eq_approx_remove_inf values_eq_approx_remove_inf_nan values_eq_approx_remove_nan"
    ),
    "tensor.type_other": "NoneConst SliceType make_slice",
    "tensor.var": "TensorConstant",
}
HOMES = {name: module for module, names in NAMES.items() for name in names.split()}


def imported_name(module: str, name: str) -> Any:
    """Return what a module of Theano's had of another one.

    Parameters
    ----------
    module : str
        Its name, below `lenet.theano_compat`.
    name : str

    Raises
    ------
    AttributeError
        If it had nothing of that name.
    """
    home = HOMES.get(name)
    if home is None or module == TREE + home:
        raise AttributeError(name)
    return getattr(import_module(TREE + home), name)
