"""Names that ``from theano.tensor import *`` gives.

PyTensor has more by now, such as `linspace` and `pi`, which would take the place of what a program has imported from NumPy.
"""

from collections.abc import Iterable
from importlib import import_module
from itertools import product
from types import ModuleType

__all__ = ["star_names"]

TREE = "lenet.theano_compat."
KINDS = ("scalar", "vector", "matrix", "row", "col", *(f"tensor{axes}" for axes in range(3, 8)))
NAMES = {
    "theano.tensor": (
        "ARange AdvancedBooleanIncSubtensor AdvancedBooleanIndexingError AdvancedBooleanSubtensor AdvancedIncSubtensor "
        "AdvancedIncSubtensor1 AdvancedIndexingError AdvancedSubtensor AdvancedSubtensor1 Alloc AllocDiag AllocEmpty Apply Argmax "
        "AsTensorError BaseAdvancedIncSubtensor BaseAdvancedSubtensor CAReduce Choose Constant Default DiffOp DimShuffle DisconnectedType "
        "Dot Elemwise EmptyConstantError ExtractDiag Eye Flatten Generic IncSubtensor Join LoadFromDisk Lop MakeSlice MaxAndArgmax Mean "
        "MethodNotDefined NoneConst NoneTypeT Nonzero NotScalarConstantError Op ParamsType PermuteRowElements Rebroadcast Reshape Rop "
        "ScalarFromTensor Shape ShapeError SliceType SpecifyShape Split Subtensor Sum Tensor TensorConstant TensorConstantSignature "
        "TensorFromScalar TensorType TensorVariable Tile Tri Type Variable abs_ add addbroadcast advanced_boolean_inc_subtensor "
        "advanced_boolean_set_subtensor advanced_boolean_subtensor advanced_inc_subtensor advanced_inc_subtensor1 advanced_set_subtensor "
        "advanced_set_subtensor1 advanced_subtensor advanced_subtensor1 all all_dtypes allclose alloc and_ angle any arange arccos "
        "arccosh arcsin arcsinh arctan arctan2 arctanh argmax argmin argsort argtopk as_tensor as_tensor_variable bartlett batched_dot "
        "batched_tensordot bincount bitwise_and bitwise_not bitwise_or bitwise_xor blas cast ceil ceil_intdiv check_and_normalize_axes "
        "chi2sf choose clip complex complex_dtypes complex_from_polar complex_matrix_types complex_scalar_types complex_types "
        "complex_vector_types concatenate config conj consider_constant constant continuous_dtypes cos cosh cov cumprod cumsum default "
        "deg2rad diag diagonal discrete_dtypes div_proxy divmod dot elemwise eq erf erfc erfcinv erfcx erfinv exp exp2 expm1 extra_ops "
        "extract_constant eye fft fill fill_diagonal fill_diagonal_offset flatnonzero flatten float16_atol float16_rtol float32_atol "
        "float32_rtol float64_atol float64_rtol float_dtypes float_matrix_types float_scalar_types float_types float_vector_types floor "
        "floor_div gamma gammainc gammaincc gammal gammaln gammau ge get_idx_list get_scalar_constant_value get_vector_length grad "
        "grad_not_implemented grad_undefined gt hessian horizontal_stack i0 i1 identity_like imag inc_subtensor int32 int_div int_dtypes "
        "int_matrix_types int_scalar_types int_types int_vector_types integer_dtypes inv inverse_permutation invert io iround is_flat "
        "isclose isinf isinf_ isnan isnan_ iv j0 j1 jacobian join join_ jv largest le load log log10 log1p log2 lt makeKeepDims "
        "make_slice max max_and_argmax maximum mean mgrid min min_informative_str minimum mod mod_check mul neg neq nlinalg nnet "
        "none_type_t nonzero nonzero_values numeric_grad numpy_scalar ogrid ones ones_like opt opt_uncanonicalize or_ outer "
        "patternbroadcast permute_row_elements pow power pprint prod psi ptp rad2deg ravel_multi_index raw_random real register_transfer "
        "repeat reshape roll round round_half_away_from_zero round_half_to_even scal scalar_from_tensor second set_subtensor sgn shape "
        "shape_padaxis shape_padleft shape_padright shared_randomstreams sharedvar signal sin sinh slicetype slinalg smallest sort "
        "specify_shape split sqr sqrt square squeeze stack stacklists std sub subtensor sum swapaxes switch take tan tanh tensor "
        "tensor_copy tensor_from_scalar tensordot tile topk topk_and_argtopk transfer transpose tri tri_gamma tril triu true_div trunc "
        "type type_other uint_dtypes unbroadcast unravel_index utils values_eq_approx_always_true var verify_grad vertical_stack where "
        "xlogx xor zeros zeros_like "
    ),
    "theano.tensor.nnet": (
        "ConvOp CrossentropyCategorical1Hot CrossentropyCategorical1HotGrad CrossentropySoftmax1HotWithBiasDx "
        "CrossentropySoftmaxArgmax1HotWithBias LogSoftmax Prepend_scalar_constant_to_each_row Prepend_scalar_to_each_row Softmax "
        "SoftmaxGrad SoftmaxWithBias abstract_conv abstract_conv2d batch_normalization binary_crossentropy blocksparse bn "
        "categorical_crossentropy confusion_matrix conv conv2d conv2d_grad_wrt_inputs conv2d_transpose conv3d conv3d2d corr corr3d "
        "crossentropy_categorical_1hot crossentropy_categorical_1hot_grad crossentropy_softmax_1hot crossentropy_softmax_1hot_with_bias "
        "crossentropy_softmax_1hot_with_bias_dx crossentropy_softmax_argmax_1hot_with_bias crossentropy_softmax_max_and_argmax_1hot "
        "crossentropy_softmax_max_and_argmax_1hot_with_bias ctc elu h_softmax hard_sigmoid logsoftmax logsoftmax_op neighbours nnet opt "
        "prepend_0_to_each_row prepend_1_to_each_row prepend_scalar_to_each_row relu scalar_sigmoid selu separable_conv2d sigm sigmoid "
        "sigmoid_binary_crossentropy sigmoid_inplace softmax softmax_grad softmax_graph softmax_op softmax_with_bias softplus softsign "
        "ultra_fast_sigmoid "
    ),
}


def star_names(module: ModuleType, sources: Iterable[str]) -> list[str]:
    """Return the names that a module gives to ``from module import *``.

    Parameters
    ----------
    module : ModuleType
        One below `lenet.theano_compat.theano`.
    sources : iterable of str
        Modules to which it forwards names.
    """
    listed = NAMES.get(module.__name__.removeprefix(TREE))
    if listed is None:
        owners = (module, *map(import_module, sources))
        names = {
            name
            for owner in owners
            for name in vars(owner).get("__all__", vars(owner))
            if not isinstance(getattr(owner, name), ModuleType)
        }
    else:
        names = {
            *listed.split(),
            *types(),
            *(name for name in vars(module) if name.endswith("_inplace")),
        }
    return sorted(name for name in names if not name.startswith("_") and has(module, name))


def types() -> Iterable[str]:
    """Yield the names of types of arrays, such as `fvector` and `fvectors`."""
    for letter, kind in product(["", *"bwilfdcz"], KINDS):
        plural = "matrices" if kind == "matrix" else f"{kind}s"
        yield from (letter + kind, letter + plural)


def has(module: ModuleType, name: str) -> bool:
    """Return whether a module has a name, or finds it elsewhere."""
    try:
        getattr(module, name)
    except (AttributeError, ImportError):
        return False
    return True
