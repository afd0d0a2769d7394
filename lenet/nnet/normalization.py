"""Batch normalisation, as in ``theano.tensor.nnet.bn``.

From Ioffe and Szegedy, "Batch Normalization: Accelerating Deep Network Training by Reducing Internal
Covariate Shift", 2015.
"""

from collections.abc import Sequence
from typing import Any

import pytensor.tensor as pt
from pytensor.tensor.variable import TensorVariable

from lenet.nnet.activations import as_float, constants

MIN_EPSILON = 1e-5


class Parameters:
    """Axes that are averaged over, and broadcasting of the parameters along them.

    Parameters
    ----------
    axes : {'per-activation', 'spatial'} or sequence of int
        See `batch_normalization_train`.
    ndim : int
        Number of axes of the inputs.

    Raises
    ------
    ValueError
        For axes that the inputs do not have, and if there are none.
    """

    def __init__(self, axes: str | Sequence[int], ndim: int) -> None:
        named = {"per-activation": (0,), "spatial": (0, *range(2, ndim))}
        if isinstance(axes, str) and axes not in named:
            raise ValueError(
                f"invalid axes {axes!r}: expected 'per-activation', 'spatial' or integers"
            )
        self.axes = named[axes] if isinstance(axes, str) else tuple(sorted(int(a) for a in axes))
        self.kept = tuple(axis for axis in range(ndim) if axis not in self.axes)
        self.ndim = ndim
        if not self.axes or len(self.axes) + len(self.kept) != ndim:
            raise ValueError(
                f"invalid axes {axes!r}: expected one or more of 0 to {ndim - 1}, each once"
            )

    def stretched(self, **named: Any) -> list[TensorVariable]:
        """Return the parameters with all axes of the inputs, averaged axes of length 1.

        Raises
        ------
        ValueError
            If their numbers of axes differ, or are neither that of the inputs nor that of the axes
            that are kept.
        """
        tensors = {name: pt.as_tensor_variable(value) for name, value in named.items()}
        self.are_whole = next(iter(tensors.values())).type.ndim == self.ndim
        expected = self.ndim if self.are_whole else len(self.kept)
        for name, tensor in tensors.items():
            if tensor.type.ndim != expected:
                raise ValueError(
                    f"{name} has {tensor.type.ndim} axes: all parameters need {self.ndim}, as the "
                    f"inputs, or {len(self.kept)}, the axes that are not averaged over"
                )
        if self.are_whole:
            return [pt.specify_broadcastable(t, *self.axes) for t in tensors.values()]
        pattern = [self.kept.index(a) if a in self.kept else "x" for a in range(self.ndim)]
        return [tensor.dimshuffle(pattern) for tensor in tensors.values()]

    def shrunk(self, tensor: TensorVariable) -> TensorVariable:
        """Remove the axes added by `stretched`."""
        return tensor if self.are_whole else tensor.dimshuffle(self.kept)


def checked_epsilon(epsilon: float) -> float:
    """Return `epsilon`, or raise `ValueError` if it is too small to divide by."""
    if not epsilon >= MIN_EPSILON:
        raise ValueError(f"invalid epsilon {epsilon}: expected {MIN_EPSILON} or more")
    return epsilon


def batch_normalization_train(
    inputs: Any,
    gamma: Any,
    beta: Any,
    axes: str | Sequence[int] = "per-activation",
    epsilon: float = 1e-4,
    running_average_factor: Any = 0.1,
    running_mean: Any = None,
    running_var: Any = None,
) -> tuple[TensorVariable, ...]:
    """Batch normalisation by the mean and the variance of the batch.

    Parameters
    ----------
    inputs : tensor_like
        A batch; axis 0 counts the samples, axis 1 usually the channels.
    gamma, beta : tensor_like
        Scale and shift. Either of the shape of `inputs`, with length 1 along `axes`, or without `axes`.
    axes : {'per-activation', 'spatial'} or sequence of int
        Axes to average over: axis 0; all but axis 1; or these.
    epsilon : float
        Added to the variance, at least 1e-5.
    running_average_factor : float or tensor_like
        Share of this batch in the new running averages.
    running_mean, running_var : tensor_like, optional
        Averages over earlier batches, of the shape of `gamma`; both or neither.

    Returns
    -------
    out : TensorVariable, shape of `inputs`
        ``(inputs - mean) * gamma * invstd + beta``.
    mean, invstd : TensorVariable, shape of `gamma`
        The mean, and ``1 / sqrt(variance + epsilon)``.
    new_running_mean, new_running_var : TensorVariable, shape of `gamma`
        Only with `running_mean` and `running_var`. The variance enters with the factor ``m / (m - 1)``
        of an unbiased estimate from m numbers.

    Raises
    ------
    ValueError
        For an argument out of its range, or parameters whose numbers of axes do not fit.

    Notes
    -----
    As ``theano.tensor.nnet.bn.batch_normalization_train``.
    """
    if (running_mean is None) != (running_var is None):
        raise ValueError("give both running_mean and running_var, or neither")
    inputs = as_float(inputs)
    parameters = Parameters(axes, inputs.type.ndim)
    running = {} if running_mean is None else {"mean": running_mean, "var": running_var}
    gamma, beta, *running_averages = parameters.stretched(
        gamma=gamma, beta=beta, **{f"running_{name}": value for name, value in running.items()}
    )
    mean = inputs.mean(axis=parameters.axes, keepdims=True)
    centred = inputs - mean
    variance = (centred**2).mean(axis=parameters.axes, keepdims=True)
    (added,) = constants(inputs, checked_epsilon(epsilon))
    invstd = 1 / pt.sqrt(variance + added)
    statistics = [mean, invstd]
    if running_averages:
        factor = pt.as_tensor_variable(running_average_factor).astype(inputs.type.dtype)
        count = pt.prod([inputs.shape[axis] for axis in parameters.axes])
        count = count.astype(inputs.type.dtype)
        unbiased = variance * (count / (count - 1))
        statistics += [
            old * (1 - factor) + new * factor
            for old, new in zip(running_averages, (mean, unbiased), strict=True)
        ]
    out = centred * (gamma * invstd) + beta
    return (out, *map(parameters.shrunk, statistics))


def batch_normalization_test(
    inputs: Any,
    gamma: Any,
    beta: Any,
    mean: Any,
    var: Any,
    axes: str | Sequence[int] = "per-activation",
    epsilon: float = 1e-4,
) -> TensorVariable:
    """Batch normalisation by a given mean and variance.

    Parameters
    ----------
    inputs, gamma, beta, axes, epsilon
        As in `batch_normalization_train`.
    mean, var : tensor_like, shape of `gamma`
        Usually the running averages of the training.

    Returns
    -------
    TensorVariable, shape of `inputs`
        ``(inputs - mean) * gamma / sqrt(var + epsilon) + beta``.

    Raises
    ------
    ValueError
        As `batch_normalization_train`.

    Notes
    -----
    As ``theano.tensor.nnet.bn.batch_normalization_test``.
    """
    inputs = as_float(inputs)
    parameters = Parameters(axes, inputs.type.ndim)
    gamma, beta, mean, var = parameters.stretched(gamma=gamma, beta=beta, mean=mean, var=var)
    (added,) = constants(inputs, checked_epsilon(epsilon))
    return (inputs - mean) * (gamma / pt.sqrt(var + added)) + beta


def batch_normalization(
    inputs: Any, gamma: Any, beta: Any, mean: Any, std: Any, mode: str = "low_mem"
) -> TensorVariable:
    """Normalisation ``(inputs - mean) / std * gamma + beta``.

    Parameters
    ----------
    inputs : tensor_like
    gamma, beta, mean, std : tensor_like
        Scale, shift, mean and standard deviation, all broadcast against `inputs`.
    mode : {'low_mem', 'high_mem'}
        Without effect: PyTensor fuses both ways of writing it.

    Returns
    -------
    TensorVariable, shape of `inputs`

    Raises
    ------
    ValueError
        For another `mode`.

    Notes
    -----
    As ``theano.tensor.nnet.bn.batch_normalization``.
    """
    if mode not in ("low_mem", "high_mem"):
        raise ValueError(f"invalid mode {mode!r}: expected 'low_mem' or 'high_mem'")
    inputs, gamma, beta, mean, std = map(pt.as_tensor_variable, (inputs, gamma, beta, mean, std))
    return (inputs - mean) * (gamma / std) + beta
