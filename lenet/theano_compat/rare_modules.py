"""Theano's modules that few programs import, and that need no file.

A module without names here still can be imported, and says so when asked for one.
"""

import sys
from collections.abc import Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType

from lenet.theano_compat.forwarding import forward
from lenet.theano_compat.gpu_names import gpu_names

TREE = "lenet.theano_compat.theano."
GPU = {
    *(
        f"gpuarray.{name}"
        for name in [
            "blocksparse",
            "cudnn_defs",
            "ctc",
            "elemwise",
            "extra_ops",
            "fft",
            "fp16_help",
            "kernel_codegen",
            "linalg",
            "multinomial",
            "neighbours",
            "nerv",
            "nnet",
            "opt_util",
            "pool",
            "reduction",
            "rng_mrg",
            "sort",
            "subtensor",
        ]
    ),
    *(
        f"sandbox.cuda.{name}"
        for name in [
            "GpuConv3D",
            "GpuConvGrad3D",
            "GpuConvTransp3D",
            "blocksparse",
            "cula",
            "elemwise",
            "extra_ops",
            "kernel_codegen",
            "neighbours",
            "nnet",
            "nvcc_compiler",
            "opt_util",
        ]
    ),
    *(
        f"misc.{name}"
        for name in [
            "cudamat_utils",
            "gnumpy_utils",
            "pycuda_example",
            "pycuda_init",
            "pycuda_utils",
        ]
    ),
}
# Where the names of a module are now; nowhere, where nothing is left of them.
FORWARDED: dict[str, tuple[str, ...]] = {
    "_version": (),
    "compile.module": (),
    "compile.sandbox": (),
    "d3viz.d3viz": ("pytensor.d3viz.d3viz",),
    "d3viz.formatting": ("pytensor.d3viz.formatting",),
    "generated_version": (),
    "gof.callcache": (),
    "gof.cutils": ("pytensor.link.c.cutils",),
    "gof.lazylinker_c": ("pytensor.link.c.lazylinker_c",),
    "gof.python25": ("builtins", "collections", "functools"),
    "gof.sandbox": (),
    "gof.sched": (),
    "misc.buildbot_filter": (),
    "misc.burn_gpu": (),
    "misc.check_duplicate_key": (),
    "misc.check_multi_gpu": (),
    "misc.cpucount": (),
    "misc.doubleop": (),
    "misc.elemwise_openmp_speedup": (),
    "misc.elemwise_time_test": (),
    "misc.gh_api": (),
    "misc.latence_gpu_transfert": (),
    "misc.nose_pr": (),
    "misc.windows": ("pytensor.utils",),
    "pathparse": (),
    "sandbox.debug": (),
    "sandbox.fourier": (),
    "sandbox.minimal": (),
    "sandbox.neighbourhoods": (),
    "sandbox.symbolic_module": (),
    "sandbox.theano_object": (),
    "scalar.basic_sympy": (),
    "scan_module.scan_opt": ("pytensor.scan.rewriting",),
    "scan_module.scan_perform_ext": ("pytensor.scan.scan_perform_ext",),
    "sparse.opt": ("pytensor.sparse.rewriting",),
    "sparse.sandbox.truedot": (),
    "tensor.blas_c": ("pytensor.tensor.blas_c",),
    "tensor.blas_headers": ("pytensor.tensor.blas_headers",),
    "tensor.blas_scipy": (),
    "tensor.elemwise_cgen": ("pytensor.tensor.elemwise_cgen",),
    "tensor.inc_code": (),
    "tensor.nnet.ConvGrad3D": ("lenet.theano_compat.theano.tensor.nnet.Conv3D",),
    "tensor.nnet.ConvTransp3D": ("lenet.theano_compat.theano.tensor.nnet.Conv3D",),
    "typed_list.opt": ("pytensor.typed_list.rewriting",),
}


class RareLoader(Loader):
    """Loader of a module that is made of its name."""

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        """Return nothing: an empty module."""
        return None

    def exec_module(self, module: ModuleType) -> None:
        """Give the module its names."""
        name = module.__name__.removeprefix(TREE)
        find = gpu_names if name in GPU else forward
        module.__doc__ = f"Theano's ``theano.{name}``."
        module.__getattr__ = find(module.__name__, *FORWARDED.get(name, ()))  # type: ignore[method-assign]


class RareFinder(MetaPathFinder):
    """Finder of the modules of the table, below `TREE`."""

    def find_spec(
        self, name: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Return the specification of a module of the table."""
        short = name.removeprefix(TREE)
        if short == name or not (short in GPU or short in FORWARDED):
            return None
        return ModuleSpec(name, RareLoader())


def install() -> None:
    """Let the modules be found, after those that have files."""
    if not any(isinstance(finder, RareFinder) for finder in sys.meta_path):
        sys.meta_path.append(RareFinder())
