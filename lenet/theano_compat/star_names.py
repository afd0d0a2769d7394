"""Names that ``from theano.tensor import *`` and other stars give.

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
    "theano.tensor.basic": (
        "ARange Alloc AllocDiag AllocEmpty Apply Argmax AsTensorError CAReduce Choose Constant Default DimShuffle DisconnectedType Dot "
        "Elemwise EmptyConstantError ExtractDiag Eye Flatten Generic Join MaxAndArgmax Mean NoneConst Nonzero NotScalarConstantError Op "
        "ParamsType PermuteRowElements Rebroadcast Reshape ScalarFromTensor Shape ShapeError Split Sum Tensor TensorConstant "
        "TensorConstantSignature TensorFromScalar TensorType TensorVariable Tile Tri Variable abs_ add addbroadcast all all_dtypes "
        "allclose alloc alloc_validate_shape and_ angle any arange arccos arccosh arcsin arcsinh arctan arctan2 arctanh argmax argmin "
        "as_tensor as_tensor_variable batched_dot batched_tensordot bitwise_and bitwise_not bitwise_or bitwise_xor cast ceil ceil_intdiv "
        "check_and_normalize_axes check_equal_numpy chi2sf choose clip complex complex_dtypes complex_from_polar complex_matrix_types "
        "complex_scalar_types complex_types complex_vector_types concatenate config conj constant constant_cache constructor "
        "continuous_dtypes cos cosh cov default deg2rad diag diagonal discrete_dtypes div_proxy divmod dot eq erf erfc erfcinv erfcx "
        "erfinv exp exp2 expm1 extract_constant eye fill flatnonzero flatten float16_atol float16_rtol float32_atol float32_rtol "
        "float64_atol float64_rtol float_dtypes float_matrix_types float_scalar_types float_types float_vector_types floor floor_div "
        "gamma gammainc gammaincc gammal gammaln gammau ge get_scalar_constant_value get_scalar_constant_value_elemwises "
        "get_vector_length grad_not_implemented grad_undefined gt horizontal_stack i0 i1 identity_like imag int32 int32_t int_div "
        "int_dtypes int_matrix_types int_scalar_types int_types int_vector_types integer_dtypes inv inverse_permutation invert iround "
        "is_flat isclose isinf isinf_ isnan isnan_ iv j0 j1 join join_ jv largest le log log10 log1p log2 lt makeKeepDims max "
        "max_and_argmax maximum mean mgrid min min_informative_str minimum mod mod_check mul neg neq nonzero nonzero_values "
        "numpy_diagonal_return_view numpy_scalar ogrid ones ones_like or_ outer patternbroadcast permute_row_elements pow power "
        "pprint prod psi ptp python_all python_any python_complex rad2deg real register_transfer reshape roll round "
        "round_half_away_from_zero round_half_to_even scalar_from_tensor second sgn shape shape_padaxis shape_padleft "
        "shape_padright sin sinh smallest split sqr sqrt square stack stacklists std sub sum swapaxes switch tan tanh tensor_copy "
        "tensor_from_scalar tensordot tile transfer transpose tri tri_gamma tril triu true_div trunc uint_dtypes unbroadcast "
        "values_eq_approx_always_true var vertical_stack where xor zeros zeros_like "
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
    "theano.gof": (
        "Apply Bookkeeper CEnumType CLinker COp CachedConstantError CheckStackTraceOptimization Constant Container DB DestroyHandler "
        "DualLinker EnumList EnumType EquilibriumDB EquilibriumOptimizer Feature FunctionGraph Generic HideC History InconsistencyError "
        "Linker LocalGroupDB LocalLinker LocalOptGroup LocalOptimizer MergeOptimizer MethodNotDefined MissingInputError "
        "NavigatorOptimizer NoOutputFromInplace NodeFinder Op OpKeyOptimizer OpRemove OpSub OpWiseCLinker OpenMPOp Optimizer Params "
        "ParamsType PatternSub PerformLinker PrintListener ProxyDB PureOp Query ReplaceValidate ReplacementDidntRemovedError SeqOptimizer "
        "SequenceDB TopoOptimizer Type Validator Variable WrapLinker WrapLinkerMany callcache cc cmodule compilelock destroyhandler fg "
        "generic graph hashtype inplace_optimizer lazylinker_c link local_optimizer null_type object2 op ops_with_inner_function opt "
        "optdb optimizer params_type sched toolbox type unify utils view_roots vm "
    ),
    "theano.compile": (
        "AddDestroyHandler AddFeatureOptimizer AliasedMemoryError DUPLICATE DebugMode DeepCopyOp DisconnectedType FAST_COMPILE FAST_RUN "
        "FromFunctionOp Function FunctionMaker In Mode MonitorMode NODEFAULT NullType OPT_FAST_COMPILE OPT_FAST_RUN OPT_FAST_RUN_STABLE "
        "OPT_MERGE OPT_NONE OPT_O2 OPT_O3 OPT_STABILIZE OPT_UNSAFE OpFromGraph Out Param PrintCurrentFunctionGraph ProfileStats "
        "Rebroadcast ScanProfileStats Shape Shape_i SharedVariable SpecifyShape Supervisor SymbolicInput SymbolicOutput UnusedInputError "
        "Variable ViewOp alias_root as_op builders check_equal config convert_function_input copy debugmode deep_copy_op exclude "
        "fgraph_updated_vars function function_dump function_module get_default_mode get_info_on_inputs get_mode gof graph "
        "infer_reuse_pattern inline_ofg_expansion insert_deepcopy instantiated_default_mode io io_connection_pattern is_same_graph "
        "local_useless mode monitormode ops ops_with_inner_function optdb orig_function pfunc predefined_linkers predefined_modes "
        "predefined_optimizers profiling rebuild_collect_shared register_checker register_deep_copy_op_c_code register_linker "
        "register_mode register_optimizer register_rebroadcast_c_code register_shape_c_code register_shape_i_c_code "
        "register_specify_shape_c_code register_view_op_c_code shape shared shared_constructor sharedvalue specify_shape std_fgraph "
        "view_op view_tree_set "
    ),
    "theano.scalar": (
        "AND Abs Add Angle Apply ArcCos ArcCosh ArcSin ArcSinh ArcTan ArcTan2 ArcTanh BinaryBitOp BinaryScalarOp Cast Ceil Chi2SF Clip "
        "Complex ComplexError ComplexFromPolar Composite Compositef32 Conj Constant Cos Cosh Deg2Rad DisconnectedType EQ Erf Erfc Erfcinv "
        "Erfcx Erfinv Exp Exp2 Expm1 FixedLogicalComparison Floor FunctionGraph GE GT Gamma GammaInc GammaIncC GammaL GammaLn GammaU I0 "
        "I1 Identity Imag InRange IntDiv IntegerDivisionError Inv Invert IsInf IsNan Iv J0 J1 Jv LE LT Log Log10 Log1p Log2 "
        "LogicalComparison Maximum Minimum Mod Mul NEQ Neg NumpyAutocaster OR Op Pow Psi Rad2Deg Real RoundHalfAwayFromZero "
        "RoundHalfToEven Scalar ScalarConstant ScalarOp ScalarVariable Second Sgn Sin Sinh Sqr Sqrt Sub Switch Tan Tanh TriGamma TrueDiv "
        "Trunc Type UnaryBitOp UnaryScalarOp Variable XOR abs_ add all_types and_ angle arccos arccosh arcsin arcsinh arctan arctan2 "
        "arctanh as_common_dtype as_scalar autocast_float autocast_float_as autocast_int basic basic_scipy bool cast ceil chi2sf clip "
        "complex complex128 complex64 complex_from_polar complex_types complexs complexs128 complexs64 composite_f32 config conj constant "
        "continuous_types convert convert_to_bool convert_to_complex128 convert_to_complex64 convert_to_float16 convert_to_float32 "
        "convert_to_float64 convert_to_int16 convert_to_int32 convert_to_int64 convert_to_int8 convert_to_uint16 convert_to_uint32 "
        "convert_to_uint64 convert_to_uint8 copy cos cosh deg2rad discrete_types div_proxy eq erf erfc erfcinv erfcx erfinv exp exp2 "
        "expm1 float16 float32 float64 float_out float_out_nocomplex float_types floats floor floor_div gamma gammainc gammaincc gammal "
        "gammaln gammau ge get_scalar_type gof grad_not_implemented grad_undefined gt handle_cast handle_composite i0 i1 identity imag "
        "imported_scipy_special inclosedrange inopenrange int16 int32 int64 int8 int_div int_or_true_div int_out int_out_nocomplex "
        "int_types ints inv invert isinf isnan iv j0 j1 jv le log log10 log1p log2 lt maximum minimum mod mod_check mul neg neq or_ pow "
        "pprint printing psi rad2deg real real_out round_half_away_from_zero round_half_away_from_zero_ round_half_away_from_zero_vec "
        "round_half_away_from_zero_vec32 round_half_away_from_zero_vec64 round_half_to_even same_out same_out_float_only same_out_min8 "
        "same_out_nobool same_out_nocomplex second sgn sharedvar sin sinh specific_out sqr sqrt sub switch tan tanh transfer_type "
        "tri_gamma true_div trunc uint16 uint32 uint64 uint8 uint_types unary_out_lookup upcast upcast_out upcast_out_min8 "
        "upcast_out_no_complex upcast_out_nobool upgrade_to_float upgrade_to_float64 upgrade_to_float_no_complex utils xor "
    ),
    "theano.sparse": (
        "AddSD AddSS AddSSData CSC CSM CSMGrad CSMProperties CSR Cast ColScaleCSC ConstructSparseFromList DenseFromSparse Diag "
        "DisconnectedType Dot EnsureSortedIndices EqualSD EqualSS GetItem2Lists GetItem2ListsGrad GetItem2d GetItemList GetItemListGrad "
        "GetItemScalar GreaterEqualSD GreaterEqualSS GreaterThanSD GreaterThanSS HStack LessEqualSD LessEqualSS LessThanSD LessThanSS "
        "MulSD MulSS MulSV Neg NotEqualSD NotEqualSS Remove0 RowScaleCSC SamplingDot SpSum SparseConstant SparseConstantSignature "
        "SparseFromDense SparseType SparseVariable SquareDiagonal StructuredAddSV StructuredDot StructuredDotGradCSC StructuredDotGradCSR "
        "Transpose TrueDot Usmm VStack add add_s_d add_s_s add_s_s_data all_dtypes arcsin arcsinh arctan arctanh as_sparse "
        "as_sparse_or_tensor_variable as_sparse_variable as_strided basic bcast bsr_dmatrix bsr_fmatrix bsr_matrix cast ccast ceil clean "
        "col_scale complex_dtypes config conj constant construct_sparse_from_list continuous_dtypes csc_dmatrix csc_fmatrix "
        "csc_from_dense csc_matrix csm_data csm_grad csm_indices csm_indptr csm_properties csm_shape csr_dmatrix csr_fmatrix "
        "csr_from_dense csr_matrix dcast deg2rad dense_from_sparse diag discrete_dtypes dot enable_sparse ensure_sorted_indices eq "
        "equal_s_d equal_s_s expm1 fcast float_dtypes floor ge get_item_2d get_item_2lists get_item_2lists_grad get_item_list "
        "get_item_list_grad get_item_scalar gof grad_not_implemented grad_undefined greater_equal_s_d greater_equal_s_s greater_than_s_d "
        "greater_than_s_s gt hash_from_sparse hstack icast int_dtypes integer_dtypes lcast le less_equal_s_d less_equal_s_s less_than_s_d "
        "less_than_s_s log1p lt matrix mul mul_s_d mul_s_s mul_s_v neg neq not_equal_s_d not_equal_s_s opt rad2deg remove0 rint row_scale "
        "sampling_dot scalar sdg_csc sdg_csr sgn shared sharedvar sin sinh sp_ones_like sp_sum sp_zeros_like sparse_formats sqr sqrt "
        "square_diagonal structured_add structured_add_s_v structured_dot structured_dot_grad structured_exp structured_log "
        "structured_maximum structured_minimum structured_monoid structured_pow structured_sigmoid sub tan tanh tensor transpose true_dot "
        "trunc type uint_dtypes usmm utils vstack wcast zcast "
    ),
}
# Its names are among those of what imports them.
NAMES["theano.scalar.basic"] = NAMES["theano.scalar"]


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
            *(types() if "tensor" in module.__name__ else ()),
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
