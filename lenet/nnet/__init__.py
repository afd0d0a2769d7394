"""Theano's ``tensor.nnet``, ``tensor.signal.pool`` and relatives, for PyTensor."""

from lenet.nnet.activations import (
    elu,
    h_softmax,
    hard_sigmoid,
    identity,
    leaky_relu,
    logsoftmax,
    relu,
    selu,
    sigmoid,
    softmax,
    softplus,
    softsign,
    squash,
    ultra_fast_sigmoid,
)
from lenet.nnet.conv import conv2d, conv3d
from lenet.nnet.conv_composed import causal_conv1d, separable_conv2d, separable_conv3d
from lenet.nnet.conv_grad import (
    conv2d_grad_wrt_inputs,
    conv2d_grad_wrt_weights,
    conv2d_transpose,
    conv3d_grad_wrt_inputs,
    conv3d_grad_wrt_weights,
)
from lenet.nnet.conv_shapes import get_conv_output_shape, get_conv_shape_1axis
from lenet.nnet.dispatch import register_backends
from lenet.nnet.float32_constants import write_float32_constants
from lenet.nnet.losses import (
    binary_crossentropy,
    categorical_crossentropy,
    confusion_matrix,
    crossentropy_categorical_1hot,
    crossentropy_softmax_1hot,
    crossentropy_softmax_1hot_with_bias,
    crossentropy_softmax_argmax_1hot_with_bias,
    crossentropy_softmax_max_and_argmax_1hot,
    crossentropy_softmax_max_and_argmax_1hot_with_bias,
    prepend_0_to_each_row,
    prepend_1_to_each_row,
    prepend_scalar_to_each_row,
    sigmoid_binary_crossentropy,
    softmax_with_bias,
)
from lenet.nnet.neighbours import images2neibs, neibs2images
from lenet.nnet.normalization import (
    batch_normalization,
    batch_normalization_test,
    batch_normalization_train,
)
from lenet.nnet.old_interfaces import max_pool_2d, old_conv2d, signal_conv2d
from lenet.nnet.pool import max_pool_2d_same_size, pool_2d, pool_3d
from lenet.nnet.python_elemwise import join_arrays_in_pairs, keep_reciprocals_precise
from lenet.nnet.rewrites import register_rewrites
from lenet.nnet.scan_gradient import keep_drawn_numbers
from lenet.nnet.scan_shapes import keep_steps_apart
from lenet.nnet.static_shapes import look_up_to_loops
from lenet.nnet.upsampling import bilinear_kernel_1D, bilinear_kernel_2D, bilinear_upsampling

__all__ = [
    "batch_normalization",
    "batch_normalization_test",
    "batch_normalization_train",
    "bilinear_kernel_1D",
    "bilinear_kernel_2D",
    "bilinear_upsampling",
    "binary_crossentropy",
    "categorical_crossentropy",
    "causal_conv1d",
    "confusion_matrix",
    "conv2d",
    "conv2d_grad_wrt_inputs",
    "conv2d_grad_wrt_weights",
    "conv2d_transpose",
    "conv3d",
    "conv3d_grad_wrt_inputs",
    "conv3d_grad_wrt_weights",
    "crossentropy_categorical_1hot",
    "crossentropy_softmax_1hot",
    "crossentropy_softmax_1hot_with_bias",
    "crossentropy_softmax_argmax_1hot_with_bias",
    "crossentropy_softmax_max_and_argmax_1hot",
    "crossentropy_softmax_max_and_argmax_1hot_with_bias",
    "elu",
    "get_conv_output_shape",
    "get_conv_shape_1axis",
    "h_softmax",
    "hard_sigmoid",
    "identity",
    "images2neibs",
    "leaky_relu",
    "logsoftmax",
    "max_pool_2d",
    "max_pool_2d_same_size",
    "neibs2images",
    "old_conv2d",
    "pool_2d",
    "pool_3d",
    "prepend_0_to_each_row",
    "prepend_1_to_each_row",
    "prepend_scalar_to_each_row",
    "relu",
    "selu",
    "separable_conv2d",
    "separable_conv3d",
    "sigmoid",
    "sigmoid_binary_crossentropy",
    "signal_conv2d",
    "softmax",
    "softmax_with_bias",
    "softplus",
    "softsign",
    "squash",
    "ultra_fast_sigmoid",
]

register_backends()
register_rewrites()
keep_drawn_numbers()
look_up_to_loops()
write_float32_constants()
keep_steps_apart()
join_arrays_in_pairs()
keep_reciprocals_precise()
