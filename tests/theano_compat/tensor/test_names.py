"""Every public name of Theano 1.0's ``theano.tensor`` is served, or refused with advice."""

import re
from importlib import import_module

import numpy as np
import pytest

SERVED = {
    "tensor": """
        ARange AdvancedBooleanIncSubtensor AdvancedBooleanSubtensor AdvancedIncSubtensor
        AdvancedIncSubtensor1 AdvancedIndexingError AdvancedSubtensor AdvancedSubtensor1 Alloc AllocDiag
        AllocEmpty Argmax AsTensorError CAReduce Choose Constant DiffOp DimShuffle DisconnectedType Dot
        Elemwise EmptyConstantError ExtractDiag Flatten IncSubtensor Join Lop MakeSlice Mean NoneConst
        Tile Tri
        NoneTypeT Nonzero NotScalarConstantError Rebroadcast Reshape Rop ScalarFromTensor Shape
        ShapeError SliceType SpecifyShape Split Subtensor Sum Tensor TensorConstant
        TensorConstantSignature TensorFromScalar TensorType TensorVariable Variable abs_ add
        addbroadcast advanced_boolean_inc_subtensor advanced_boolean_set_subtensor
        advanced_boolean_subtensor advanced_inc_subtensor advanced_inc_subtensor1 advanced_set_subtensor
        advanced_set_subtensor1 advanced_subtensor advanced_subtensor1 all all_dtypes allclose alloc
        and_ angle any arange arccos arccosh arcsin arcsinh arctan arctan2 arctanh argmax argmin argsort
        argtopk as_tensor as_tensor_variable bartlett batched_dot batched_tensordot bincount bitwise_and
        bitwise_not bitwise_or bitwise_xor blas cast ceil ceil_intdiv check_and_normalize_axes chi2sf
        choose clip complex complex_dtypes complex_from_polar complex_matrix_types complex_scalar_types
        complex_types complex_vector_types concatenate conj consider_constant constant continuous_dtypes
        cos cosh cov cumprod cumsum default deg2rad diag diagonal discrete_dtypes div_proxy divmod dot
        elemwise eq erf erfc erfcinv erfcx erfinv exp exp2 expm1 extra_ops extract_constant eye fft fill
        fill_diagonal fill_diagonal_offset flatnonzero flatten float16_atol float16_rtol float32_atol
        float32_rtol float64_atol float64_rtol float_dtypes float_matrix_types float_scalar_types
        float_types float_vector_types floor floor_div gamma gammainc gammaincc gammal gammaln gammau ge
        get_idx_list get_scalar_constant_value get_vector_length grad grad_not_implemented
        grad_undefined gt hessian horizontal_stack i0 i1 identity_like imag inc_subtensor inplace
        int_div int_dtypes int_matrix_types int_scalar_types int_types int_vector_types integer_dtypes
        inv inverse_permutation invert io iround is_flat isclose isinf isinf_ isnan isnan_ iv j0 j1
        jacobian join join_ jv largest le log log10 log1p log2 lt makeKeepDims make_slice max
        max_and_argmax maximum mean mgrid min minimum mod mod_check mul neg neq nlinalg nnet none_type_t
        nonzero nonzero_values numeric_grad numpy_scalar ogrid ones ones_like opt opt_uncanonicalize or_
        outer patternbroadcast permute_row_elements pow power prod psi ptp rad2deg ravel_multi_index
        raw_random real repeat reshape roll round round_half_away_from_zero round_half_to_even
        scalar_from_tensor second set_subtensor setdefault sgn shape shape_padaxis shape_padleft
        shape_padright shared_randomstreams sharedvar signal sin sinh slicetype slinalg smallest sort
        specify_shape split sqr sqrt square squeeze stack stacklists std sub subtensor sum swapaxes
        switch take tan tanh tensor_copy tensor_from_scalar tensordot tile topk topk_and_argtopk
        transfer transpose tri tri_gamma tril triu true_div trunc type type_other uint_dtypes
        unbroadcast unravel_index utils values_eq_approx_always_true var verify_grad vertical_stack
        where xlogx xor zeros zeros_like
    """,
    "tensor.extra_ops": """
        CpuContiguous CumOp CumprodOp CumsumOp DiffOp FillDiagonal FillDiagonalOffset RepeatOp
        SearchsortedOp Unique UnravelIndex RavelMultiIndex bartlett bincount compress cpu_contiguous
        cumprod cumsum diff fill_diagonal fill_diagonal_offset ravel_multi_index repeat searchsorted
        squeeze to_one_hot unravel_index
    """,
    "tensor.nlinalg": """
        AllocDiag Det Eig Eigh ExtractDiag MatrixInverse MatrixPinv SVD TensorInv TensorSolve
        alloc_diag det diag eig eigh extract_diag lstsq matrix_dot matrix_inverse matrix_power norm
        pinv qr svd tensorinv tensorsolve trace
    """,
    "tensor.slinalg": """
        Cholesky Eigvalsh Expm MATRIX_STRUCTURES Solve cholesky eigvalsh expm kron solve
        solve_lower_triangular solve_symmetric solve_upper_triangular
    """,
    "tensor.fft": "IRFFTOp RFFTOp irfft rfft",
    "tensor.fourier": "fft",
    "tensor.sort": "ArgSortOp SortOp argsort argtopk sort topk topk_and_argtopk",
    "tensor.xlogx": "xlogx xlogy0",
    "tensor.elemwise": "All Any CAReduce DimShuffle Elemwise Prod ProdWithoutZeros Sum",
    "tensor.var": "AsTensorError TensorConstant TensorConstantSignature TensorVariable",
    "tensor.sharedvar": "ScalarSharedVariable TensorSharedVariable scalar_constructor tensor_constructor",
    "tensor.utils": "hash_from_ndarray shape_of_variables",
    "tensor.opt": """
        Assert MakeVector ShapeFeature assert_ assert_op make_vector register_canonicalize
        register_specialize register_stabilize
    """,
    "tensor.inplace": "add_inplace exp_inplace mul_inplace sgn_inplace transpose_inplace",
    "tensor.blas": "Dot22 Gemm Gemv batched_dot gemm_no_inplace gemv_no_inplace",
    "tensor.subtensor": "AdvancedSubtensor1 IncSubtensor Subtensor inc_subtensor set_subtensor take",
    "tensor.nnet": """
        ConvOp LogSoftmax Prepend_scalar_constant_to_each_row Prepend_scalar_to_each_row Softmax
        SoftmaxWithBias abstract_conv abstract_conv2d batch_normalization binary_crossentropy
        blocksparse bn categorical_crossentropy confusion_matrix conv conv2d conv2d_grad_wrt_inputs
        conv2d_transpose conv3d conv3d2d corr crossentropy_categorical_1hot crossentropy_softmax_1hot
        crossentropy_softmax_1hot_with_bias crossentropy_softmax_argmax_1hot_with_bias
        crossentropy_softmax_max_and_argmax_1hot
        crossentropy_softmax_max_and_argmax_1hot_with_bias ctc elu h_softmax hard_sigmoid logsoftmax
        logsoftmax_op neighbours nnet opt prepend_0_to_each_row prepend_1_to_each_row
        prepend_scalar_to_each_row relu scalar_sigmoid selu separable_conv2d sigm sigmoid
        sigmoid_binary_crossentropy sigmoid_inplace softmax softmax_graph softmax_op softmax_with_bias
        softplus softsign ultra_fast_sigmoid CrossentropyCategorical1Hot
        CrossentropyCategorical1HotGrad CrossentropySoftmax1HotWithBiasDx
        CrossentropySoftmaxArgmax1HotWithBias SoftmaxGrad corr3d crossentropy_categorical_1hot_grad
        crossentropy_softmax_1hot_with_bias_dx softmax_grad
    """,
    "tensor.nnet.abstract_conv": """
        assert_conv_shape assert_shape check_conv_gradinputs_shape get_conv_gradinputs_shape get_conv_gradweights_shape AbstractConv2d AbstractConv2d_gradInputs AbstractConv2d_gradWeights AbstractConv3d
        AbstractConv3d_gradInputs AbstractConv3d_gradWeights bilinear_kernel_1D bilinear_kernel_2D bilinear_upsampling causal_conv1d conv2d
        conv2d_grad_wrt_inputs conv2d_grad_wrt_weights conv3d conv3d_grad_wrt_inputs
        conv3d_grad_wrt_weights get_conv_output_shape get_conv_shape_1axis separable_conv2d
        separable_conv3d
    """,
    "tensor.nnet.blocksparse": """
        SparseBlockGemv SparseBlockOuter sparse_block_dot sparse_block_gemv sparse_block_gemv_inplace
        sparse_block_outer sparse_block_outer_inplace
    """,
    "tensor.nnet.bn": "AbstractBatchNormTrain AbstractBatchNormTrainGrad batch_normalization batch_normalization_test batch_normalization_train",
    "tensor.nnet.conv": "ConvOp conv2d",
    "tensor.nnet.conv3d2d": "conv3d",
    "tensor.nnet.corr": "CorrMM CorrMM_gradInputs CorrMM_gradWeights",
    "tensor.nnet.corr3d": "Corr3dMM Corr3dMM_gradInputs Corr3dMM_gradWeights",
    "tensor.nnet.ctc": "ConnectionistTemporalClassification ctc ctc_available",
    "tensor.nnet.neighbours": "Images2Neibs images2neibs neibs2images",
    "tensor.nnet.nnet": "categorical_crossentropy relu sigmoid softmax softplus",
    "tensor.nnet.sigm": "hard_sigmoid sigmoid softplus ultra_fast_sigmoid",
    "tensor.signal.conv": "conv2d",
    "tensor.signal.downsample": "DownsampleFactorMax max_pool_2d max_pool_2d_same_size",
    "tensor.signal.pool": "AveragePoolGrad DownsampleFactorMaxGradGrad MaxPoolGrad Pool max_pool_2d_same_size pool_2d pool_3d",
}

REFUSED = {
    "tensor": """
        MPIRecv MPIRecvWait MPISend MPISendWait
        constructor irecv isend mpi_cmps mpi_enabled recv send
    """,
    "tensor.io": "MPIRecv MPISend recv send",
    "tensor.nlinalg": "EighGrad",
    "tensor.slinalg": "CholeskyGrad EigvalshGrad ExpmGrad",
    "tensor.inplace": "fuse_inplace",
    "tensor.nnet": """
        crossentropy_to_crossentropy_with_softmax crossentropy_to_crossentropy_with_softmax_with_bias
        graph_merge_softmax_with_crossentropy_softmax softmax_simplifier
    """,
    "tensor.nnet.conv3d2d": "DiagonalSubtensor IncDiagonalSubtensor",
    "tensor.nnet.opt": "conv_groupopt",
    "tensor.signal.pool": "MaxPoolRop",
}


def names_of(table):
    return [(module, name) for module, names in table.items() for name in names.split()]


def test_names_are_served():
    missing = [
        f"{module}.{name}"
        for module, name in names_of(SERVED)
        if getattr(import_module(f"theano.{module}"), name, None) is None
    ]
    assert missing == []


def advice(module, name):
    """Return what asking for a name is answered with, or nothing if there is such a name."""
    try:
        getattr(import_module(f"theano.{module}"), name)
    except AttributeError as error:
        return str(error)
    return ""


def test_names_are_refused_with_advice():
    answers = {(module, name): advice(module, name) for module, name in names_of(REFUSED)}
    wrong = {
        f"{module}.{name}": answer
        for (module, name), answer in answers.items()
        if not re.search(rf"theano\.{module} has no '{name}' here: \w+", answer)
    }
    assert wrong == {}


def test_import_of_a_refused_name_says_the_same():
    with pytest.raises(ImportError, match=r"has no 'MaxPoolRop' here: use theano\.Rop"):
        exec("from theano.tensor.signal.pool import MaxPoolRop", {})


def test_import_of_all_names_gives_functions_not_modules_of_the_same_name():
    names: dict = {}
    exec("from theano.tensor import *", names)

    assert {
        "abs_",
        "dmatrix",
        "nnet",
        "signal",
        "grad",
        "set_subtensor",
        "fmatrices",
    } <= names.keys()
    assert callable(names["sort"])
    assert callable(names["var"])


def test_import_of_all_names_leaves_what_theano_had_not():
    names: dict = {}
    exec("from numpy import *\nfrom math import e, pi\nfrom theano.tensor import *", names)
    exec("from theano.tensor.nnet import *", names)

    assert names["linspace"] is np.linspace
    assert names["unique"] is np.unique
    assert names["pi"] == np.pi
    assert names["exp"](0).eval() == 1
    assert names["relu"](-1.0).eval() == 0


@pytest.mark.parametrize(
    ("module", "expected"),
    [
        ("scalar", {"add", "float64", "Composite"}),
        ("scalar.basic", {"Composite", "UnaryScalarOp", "float32"}),
        ("sparse", {"csr_matrix", "dot", "enable_sparse"}),
        ("gof", {"Apply", "Op", "PatternSub", "TopoOptimizer", "local_optimizer", "toolbox"}),
        ("compile", {"DebugMode", "FAST_RUN", "as_op", "function", "mode", "optdb"}),
        ("tensor.basic", {"ARange", "as_tensor_variable", "dot", "fmatrix"}),
        ("tensor.inplace", {"add_inplace", "exp_inplace", "neg_inplace"}),
    ],
)
def test_import_of_all_names_of_modules_that_forward_them(module, expected):
    names: dict = {}
    exec(f"from numpy import *\nlinspace, unique = 1, 2\nfrom theano.{module} import *", names)
    assert expected <= names.keys()
    assert (names["linspace"], names["unique"]) == (1, 2)
    assert not names.keys() & {"Any", "forward"}
