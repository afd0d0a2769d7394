"""What layers of Theano, Lasagne and Keras compute, as plain loops over one image, channels first."""

import numpy as np


def convolution(image, filters, bias, flipped, top_left=(0, 0), bottom_right=(0, 0), stride=(1, 1)):
    """Convolve, which flips the filters, or correlate; filters (maps, channels, rows, columns)."""
    channels, rows, columns = image.shape
    padded = np.zeros(
        (
            channels,
            rows + top_left[0] + bottom_right[0],
            columns + top_left[1] + bottom_right[1],
        )
    )
    padded[:, top_left[0] : top_left[0] + rows, top_left[1] : top_left[1] + columns] = image
    maps, _, high, wide = filters.shape
    result = np.zeros(
        (
            maps,
            (padded.shape[1] - high) // stride[0] + 1,
            (padded.shape[2] - wide) // stride[1] + 1,
        )
    )
    for m, r, c in np.ndindex(result.shape):
        total = 0.0 if bias is None else bias[m]
        for k in range(channels):
            for i in range(high):
                for j in range(wide):
                    row, column = (high - 1 - i, wide - 1 - j) if flipped else (i, j)
                    total += (
                        filters[m, k, row, column] * padded[k, r * stride[0] + i, c * stride[1] + j]
                    )
        result[m, r, c] = total
    return result


def pool(image, window, stride, function=np.max):
    """Take the maximum, or mean, of whole windows."""
    channels, rows, columns = image.shape
    shape = (channels, (rows - window) // stride + 1, (columns - window) // stride + 1)
    result = np.zeros(shape)
    for k, r, c in np.ndindex(shape):
        part = image[k, r * stride : r * stride + window, c * stride : c * stride + window]
        result[k, r, c] = function(part)
    return result


def dense(vector, weights, bias):
    """Multiply and add."""
    return np.array(
        [
            sum(vector[i] * weights[i, j] for i in range(len(vector))) + bias[j]
            for j in range(len(bias))
        ]
    )


def normalised(values, gamma, beta, mean, variance, epsilon):
    """Normalise the first axis by running averages."""
    axes = (-1,) + (1,) * (values.ndim - 1)
    gamma, beta, mean, variance = (np.reshape(each, axes) for each in (gamma, beta, mean, variance))
    return gamma * (values - mean) / np.sqrt(variance + epsilon) + beta


def relu(values):
    return np.maximum(values, 0)


def softmax(scores):
    exponentials = np.exp(scores - scores.max())
    return exponentials / exponentials.sum()
