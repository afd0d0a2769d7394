"""Theano's ``theano.configdefaults``: options from THEANO_FLAGS and .theanorc.

They are those at the start.
"""

import os
import struct

from lenet.theano_compat.theano.configparser import (
    TheanoConfigParser,
    config_files_from_theanorc,
    options_of_files,
    parse_config_string,
)

__all__ = ["config", "local_bitwidth", "python_int_bitwidth"]

# What PyTensor does not have, or does not let change, with Theano's default values.
OWN_OPTIONS = {
    "allow_gc": True,
    "assert_no_cpu_op": "ignore",
    "cache_optimizations": False,
    "compute_test_value": "off",
    "compute_test_value_opt": "off",
    "contexts": "",
    "conv.assert_shape": False,
    "ctc.root": "",
    "cublas.lib": "cublas",
    "cuda.disabled": False,
    "cuda.enabled": False,
    "cuda.include_path": "",
    "cuda.root": "",
    "deterministic": "default",
    "device": "cpu",
    "dnn.base_path": "",
    "dnn.bin_path": "",
    "dnn.conv.algo_bwd": "",
    "dnn.conv.algo_bwd_data": "none",
    "dnn.conv.algo_bwd_filter": "none",
    "dnn.conv.algo_fwd": "small",
    "dnn.conv.precision": "as_input_f32",
    "dnn.conv.workmem": "",
    "dnn.conv.workmem_bwd": "",
    "dnn.enabled": "auto",
    "dnn.include_path": "",
    "dnn.library_path": "",
    "enable_initial_driver_test": True,
    "experimental.local_alloc_elemwise": False,
    "experimental.local_alloc_elemwise_assert": True,
    "experimental.unpickle_gpu_on_cpu": False,
    "experimental.mrg": False,
    "force_device": False,
    "gpu.local_elemwise_fusion": True,
    "gpuarray.cache_path": "",
    "gpuarray.preallocate": 0.0,
    "gpuarray.sched": "default",
    "gpuarray.single_stream": True,
    "gpuarray.sync": False,
    "gpuelemwise.sync": True,
    "home": os.path.expanduser("~"),
    "init_gpu_device": "",
    "int_division": "int",
    "lib.cnmem": 0.0,
    "magma.enabled": False,
    "magma.include_path": "",
    "magma.library_path": "",
    "metaopt.optimizer_excluding": "",
    "metaopt.optimizer_including": "",
    "numpy.seterr_all": "ignore",
    "numpy.seterr_divide": "None",
    "numpy.seterr_invalid": "None",
    "numpy.seterr_over": "None",
    "numpy.seterr_under": "None",
    "nvcc.compiler_bindir": "",
    "nvcc.fastmath": False,
    "nvcc.flags": "",
    "optimizer": "o4",
    "pickle_test_value": True,
    "print_active_device": True,
    "print_test_value": False,
    "pycuda.init": False,
    "reoptimize_unpickled_function": False,
    "scan.debug": False,
    "tensor.local_elemwise_fusion": True,
    "unittests.rseed": "666",
    "warn.argmax_pushdown_bug": False,
    "warn.gpu_set_subtensor1": False,
    "warn.gpusum_01_011_0111_bug": False,
    "warn.identify_1pexp_bug": False,
    "warn.inc_set_subtensor1": True,
    "warn.inc_subtensor1_opt": True,
    "warn.reduce_join": True,
    "warn.round": True,
    "warn.signal_conv2d_interface": True,
    "warn.subtensor_merge_bug": False,
    "warn.sum_div_dimshuffle_bug": False,
    "warn.sum_sum_bug": False,
    "warn.vm_gc_bug": False,
}

config = TheanoConfigParser(OWN_OPTIONS)

config.set_from_text(
    {
        **options_of_files(config_files_from_theanorc()),
        **parse_config_string(os.environ.get("THEANO_FLAGS", "")),
    }
)


def local_bitwidth() -> int:
    """Return the number of bits of an address."""
    return 8 * struct.calcsize("P")


def python_int_bitwidth() -> int:
    """Return the number of bits of C's ``long``, which was Python 2's int."""
    return 8 * struct.calcsize("l")
