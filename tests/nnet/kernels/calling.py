"""Kernels called from Python, without any backend."""

import ctypes

import numpy as np

from lenet.nnet.kernels.interface import MESSAGE_SIZE, NEEDS_OUTPUTS, STATUS_ERRORS


def called(op, node, *arrays, outputs=None):
    """Return what the kernel of a node makes of arrays, as a list.

    `outputs` are arrays that it may fill; the others are allocated as it asks for them.
    """
    function = op.load(node).function
    numbers = op.c_numbers()
    outputs = list(outputs or [None] * len(node.outputs))
    message = ctypes.create_string_buffer(MESSAGE_SIZE)
    for _ in range(2):
        words, places = [], []
        for array in arrays:
            words += [array.ctypes.data, *array.shape, *array.strides]
        for variable, output in zip(node.outputs, outputs, strict=True):
            places.append(len(words))
            words += [0 if output is None else output.ctypes.data]
            words += [-1] * variable.type.ndim if output is None else output.shape
        c_words = (ctypes.c_int64 * len(words))(*words)
        status = function(c_words, (ctypes.c_int64 * len(numbers))(*numbers), message)
        if status != NEEDS_OUTPUTS:
            break
        for n, (variable, place) in enumerate(zip(node.outputs, places, strict=True)):
            if not c_words[place]:
                shape = c_words[place + 1 : place + 1 + variable.type.ndim]
                outputs[n] = np.empty(shape, variable.type.dtype)
    if status:
        raise STATUS_ERRORS[status](message.value.decode())
    return outputs
