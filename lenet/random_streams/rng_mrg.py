"""Random streams with Theano's distributions: its ``rng_mrg``.

Their distributions are those of Theano, the numbers of a seed are not: they come from NumPy's
generators, or from those of PyTensor's other backends.
"""

from typing import Any

import numpy as np
import pytensor.tensor as pt
from pytensor.compile.sharedvalue import SharedVariable
from pytensor.graph.basic import Variable

from lenet.random_streams.mrg_states import MODULI, STREAM, seeded, skipped, substreams
from lenet.random_streams.raw_random import float_type, size_and_ndim
from lenet.random_streams.shared_randomstreams import set_default_update
from lenet.random_streams.stream_draws import StreamNormal, StreamUniform

__all__ = ["MRG_RandomStreams"]

# What takes the place of 0: the middle between it and the smallest number that is drawn above it.
SMALLEST = {name: np.finfo(name).eps / 4 for name in ("float16", "float32", "float64")}
# The standard deviation of a standard normal distribution that is cut off at -2 and 2.
TRUNCATED_STD = 0.87962566103423978


class MRG_RandomStreams:  # noqa: N801
    """Random streams.

    Parameters
    ----------
    seed : int or sequence of int
        The same seed gives the same numbers, by variables that are made in the same order.
    use_cuda : bool, optional
        For Theano's signature.

    Raises
    ------
    ValueError
        If the seed is zero, negative or too large.

    Attributes
    ----------
    rstate : np.ndarray of int32, shape (6,)
        The state from which Theano would make the next stream; the numbers drawn here do not depend on it.
    """

    def __init__(self, seed: Any = 12345, use_cuda: bool | None = None) -> None:
        self.state_updates: list[tuple[SharedVariable, Variable]] = []
        self.set_rstate(seed)

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        if "seeds" not in state:  # Theano's
            # The streams it had are part of a graph that is not run; new ones follow from its state.
            self.state_updates = []
            self.set_rstate(state["rstate"])
            self.default_instance_seed = state.get("default_instance_seed", state["rstate"])

    def set_rstate(self, seed: Any) -> None:
        """Let the streams that are made from here on follow from `seed`."""
        self.rstate = seeded(seed)
        self.default_instance_seed = seed
        self.seeds = np.random.SeedSequence(np.atleast_1d(np.asarray(seed, dtype="int64")).tolist())

    def inc_rstate(self) -> None:
        """Let `rstate` be that of the next stream."""
        self.rstate = skipped(self.rstate, STREAM)

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
        for state, _ in self.state_updates:
            state.set_value(self.new_generator(), borrow=True)

    def updates(self) -> list[tuple[SharedVariable, Variable]]:
        """Return the streams' generators and their next states."""
        return list(self.state_updates)

    def new_generator(self) -> np.random.Generator:
        """Return the next stream's generator."""
        return np.random.default_rng(self.seeds.spawn(1)[0])

    def new_state(self) -> Any:
        """Return a new stream's generator, shared."""
        self.inc_rstate()
        state = pt.random.shared_rng(self.new_generator(), borrow=True)
        state.tag.is_rng = True
        return state

    def finish(self, state: Any, next_state: Variable, sample: Variable) -> Variable:
        """Return numbers, having noted how their generator goes on."""
        sample.rng = state
        sample.update = (state, next_state)
        self.state_updates.append(sample.update)
        set_default_update(state, next_state)
        return sample

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
        nstreams, target
            For Theano's signature.
        """
        low, high = pt.as_tensor_variable(low), pt.as_tensor_variable(high)
        dtype = float_type(dtype, low, high)
        state = self.new_state()
        next_state, sample = uniform(state, lengths(size, ndim), dtype)
        sample = pt.maximum(sample, np.asarray(SMALLEST[dtype], dtype))
        low, high = low.astype(dtype), high.astype(dtype)
        return self.finish(state, next_state, sample * (high - low) + low)

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
        """
        avg, std = pt.as_tensor_variable(avg), pt.as_tensor_variable(std)
        dtype = float_type(dtype, avg, std)
        state = self.new_state()
        shape = lengths(size, ndim)
        if truncate:
            next_state, draw = uniform(state, shape, "float64")
            # The inverse of the distribution function, between the edges.
            edge = pt.erf(np.sqrt(2.0))
            sample = (np.sqrt(2.0) * pt.erfinv((2 * draw - 1) * edge)).astype(dtype)
        else:
            next_state, sample = StreamNormal()(
                0.0, 1.0, size=shape, dtype=dtype, rng=state, return_next_rng=True
            )
        sample = sample * std.astype(dtype) + avg.astype(dtype)
        return self.finish(state, next_state, sample)

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
        return self.normal(size, avg, scale, ndim=ndim, dtype=dtype, truncate=True)

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
        """Draw binomial numbers: successes in `n` trials with probability `p`."""
        p = pt.as_tensor_variable(p if prob is None else prob)
        if size is None:
            size, ndim = p.shape, p.type.ndim
        state = self.new_state()
        shape, dtype = lengths(size, ndim), float_type(dtype)
        if n == 1:
            next_state, draw = uniform(state, shape, float_type(None))
            sample = (draw < p).astype(dtype)
        else:
            next_state, sample = state.binomial(n, p, size=shape)
            sample = sample.astype(dtype)
        return self.finish(state, next_state, sample)

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
        pvals = pt.as_tensor_variable(pvals)
        # Probabilities in float32 need not sum to one as closely as NumPy asks.
        pvals = pvals.astype("float64")
        pvals = pvals / pvals.sum(axis=-1, keepdims=True)
        state = self.new_state()
        next_state, sample = state.multinomial(n, pvals)
        return self.finish(state, next_state, sample.astype(float_type(dtype)))

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
        p = pt.as_tensor_variable(p)
        state = self.new_state()
        next_state, draw = uniform(state, p.shape, "float64")
        # Whose exponential waiting time is shortest comes first: the order of draws without
        # replacement (Efraimidis and Spirakis 2006).
        order = pt.argsort(-pt.log(draw) / p, axis=-1)
        return self.finish(state, next_state, order[..., :size].astype(dtype))

    def multinomial_wo_replacement(
        self, size: Any = None, n: Any = 1, pvals: Any = None, dtype: str = "int64", **ignored: Any
    ) -> Variable:
        """Return `n` indices for each row of probabilities, by the early name of `choice`."""
        return self.choice(size=n, replace=False, p=pvals, dtype=dtype)


def uniform(state: Any, shape: Any, dtype: str) -> Any:
    """Return a next state, and numbers that are uniformly distributed in [0, 1)."""
    return StreamUniform()(0.0, 1.0, size=shape, dtype=dtype, rng=state, return_next_rng=True)


def lengths(size: Any, ndim: int | None) -> Any:
    """Return a shape in a form of which PyTensor knows the length."""
    vector, ndim, _ = size_and_ndim(size, ndim)
    if isinstance(size, list | tuple):
        numbers = [length for length in size if not isinstance(length, Variable)]
        if any(length <= 0 for length in numbers):
            raise ValueError(f"size {tuple(size)}: expected lengths above 0")
        if np.prod(numbers, dtype=object) >= MODULI[0]:
            raise ValueError(f"size {tuple(size)}: expected less than {MODULI[0]} numbers")
        return tuple(size)
    return tuple(vector[axis] for axis in range(ndim))
