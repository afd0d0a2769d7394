"""Modules of Theano's that few programs import, and names of its GPU code."""

import importlib

import numpy as np
import pytest

from lenet.theano_compat.rare_modules import FORWARDED, GPU

# What programs for a CPU and a GPU import at their beginning, whatever machine they run on.
IMPORTS = """\
from theano.compile.sandbox import __doc__
from theano.d3viz.d3viz import d3viz
from theano.gof.cutils import run_cthunk
from theano.gof.python25 import OrderedDict, all, defaultdict, partial
from theano.gpuarray.basic_ops import CGpuKernelBase, GpuKernelBase, HideC, Kernel, gpu_contiguous
from theano.gpuarray.fp16_help import load_w, work_dtype, write_w
from theano.gpuarray.opt import op_lifter, register_opt, register_opt2
from theano.gpuarray.subtensor import GpuAdvancedSubtensor1, GpuIncSubtensor
from theano.gpuarray.type import GpuArrayType, get_context, gpu_context_type
from theano.misc.pycuda_init import pycuda_available
from theano.misc.windows import output_subprocess_Popen
from theano.sandbox.cuda import CudaNdarraySharedVariable, GpuOp, register_opt
from theano.sandbox.cuda.basic_ops import GpuElemwise, GpuFromHost, gpu_alloc
from theano.sandbox.cuda.blas import GpuCorrMM, GpuDownsampleFactorMax
from theano.sandbox.cuda.fftconv import conv2d_fft
from theano.sandbox.cuda.nnet import GpuSoftmax
from theano.sandbox.cuda.opt import local_optimizer
from theano.sandbox.gpuarray.elemwise import GpuElemwise
from theano.sandbox.multinomial import MultinomialFromUniform
from theano.scan_module import scan_opt
from theano.sparse.opt import sd_csc
from theano.tensor.blas_headers import blas_header_text
from theano.tensor.elemwise_cgen import make_loop
from theano.tensor.nnet.Conv3D import conv3D
from theano.tensor.nnet.ConvTransp3D import convTransp3D
from theano.tests import unittest_tools
from theano.typed_list import opt
"""


@pytest.mark.parametrize("line", IMPORTS.splitlines())
def test_imports(theano, line):
    exec(line, {})


@pytest.mark.parametrize("name", sorted(GPU) + sorted(FORWARDED))
def test_a_module_of_the_table_is_one_object_under_its_names(theano, name):
    module = importlib.import_module(f"theano.{name}")
    assert module is importlib.import_module(f"lenet.theano_compat.theano.{name}")
    package, _, last = f"theano.{name}".rpartition(".")
    assert getattr(importlib.import_module(package), last) is module


@pytest.mark.parametrize("name", ["theano.gof.sched", "theano.tensor.inc_code"])
def test_a_module_without_names_says_so(theano, name):
    with pytest.raises(ImportError, match=f"{name} has no 'anything' here"):
        exec(f"from {name} import anything", {})
    with pytest.raises(ModuleNotFoundError):
        importlib.import_module(f"{name}_of_another_name")


def test_a_module_is_found_from_its_package(theano):
    assert theano.gpuarray.elemwise.GpuElemwise is theano.gpuarray.elemwise.GpuElemwise
    with pytest.raises(AttributeError):
        _ = theano.gpuarray.elementwise


def test_gpu_operations_are_subclassed_and_do_not_compute(theano):
    from theano.gof import ParamsType
    from theano.gpuarray.basic_ops import GpuKernelBase, HideC
    from theano.gpuarray.subtensor import GpuAdvancedSubtensor1
    from theano.gpuarray.type import gpu_context_type

    class FastRows(GpuKernelBase, HideC, GpuAdvancedSubtensor1):
        params_type = ParamsType(context=gpu_context_type)

    class Diagonal(GpuKernelBase, theano.Op):
        __props__ = ("keepdims",)

        def __init__(self, keepdims=False):
            self.keepdims = keepdims

    rows = theano.tensor.dmatrix()[theano.tensor.lvector()]
    assert not isinstance(rows.owner.op, FastRows)
    for op in (FastRows(), Diagonal(keepdims=True), GpuAdvancedSubtensor1()):
        with pytest.raises(NotImplementedError, match=f"{type(op).__name__}: .* no successor here"):
            op(rows)
    with pytest.raises(NotImplementedError, match=r"gpu_softmax: .* no successor here"):
        theano.gpuarray.nnet.gpu_softmax(rows)


@pytest.mark.parametrize("module", ["theano.gpuarray.opt", "theano.sandbox.cuda.opt"])
def test_rewrites_for_a_gpu_can_be_exchanged(theano, module):
    opt = importlib.import_module(module)
    name = "local_gpu_advanced_subtensor1"
    old = opt.gpu_optimizer.__db__[name].copy().pop()
    opt.gpu_optimizer.remove_tags(name)
    opt.gpu_optimizer._names.remove(name)
    del opt.gpu_optimizer.__db__[name]
    assert old in opt.gpu_optimizer.__db__[type(old).__name__]

    @opt.register_opt("fast_compile")
    @opt.op_lifter([theano.tensor.AdvancedSubtensor1])
    def local_faster(op, context_name, inputs, outputs):
        raise AssertionError

    x, i = theano.tensor.dmatrix(), theano.tensor.lvector()
    rows = theano.function([x, i], x[i], mode="FAST_COMPILE")
    assert rows(np.eye(3), [2, 0]).tolist() == [[0, 0, 1], [1, 0, 0]]


def test_convolutions_of_fourier_transforms_are_convolutions(theano):
    from theano.sandbox.cuda import fftconv

    rng = np.random.default_rng(0)
    nnet = theano.tensor.nnet
    for convolve, expected, axes in (
        (fftconv.conv2d_fft, nnet.conv2d, 2),
        (fftconv.conv3d_fft, nnet.conv3d, 3),
    ):
        images = rng.normal(size=(2, 3, *[5] * axes))
        filters = rng.normal(size=(4, 3, *[2] * axes))
        values = [
            result.eval(mode="FAST_COMPILE")
            for result in (
                convolve(images, filters, border_mode="full"),
                expected(images, filters, border_mode="full"),
            )
        ]
        np.testing.assert_array_equal(*values)


def category(probabilities, number):
    """Return the first category whose cumulated probability is above a number."""
    total = 0.0
    for index, share in enumerate(probabilities):
        total += share
        if total > number:
            return index
    raise AssertionError


def test_counts_from_uniform_numbers(theano):
    from theano.sandbox.multinomial import MultinomialFromUniform

    rng = np.random.default_rng(0)
    shares, numbers = rng.dirichlet(np.ones(5), size=4), rng.uniform(size=12)
    expected = np.zeros((4, 5))
    for i, number in enumerate(numbers):
        expected[i % 4, category(shares[i % 4], number)] += 1
    pvals, unis = theano.tensor.dmatrix(), theano.tensor.dvector()
    counts = MultinomialFromUniform("auto")(pvals, unis, 3)
    value = counts.eval({pvals: shares, unis: numbers}, mode="FAST_COMPILE")
    assert value.dtype == "float64"
    np.testing.assert_array_equal(value, expected)
    with pytest.raises(NotImplementedError, match="1 axes, expected 2"):
        MultinomialFromUniform("auto")(unis, unis)


def test_choices_from_uniform_numbers(theano):
    from theano.sandbox.multinomial import ChoiceFromUniform

    rng = np.random.default_rng(1)
    shares, numbers = rng.dirichlet(np.ones(5), size=4), rng.uniform(size=12)
    expected, left = np.zeros((4, 3)), shares.copy()
    for i, number in enumerate(numbers):
        row, draw = i % 4, i // 4
        expected[row, draw] = chosen = category(left[row], number)
        left[row, chosen] = 0
        left[row] /= left[row].sum()
    choice = ChoiceFromUniform("auto")(shares, numbers, 3)
    value = choice.eval(mode="FAST_COMPILE")
    assert value.dtype == "int64"
    np.testing.assert_array_equal(value, expected)


def test_no_gpu_is_available(theano):
    from theano.misc.pycuda_init import pycuda_available
    from theano.sandbox.cuda.fftconv import scikits_cuda_available

    assert not pycuda_available
    assert not scikits_cuda_available
