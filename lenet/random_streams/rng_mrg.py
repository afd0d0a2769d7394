"""Random streams with Theano's numbers: its ``rng_mrg``."""

import warnings
from typing import Any

import numpy as np
import pytensor.tensor as pt
from pytensor import scan, shared
from pytensor.compile.sharedvalue import SharedVariable
from pytensor.gradient import undefined_grad
from pytensor.graph.basic import Variable
from pytensor.raise_op import CheckAndRaise

from lenet.random_streams.mrg_distributions import (
    constant,
    drawn_again,
    first_above,
    is_beyond,
    product,
    radii,
    without_replacement,
)
from lenet.random_streams.mrg_states import STREAM, seeded, skipped, substreams
from lenet.random_streams.mrg_uniform import lengths, mrg_uniform
from lenet.random_streams.raw_random import float_type
from lenet.random_streams.shared_randomstreams import set_default_update

__all__ = ["MRG_RandomStreams", "guess_n_streams"]

# How many streams Theano took where the size was not known, or large: one for each thread of a GPU.
MAX_STREAMS = 60 * 256
# The standard deviation of a standard normal distribution that is cut off at -2 and 2.
TRUNCATED_STD = 0.87962566103423978


def guess_n_streams(size: Any, warn: bool = False) -> int:
    """Return from how many streams an array is drawn; its numbers depend on it.

    Parameters
    ----------
    size : sequence of int, or anything else
    warn : bool
        Whether to warn of a shape that is not known.
    """
    if isinstance(size, list | tuple) and all(isinstance(length, int) for length in size):
        count = int(np.prod(size, dtype=object))
        return min(count // 6 if count > 6 else count, MAX_STREAMS)
    if warn:
        warnings.warn(
            f"MRG_RandomStreams cannot tell the number of streams from {size}, and takes {MAX_STREAMS}",
            stacklevel=2,
        )
    return MAX_STREAMS


class MRG_RandomStreams:  # noqa: N801
    """Random streams that give the same numbers as Theano's of the same seed.

    An array is drawn from several streams in turn, each number from the next one.

    Parameters
    ----------
    seed : int or sequence of six int
        Seed of the first stream. The same seed gives the same numbers, by variables that are made in the same order.
    use_cuda : bool, optional
        For Theano's signature.

    Raises
    ------
    ValueError
        If the seed is zero or too large.

    Attributes
    ----------
    rstate : np.ndarray of int32, shape (6,)
        The state from which the next variable's streams are made.
    state_updates : list of tuple
        Of each variable: its streams' states, their next states, its size and its number of streams, if given.
    """

    def __init__(self, seed: Any = 12345, use_cuda: bool | None = None) -> None:
        self.state_updates: list[tuple[SharedVariable, Variable, Any, int | None]] = []
        self.default_instance_seed = seed
        self.set_rstate(seed)

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        # Those of Theano are part of a graph that is not run.
        runnable = [each for each in self.state_updates if isinstance(each[0], SharedVariable)]
        self.state_updates = runnable

    def set_rstate(self, seed: Any) -> None:
        """Let the streams that are made from here on follow from `seed`."""
        self.rstate = seeded(seed)

    def inc_rstate(self) -> None:
        """Let `rstate` be that of the next stream."""
        self.rstate = skipped(self.rstate, STREAM)

    def n_streams(self, size: Any) -> int:
        """Return in how many streams an array of a shape is drawn."""
        return guess_n_streams(size)

    def get_substream_rstates(
        self, n_streams: int, dtype: str = "float32", inc_rstate: bool = True
    ) -> np.ndarray:
        """Return the states of streams from `rstate` on, 2 ** 72 numbers apart.

        Parameters
        ----------
        n_streams : int
        dtype
            For Theano's signature.
        inc_rstate : bool
            Whether `rstate` goes on.

        Returns
        -------
        np.ndarray of int32, shape (n_streams, 6)

        Raises
        ------
        ValueError
            If there are to be no streams.
        """
        if n_streams < 1:
            raise ValueError(f"n_streams is {n_streams}, expected 1 or more")
        states = substreams(self.rstate, n_streams)
        if inc_rstate:
            self.inc_rstate()
        return states

    def seed(self, seed: Any = None) -> None:
        """Seed all streams anew, by default as at the start."""
        self.set_rstate(self.default_instance_seed if seed is None else seed)
        for states, _, size, nstreams in self.state_updates:
            count = self.n_streams(size) if nstreams is None else nstreams
            states.set_value(self.get_substream_rstates(count), borrow=True)

    def updates(self) -> list[tuple[SharedVariable, Variable]]:
        """Return the streams' states and their next states."""
        return [(states, next_states) for states, next_states, *_ in self.state_updates]

    def unit(
        self,
        size: Any,
        dtype: str,
        ndim: int | None = None,
        nstreams: int | None = None,
    ) -> Variable:
        """Return numbers between 0 and 1 that are drawn from new streams."""
        shape = lengths(size, ndim)
        count = self.n_streams(size) if nstreams is None else nstreams
        states = shared(self.get_substream_rstates(count), borrow=True)
        states.tag.is_rng = True
        next_states, sample = mrg_uniform(dtype)(states, *shape)
        self.state_updates.append((states, next_states, size, nstreams))
        set_default_update(states, next_states)
        return noted(sample, states, next_states)

    def uniform(
        self,
        size: Any,
        low: Any = 0.0,
        high: Any = 1.0,
        ndim: int | None = None,
        dtype: str | None = None,
        nstreams: int | None = None,
        **ignored: Any,
    ) -> Variable:
        """Return numbers that are uniformly distributed between `low` and `high`.

        From 0 to 1, none of them is 0, so that their logarithm is a number.

        Parameters
        ----------
        size : int, sequence of int, or symbolic vector
            Shape.
        low, high : number or Variable
            Gradients go through both.
        ndim : int, optional
            Length of `size`, where that is not known.
        dtype : str, optional
            By default the type of `low` and `high`, or floatX if that is more precise.
        nstreams : int, optional
            Number of streams, by default `guess_n_streams` of the size.
        target
            For Theano's signature.
        """
        low, high = pt.as_tensor_variable(low), pt.as_tensor_variable(high)
        dtype = float_type(dtype, low, high)
        sample = self.unit(size, dtype, ndim, nstreams)
        low, high = low.astype(dtype), high.astype(dtype)
        return noted(sample * (high - low) + low, *sample.update)

    def normal(
        self,
        size: Any,
        avg: Any = 0.0,
        std: Any = 1.0,
        ndim: int | None = None,
        dtype: str | None = None,
        nstreams: int | None = None,
        truncate: bool = False,
        **ignored: Any,
    ) -> Variable:
        """Return normally distributed numbers; gradients go through `avg` and `std`.

        With `truncate`, the distribution is cut off at two standard deviations.

        Notes
        -----
        By Box and Muller, "A Note on the Generation of Random Normal Deviates", Annals of Mathematical Statistics,
        1958: of each pair of uniform numbers, one comes from either half of an array.
        """
        avg, std = pt.as_tensor_variable(avg), pt.as_tensor_variable(std)
        dtype = float_type(dtype, avg, std)
        # Theano did not take the number of streams from the size.
        nstreams = MAX_STREAMS if nstreams is None else nstreams
        shape = lengths(size, ndim)
        count = product(shape)
        pairs = (count + 1) // 2
        uniform = self.unit((2 * pairs,), dtype, nstreams=nstreams)
        radius, angle = radii(uniform[:pairs]), constant(2 * np.pi, dtype) * uniform[pairs:]
        directions = (pt.cos(angle), pt.sin(angle))
        normal = [radius * direction for direction in directions]
        if truncate:
            beyond = [pt.nonzero(is_beyond(part))[0] for part in normal]
            again = self.unit((beyond[0].size + beyond[1].size,), dtype, nstreams=nstreams)
            normal = drawn_again(normal, directions, beyond, again)
        sample = pt.join(0, *normal)[:count].reshape(shape, ndim=len(shape))
        sample = sample * std.astype(dtype) + avg.astype(dtype)
        return noted(sample, *uniform.update)

    def truncated_normal(
        self,
        size: Any,
        avg: Any = 0.0,
        std: Any = 1.0,
        ndim: int | None = None,
        dtype: str | None = None,
        nstreams: int | None = None,
        **ignored: Any,
    ) -> Variable:
        """Draw from a truncated normal distribution with standard deviation `std`."""
        scale = pt.as_tensor_variable(std) / TRUNCATED_STD
        return self.normal(size, avg, scale, ndim, dtype, nstreams, truncate=True)

    def binomial(
        self,
        size: Any = None,
        n: int = 1,
        p: Any = 0.5,
        ndim: int | None = None,
        dtype: str = "int64",
        nstreams: int | None = None,
        prob: Any = None,
        **ignored: Any,
    ) -> Variable:
        """Draw binomial numbers: successes in `n` trials with probability `p`.

        Theano had one trial only.
        """
        p = undefined_grad(pt.as_tensor_variable(p if prob is None else prob))
        if size is None:
            size, ndim = p.shape, p.type.ndim
        if n == 1:
            uniform = self.unit(size, float_type(None), ndim, nstreams)
            sample = (uniform < p).astype(float_type(dtype))
        else:
            uniform = self.unit((n, *lengths(size, ndim)), float_type(None), None, nstreams)
            sample = (uniform < p).sum(axis=0, dtype=float_type(dtype))
        return noted(sample, *uniform.update)

    def multinomial(
        self,
        size: Any = None,
        n: Any = 1,
        pvals: Any = None,
        ndim: int | None = None,
        dtype: str = "int64",
        nstreams: int | None = None,
        **ignored: Any,
    ) -> Variable:
        """Draw multinomial counts of `n` trials for each row of probabilities `pvals`.

        Raises
        ------
        TypeError
            If there are no probabilities.
        ValueError
            If there is a size, which follows from the probabilities.
        """
        if pvals is None:
            raise TypeError("MRG_RandomStreams.multinomial: expected probabilities, pvals=...")
        if size is not None:
            raise ValueError(
                f"MRG_RandomStreams.multinomial: size={size!r} has no use here, the result has the "
                "shape of pvals"
            )
        pvals = undefined_grad(pt.as_tensor_variable(pvals))
        rows = pvals if pvals.type.ndim == 2 else pvals.reshape((-1, pvals.shape[-1]))
        uniform = self.of_rows(rows, n, nstreams)
        counts = first_above(rows, uniform.reshape((n, rows.shape[0]))).sum(axis=0)
        counts = counts.astype(pvals.type.dtype if dtype == "auto" else float_type(dtype))
        if pvals.type.ndim != 2:
            counts = counts.reshape(pvals.shape, ndim=pvals.type.ndim)
        return noted(pt.specify_shape(counts, pvals.type.shape), *uniform.update)

    def of_rows(self, rows: Variable, n: Any, nstreams: int | None) -> Variable:
        """Return `n` uniform numbers for each row."""
        nstreams = MAX_STREAMS if nstreams is None else nstreams
        return self.unit((rows.shape[0] * n,), float_type(None), nstreams=nstreams)

    def choice(
        self,
        size: Any = 1,
        a: Any = None,
        replace: bool = True,
        p: Any = None,
        ndim: int | None = None,
        dtype: str = "int64",
        nstreams: int | None = None,
        **ignored: Any,
    ) -> Variable:
        """Draw `size` indices without replacement for each row of probabilities `p`.

        Raises
        ------
        NotImplementedError
            If an index may come twice, which Theano could not do either.
        TypeError
            If there are no probabilities, or something else to choose from.
        """
        if replace:
            raise NotImplementedError(
                "MRG_RandomStreams.choice: replace=True is not there, nor was it in Theano; "
                "use theano.tensor.shared_randomstreams.RandomStreams"
            )
        if a is not None or p is None:
            raise TypeError("MRG_RandomStreams.choice: expected p=... and a=None")
        p = undefined_grad(pt.as_tensor_variable(p))
        if p.type.ndim != 2:
            raise NotImplementedError(
                f"MRG_RandomStreams.choice: p has {p.type.ndim} axes, expected 2"
            )
        uniform = self.of_rows(p, size, nstreams)
        update = uniform.update
        too_many = (
            "MRG_RandomStreams.choice: size is larger than the number of probabilities in a row"
        )
        uniform = CheckAndRaise(ValueError, too_many)(uniform, pt.le(size, p.shape[1]))
        chosen, _ = scan(
            without_replacement,
            sequences=uniform.reshape((size, p.shape[0])),
            outputs_info=[None, p],
            return_updates=False,
        )
        known = (p.type.shape[0], size if isinstance(size, int) else None)
        sample = pt.specify_shape(chosen.T, known).astype("int64" if dtype == "auto" else dtype)
        return noted(sample, *update)

    def multinomial_wo_replacement(
        self, size: Any = None, n: Any = 1, pvals: Any = None, dtype: str = "int64", **ignored: Any
    ) -> Variable:
        """Return `n` indices for each row of probabilities, by the early name of `choice`."""
        return self.choice(size=n, replace=False, p=pvals, dtype=dtype, **ignored)


def noted(sample: Variable, states: Variable, next_states: Variable) -> Variable:
    """Return a sample that says from which states it is drawn."""
    sample.rng = sample.rstate = states
    sample.update = (states, next_states)
    return sample
