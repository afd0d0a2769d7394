"""Single layers to measure: those of the network, and what else convolutions are used for."""

from dataclasses import dataclass, replace

import numpy as np

from benchmarks.network import Problem


@dataclass(frozen=True)
class Layer:
    """A square convolution of random images; with `pool`, also 2x2 max-pooling, bias and ReLU."""

    name: str
    batch: int
    channels: int
    size: int
    maps: int
    kernel: int
    border_mode: str = "valid"
    stride: int = 1
    dilation: int = 1
    groups: int = 1
    pool: bool = False

    @property
    def tolerance(self) -> float:
        """How far outputs may differ, relative to their norm.

        Of two maxima that are all but equal, rounding chooses, and moves the gradient of a window.
        """
        return 1e-2 if self.pool else 1e-4

    @property
    def operations(self) -> tuple[str, ...]:
        """What is measured of it."""
        return ("forward", "forward and backward") if self.pool else ("forward", "dW", "dX")

    @property
    def padding(self) -> int:
        """Rows and columns of zeros on each side."""
        field = (self.kernel - 1) * self.dilation + 1
        return field // 2 if self.border_mode == "half" else 0

    @property
    def convolved(self) -> int:
        """Rows and columns that the convolution gives."""
        field = (self.kernel - 1) * self.dilation + 1
        return (self.size + 2 * self.padding - field) // self.stride + 1

    def arrays(self) -> dict[str, np.ndarray]:
        """Return image x, filters W, bias b and gradient g with respect to the output."""
        size = self.convolved // 2 if self.pool else self.convolved
        shapes = {
            "x": (self.batch, self.channels, self.size, self.size),
            "W": (self.maps, self.channels // self.groups, self.kernel, self.kernel),
            "b": (self.maps,),
            "g": (self.batch, self.maps, size, size),
        }
        rng = np.random.default_rng(0)
        return {
            name: rng.standard_normal(shape, dtype=np.float32) for name, shape in shapes.items()
        }

    def flops(self, operation: str) -> int:
        """Return the additions and multiplications of the convolutions in an operation."""
        weights = self.maps * self.channels // self.groups * self.kernel**2
        return (
            2 * self.batch * weights * self.convolved**2 * (3 if "and backward" in operation else 1)
        )


def network_layers(batch: int) -> list[Layer]:
    """Return the convolutions of the network for CIFAR-10, alone and with what follows them."""
    layers = []
    for number, (filters, size) in enumerate(Problem("cifar10", batch).convolutions(), 1):
        maps, channels, kernel, _ = filters
        layer = Layer(f"conv{number}", batch, channels, size + kernel - 1, maps, kernel)
        layers.append(layer)
        if number < 3:
            layers.append(replace(layer, name=f"conv{number}, pool", pool=True))
    return layers


def general_layers(batch: int) -> list[Layer]:
    """Return convolutions of many kinds, on images of 32 x 32 pixels."""
    half = "half"
    return [
        Layer("3x3, 16 to 16", batch, 16, 32, 16, 3, half),
        Layer("3x3, 64 to 64", batch, 64, 32, 64, 3, half),
        Layer("3x3, stride 2", batch, 32, 32, 64, 3, half, stride=2),
        Layer("3x3, dilation 2", batch, 32, 32, 32, 3, half, dilation=2),
        Layer("3x3, 4 groups", batch, 64, 32, 64, 3, half, groups=4),
        Layer("3x3, depthwise", batch, 64, 32, 64, 3, half, groups=64),
        Layer("1x1, 64 to 64", batch, 64, 32, 64, 1),
        Layer("3x3, 32 to 32, pool", batch, 32, 32, 32, 3, half, pool=True),
    ]
