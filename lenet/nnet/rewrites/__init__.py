"""Graph rewrites that replace PyTensor's Ops by those of this package.

They run for C and, where a kernel computes the Op, for Numba (see `matching.register_kernels`). Their
names begin with ``lenet_``: ``mode.excluding(name)`` disables one. Those of `log_stability` use
PyTensor's Ops only, and run for all backends.
"""

from lenet.nnet.rewrites.bounded_canonizers import bound_canonizers
from lenet.nnet.rewrites.channels_last import register_channels_last_rewrites
from lenet.nnet.rewrites.distinct_traces import keep_traces_distinct
from lenet.nnet.rewrites.dot import register_dot_rewrites
from lenet.nnet.rewrites.elemwise import register_elemwise_rewrites
from lenet.nnet.rewrites.expect_kernels import register_expected_kernels
from lenet.nnet.rewrites.expected_shape import register_expected_shape_rewrite
from lenet.nnet.rewrites.fused_conv import register_conv_pool_rewrites
from lenet.nnet.rewrites.log_stability import register_log_stability_rewrites
from lenet.nnet.rewrites.relu import register_relu_rewrites
from lenet.nnet.rewrites.rows import register_row_rewrites
from lenet.nnet.rewrites.softmax import register_softmax_rewrites
from lenet.nnet.rewrites.steady_products import keep_unsteady_products
from lenet.nnet.rewrites.symbolic_pool import register_symbolic_pool_rewrites

__all__ = ["register_rewrites"]


def register_rewrites() -> None:
    """Register the rewrites with PyTensor; repeated calls change nothing."""
    bound_canonizers()
    keep_traces_distinct()
    keep_unsteady_products()
    register_expected_shape_rewrite()
    register_channels_last_rewrites()
    register_softmax_rewrites()
    register_log_stability_rewrites()
    register_relu_rewrites()
    register_conv_pool_rewrites()
    register_dot_rewrites()
    register_elemwise_rewrites()
    register_symbolic_pool_rewrites()
    register_row_rewrites()
    register_expected_kernels()
