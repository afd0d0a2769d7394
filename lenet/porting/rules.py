"""Rules of the port: what is called otherwise, and what has changed its meaning.

Most names need no rule: `lenet.porting.names` asks `lenet.theano_compat` what stands for a name, and where PyTensor or
`lenet.nnet` has that very object, its name there is the new one. Here is what theano_compat translates by code of
its own, when a program runs, and what has to be changed in the text instead.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Rule:
    """Rule for one name of Theano's: how it is written now.

    Parameters
    ----------
    old : str
        Name in Theano.
    new : str
        Name now, or Python's text for it where it has no dot; empty if it stays Theano's, to be rewritten by hand.
    keywords : mapping
        New names of arguments; an empty one leaves the argument out.
    parameters : sequence of str
        Names of the old function's parameters, where an argument has to be passed by its name now.
    by_place : int
        How many of them are still passed by their place.
    added : str
        Arguments that each call has in addition.
    value : str
        Name where the function is not called but passed on, if that is another: one of the old interface.
    edit : str
        What else is done to a call; a function of `lenet.porting.calls`.
    note : str
        What to check, as its meaning has changed; a key of `NOTES`, or the text.
    left : str
        What to do by hand.
    """

    old: str
    new: str = ""
    keywords: Mapping[str, str] = field(default_factory=dict)
    parameters: Sequence[str] = ()
    by_place: int = 0
    added: str = ""
    value: str = ""
    edit: str = ""
    note: str = ""
    left: str = ""


# What to check, said once in each file.
NOTES = {
    "mode": (
        'without a mode, PyTensor compiles to Numba, where Theano compiled to C: pass mode="CVM" for C, or set '
        "PYTENSOR_FLAGS=mode=CVM for all functions"
    ),
    "updates": (
        "an update must have the type of its variable, broadcastable axes included; Theano's own casts to floatX are "
        "gone, so a TypeError here asks for .astype(variable.dtype)"
    ),
    "default_update": (
        "PyTensor refuses a default update of which more of the shape is known than of its variable: if it does, give "
        "pytensor.shared a shape, or pass it as one of the updates"
    ),
    "softmax": "of a vector, Theano's softmax made a matrix of one row; here a vector stays one",
    "scan": (
        "PyTensor warns that scan will return no updates; if the steps draw no random numbers, pass "
        "return_updates=False and take the outputs alone"
    ),
    "gpu": 'there is no GPU code here: this runs on the CPU; for a GPU, compile with mode="JAX"',
    "option": "PyTensor has no such option",
    "flags": "PyTensor reads PYTENSOR_FLAGS, not THEANO_FLAGS; names with a dot have two underscores in its place",
    "pickle": (
        "what Theano's own objects were pickled to loads under lenet.theano_compat only; arrays and numbers load as ever"
    ),
    "test_value": "PyTensor computes no test values: shapes are checked when the graph is built, x.eval({...}) computes one",
    "version": "this is PyTensor's version, which no comparison with one of Theano's fits",
    "truth": (
        "a variable of PyTensor is neither true nor false, and Python raises TypeError: if this can be one, ask "
        "`is not None`"
    ),
    "division": "in Python 2, / of two integers gave an integer: write // if both are, or / if they never are",
    "variable": "PyTensor's constants and shared variables are instances of this class, too",
    "op": "pullback has taken the place of grad, and infer_shape takes the graph first",
    "star": "a star brought all of Theano's names; these are the ones in use here",
    "file": "this file lies in another folder than the original",
    "solve": "PyTensor takes a matrix on the right for a batch of columns: say b_ndim=1 or 2 if in doubt",
    "same_name": "PyTensor's function of this name may take other arguments",
}

_BATCH = {"image_shape": "input_shape"}
_SPEED = dict.fromkeys(
    ("unroll_batch", "unroll_kern", "unroll_patch", "openmp", "verbose", "version"), ""
)
_POOL = {"ds": "ws", "st": "stride", "padding": "pad"}
_BROADCASTABLE = {"broadcastable": "shape"}
_VARIABLE = ("name", "dtype")
_CUDA = "theano.sandbox.cuda"
_DNN = dict.fromkeys(
    ("workmem", "algo", "precision", "direction_hint", "context_name", "algo_fwd"), ""
)
_SHAPES = "give inputs and shared variables a shape, with None where a length is not 1 for ever"
_POOL_CALL = "call lenet.nnet.pool_2d, a function"

RULES = (
    # The package and its functions.
    Rule("theano.function", "pytensor.function", edit="function", note="mode"),
    Rule("theano.shared", "pytensor.shared", {"target": ""}, edit="broadcastable"),
    Rule("theano.In", "pytensor.In", edit="no_default", left=""),
    Rule("theano.Param", "pytensor.In", {"default": "value"}, edit="no_default"),
    Rule("theano.clone", "pytensor.graph.clone_replace",
         {"strict": "rebuild_strict", "share_inputs": "copy_inputs_over"},
         ("output", "replace", "rebuild_strict", "copy_inputs_over"), 2),
    Rule("theano.OrderedUpdates", "collections.OrderedDict",
         note="a plain ordered dictionary: + of two is gone, update() takes whatever it is given"),
    Rule("theano.dot", "pytensor.tensor.dot", note="for sparse matrices, pytensor.sparse.dot"),
    Rule("theano._asarray", "numpy.asarray"),
    Rule("theano.sparse_grad", "pytensor.tensor.as_tensor_variable"),
    Rule("theano.__version__", "pytensor.__version__", note="version"),
    Rule("theano.version.version", "pytensor.__version__", note="version"),
    Rule("theano.Op", "pytensor.graph.Op", edit="op"),
    Rule("theano.Type", "pytensor.graph.Type"),
    Rule("theano.change_flags", "pytensor.config.change_flags"),
    Rule("theano.get_scalar_constant_value", "pytensor.tensor.get_underlying_scalar_constant_value"),
    Rule("theano.gof.graph.inputs", "pytensor.graph.traversal.graph_inputs",
         {"variable_list": "graphs"}, edit="listed", note="in another order than Theano's"),
    Rule("theano.gof.graph.ancestors", "pytensor.graph.traversal.ancestors",
         {"variable_list": "graphs"}, edit="listed", note="in another order than Theano's"),
    Rule("theano.gof.local_optimizer", left="pytensor.graph.node_rewriter, whose function takes the graph first"),
    Rule("theano.compile.ProfileMode", left="pass profile=True to pytensor.function"),
    # Gradients, loops, printing.
    Rule("theano.tensor.grad", "pytensor.tensor.grad"),
    Rule("theano.grad", "pytensor.grad"),
    Rule("theano.gradient.hessian", "pytensor.gradient.hessian"),
    Rule("theano.gradient.jacobian", "pytensor.gradient.jacobian"),
    Rule("theano.Rop", "pytensor.gradient.pushforward", {"eval_points": "tangents"}),
    Rule("theano.Lop", "pytensor.gradient.pullback", {"eval_points": "cotangents"}),
    Rule("theano.gradient.verify_grad", "pytensor.gradient.verify_grad"),
    Rule("theano.scan", "pytensor.scan", {"options": ""}, note="scan"),
    Rule("theano.map", "pytensor.scan.map", note="scan"),
    Rule("theano.reduce", "pytensor.scan.reduce", note="scan"),
    Rule("theano.foldl", "pytensor.scan.foldl", note="scan"),
    Rule("theano.foldr", "pytensor.scan.foldr", note="scan"),
    Rule("theano.printing.debugprint", "pytensor.dprint",
         {"obj": "graph_like", "ids": "id_type", "print_clients": ""},
         ("graph_like", "depth", "print_type", "file", "id_type", "stop_on_name"), 3),
    Rule("theano.printing.pydotprint", "pytensor.printing.pydotprint",
         note="name the file to write: outfile has no default that works"),
    # Tensors.
    *(Rule(f"theano.tensor.{name}", f"pytensor.tensor.{name}", {}, _VARIABLE, 1)
      for name in ("scalar", "vector", "matrix", "row", "col", "tensor3", "tensor4", "tensor5", "tensor6", "tensor7")),
    Rule("theano.tensor.TensorVariable", "pytensor.tensor.TensorVariable", note="variable"),
    Rule("theano.tensor.TensorType", "pytensor.tensor.TensorType", _BROADCASTABLE),
    Rule("theano.tensor.tensor", "pytensor.tensor.tensor", _BROADCASTABLE, ("dtype", "shape", "name")),
    Rule("theano.tensor.stack", "pytensor.tensor.stack", edit="stack"),
    Rule("theano.tensor.reshape", "pytensor.tensor.reshape", {}, ("x", "newshape", "ndim"), 2),
    Rule("theano.tensor.flatten", "pytensor.tensor.flatten", {"outdim": "ndim"}),
    Rule("theano.tensor.split", "pytensor.tensor.split", {}, ("x", "splits_size", "n_splits", "axis"), 2),
    Rule("theano.tensor.tile", "pytensor.tensor.tile", edit="no_ndim"),
    *(
        Rule(f"theano.tensor.{name}", f"pytensor.tensor.{name}")
        for name in ("argsort", "conj", "conjugate", "sort", "specify_shape")
    ),
    Rule("theano.tensor.AllocDiag", left="pytensor.tensor.diag, a function"),
    Rule("theano.tensor.Dot", left="pytensor.tensor.dot, a function"),
    Rule("theano.tensor.mean", "pytensor.tensor.mean", {"op": ""}),
    Rule("theano.tensor.batched_dot", "pytensor.tensor.batched_dot",
         note="deprecated: pt.matmul multiplies two batches of matrices"),
    Rule("theano.tensor.choose", "pytensor.tensor.choose", {"out": ""}, ("a", "choices", "out", "mode"), 2),
    Rule("theano.tensor.addbroadcast", "pytensor.tensor.specify_broadcastable"),
    Rule("theano.tensor.unbroadcast", left=_SHAPES),
    Rule("theano.tensor.patternbroadcast", left=_SHAPES),
    Rule("theano.tensor.Rebroadcast", left=_SHAPES),
    Rule("theano.tensor.topk", left="the last k of pytensor.tensor.sort"),
    Rule("theano.tensor.argtopk", left="the last k of pytensor.tensor.argsort"),
    Rule("theano.tensor.topk_and_argtopk", left="the last k of pytensor.tensor.sort and argsort"),
    Rule("theano.tensor.get_scalar_constant_value", "pytensor.tensor.get_underlying_scalar_constant_value"),
    Rule("theano.tensor.nlinalg.diag", "pytensor.tensor.diag"),
    Rule("theano.tensor.nlinalg.alloc_diag", "pytensor.tensor.diag"),
    Rule("theano.tensor.nlinalg.extract_diag", "pytensor.tensor.diagonal"),
    Rule("theano.tensor.nlinalg.trace", "pytensor.tensor.trace"),
    Rule("theano.tensor.nlinalg.norm", "pytensor.tensor.linalg.norm"),
    Rule("theano.tensor.nlinalg.qr", "pytensor.tensor.linalg.qr"),
    Rule("theano.tensor.nlinalg.eigh", "pytensor.tensor.linalg.eigh", edit="lower"),
    Rule("theano.tensor.nlinalg.eig", "pytensor.tensor.linalg.eig",
         note="complex numbers, of which Theano left the real parts"),
    Rule("theano.tensor.slinalg.cholesky", "pytensor.tensor.linalg.cholesky",
         note="of a matrix that is not positive definite, NaN; Theano raised an error"),
    Rule("theano.tensor.slinalg.solve", "pytensor.tensor.linalg.solve", note="solve"),
    Rule("theano.tensor.slinalg.solve_lower_triangular", "pytensor.tensor.linalg.solve_triangular",
         added="lower=True", note="solve"),
    Rule("theano.tensor.slinalg.solve_upper_triangular", "pytensor.tensor.linalg.solve_triangular",
         added="lower=False", note="solve"),
    # Neural networks.
    Rule("theano.tensor.nnet.conv2d", "lenet.nnet.conv2d", _BATCH),
    Rule("theano.tensor.nnet.conv.conv2d", "lenet.nnet.conv2d", _BATCH | _SPEED, value="lenet.nnet.old_conv2d"),
    Rule("theano.tensor.nnet.softmax", "lenet.nnet.softmax", note="softmax"),
    # That of theano_compat takes arrays of NumPy for what they are.
    Rule("theano.tensor.nnet.relu", "lenet.nnet.relu"),
    # Those of theano_compat refuse a negative label, too.
    *(
        Rule(f"theano.tensor.nnet.{name}", f"lenet.nnet.{name}")
        for name in (
            "categorical_crossentropy",
            "crossentropy_categorical_1hot",
            "crossentropy_softmax_1hot",
            "crossentropy_softmax_1hot_with_bias",
            "crossentropy_softmax_argmax_1hot_with_bias",
            "crossentropy_softmax_max_and_argmax_1hot",
            "crossentropy_softmax_max_and_argmax_1hot_with_bias",
        )
    ),
    Rule("theano.tensor.nnet.logsoftmax", "lenet.nnet.logsoftmax", note="softmax"),
    Rule("theano.tensor.nnet.neighbours.images2neibs", "lenet.nnet.images2neibs"),
    Rule("theano.tensor.nnet.ctc.ctc", left="a recursion over time, by pytensor.scan"),
    Rule("theano.tensor.nnet.conv3d2d.conv3d", left="lenet.nnet.conv3d, where channels come before times"),
    Rule("theano.tensor.nnet.corr.CorrMM", left="lenet.nnet.conv2d with filter_flip=False"),
    Rule("theano.tensor.nnet.conv.ConvOp", left="lenet.nnet.conv2d, a function"),
    Rule("theano.tensor.signal.downsample.max_pool_2d", "lenet.nnet.pool_2d", _POOL, value="lenet.nnet.max_pool_2d"),
    Rule("theano.tensor.signal.downsample.DownsampleFactorMax", left=_POOL_CALL),
    Rule("theano.tensor.signal.pool.pool_2d", "lenet.nnet.pool_2d", _POOL),
    Rule("theano.tensor.signal.pool.pool_3d", "lenet.nnet.pool_3d", _POOL),
    Rule("theano.tensor.signal.pool.Pool", left=_POOL_CALL),
    # GPU.
    Rule(f"{_CUDA}.cuda_available", "False", note="gpu"),
    Rule(f"{_CUDA}.cuda_enabled", "False", note="gpu"),
    Rule(f"{_CUDA}.use", "", edit="nothing", note="gpu"),
    Rule(f"{_CUDA}.shared_constructor", "pytensor.shared", note="gpu"),
    Rule(f"{_CUDA}.basic_ops.gpu_contiguous", "pytensor.tensor.as_tensor_variable", note="gpu"),
    Rule(f"{_CUDA}.dnn.dnn_available", "", edit="is_false", note="gpu"),
    Rule(f"{_CUDA}.dnn.dnn_conv", "lenet.nnet.conv2d", {"dilation": "filter_dilation"} | _DNN,
         ("img", "kerns", "border_mode", "subsample", "conv_mode", "direction_hint"), 2, edit="conv_mode", note="gpu"),
    Rule(f"{_CUDA}.dnn.dnn_pool", "lenet.nnet.pool_2d", {}, ("img", "ws", "stride", "mode", "pad"), 2,
         added="ignore_border=True", edit="dnn_pool", note="gpu"),
)  # fmt: skip

# Modules whose names are elsewhere now; the others are those that theano_compat forwards to.
MODULES = {
    "theano": "pytensor",
    "theano.tensor": "pytensor.tensor",
    "theano.tensor.basic": "pytensor.tensor",
    "theano.tensor.nnet": "lenet.nnet",
    "theano.tensor.nnet.nnet": "lenet.nnet",
    "theano.tensor.nnet.bn": "lenet.nnet",
    "theano.tensor.nnet.conv": "lenet.nnet",
    "theano.tensor.nnet.sigm": "lenet.nnet",
    "theano.tensor.nnet.abstract_conv": "lenet.nnet",
    "theano.tensor.nnet.neighbours": "lenet.nnet",
    "theano.tensor.signal.pool": "lenet.nnet",
    "theano.tensor.signal.downsample": "lenet.nnet",
    "theano.tensor.shared_randomstreams": "lenet.random_streams",
    "theano.sandbox.rng_mrg": "lenet.random_streams",
}

# Names that NumPy has dropped whose calls are written otherwise; the others are in theano_compat's own table.
WRITTEN_OTHERWISE = {
    "numpy.asscalar": Rule("numpy.asscalar", edit="asscalar"),
    "numpy.cast": Rule("numpy.cast", edit="cast"),
    "numpy.NINF": Rule("numpy.NINF", "-numpy.inf"),
}

# Modes of Theano that PyTensor names otherwise.
MODES = {"FAST_RUN_NOGC": "FAST_RUN", "PROFILE_MODE": "FAST_RUN", "PROFILEMODE": "FAST_RUN"}
