"""Dropout."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pytensor.tensor as pt
from pytensor.tensor.variable import TensorVariable

from lenet.layers.base import Layer, Shape, Updates
from lenet.layers.initialisers import Rng


@dataclass
class Dropout(Layer):
    """Dropout: random zeros in training.

    The other inputs are divided by the share that is kept.

    Parameters
    ----------
    rate : float
        Share of zeros, from 0 to below 1.

    References
    ----------
    Srivastava, N. et al. (2014). Dropout: a simple way to prevent neural networks from overfitting. JMLR.
    """

    rate: float = 0.5
    kind: ClassVar[str] = "drop"
    is_constant: ClassVar[bool] = False

    def set_up(self, rng: Rng) -> Shape:
        if not 0 <= self.rate < 1:
            raise ValueError(f"layer {self.name}: rate {self.rate}, expected 0 to below 1")
        # One of its own, whose state is saved; an old RandomState cannot be spawned.
        seed = rng.integers(2**63) if isinstance(rng, np.random.Generator) else rng.randint(2**31)
        self.rng = pt.random.shared_rng(np.random.default_rng(int(seed)), name=f"{self.name}_rng")
        self.state = [self.rng]
        return self.input_shape

    def apply(self, input: TensorVariable, training: bool) -> tuple[TensorVariable, Updates]:
        if not training or self.rate == 0:
            return input, []
        next_rng, draws = pt.random.uniform(
            size=input.shape, dtype=input.dtype, rng=self.rng, return_next_rng=True
        )
        scale = np.asarray(1 / (1 - self.rate), input.dtype)
        return input * (draws >= self.rate) * scale, [(self.rng, next_rng)]
