"""Convolutions one by one against PyTorch's: `python -m benchmarks.kernels`.

Forward pass, filters' gradient (dW) and image's gradient (dX), float32, on the shapes of the network's
layers and on others; with `pool`, convolution, 2x2 max-pooling, bias and ReLU in one function, forward
and with all gradients. Ours are compiled for known sizes, which the ratio is for; for any size, called until they have
got to know it; and for any size with the general kernels alone. PyTorch runs eagerly, channels first and
last, on tensors that are in that layout already; the faster one counts. All must return the same, to
1e-4 of its size (with pooling 1e-2: where two maxima are all but equal, rounding decides which one gets
the gradient). Then they take turns, each in a process of its own.

`of peak` is the share of this machine's fastest float32 matrix product with as many threads. A ratio
says how many times as long as ours the other takes.
"""

import sys

from benchmarks.comparison import OURS, Result, parse_arguments, run
from benchmarks.layers import general_layers, network_layers
from benchmarks.timing import fastest, table

SHAPES = {"network": network_layers, "general": general_layers}


def main(argv: list[str] | None = None) -> int:
    arguments = parse_arguments(argv, __doc__, ("torch",), SHAPES, list(SHAPES), (64,))
    cases = [
        (layer, operation)
        for shapes in arguments.shapes
        for n in arguments.batches
        for layer in SHAPES[shapes](n)
        for operation in layer.operations
    ]
    print(speed_table(run(arguments, "layer", cases)))
    return 0


def speed_table(results: list[Result]) -> str:
    """Return one line for each layer and operation: ours, and all modes of the others."""
    others = results[0].timings[1:]
    has_peers = bool(results[0].peers())
    header = ["layer", "batch", "threads", "operation", "lenet ms", "GF/s", "of peak"]
    header += [f"{other.side} {other.mode} ms" for other in others]
    header += ["ratio"] if has_peers else []
    rows = []
    for result in results:
        (layer, operation), (ours, *others) = result.case, result.timings
        flops = layer.flops(operation) / ours.seconds
        row = [layer.name, f"{layer.batch}", f"{result.threads}", operation]
        row += [f"{1e3 * ours.seconds:.3f}", f"{flops / 1e9:.0f}", f"{flops / result.peak:.0%}"]
        row += [f"{1e3 * other.seconds:.3f}" for other in others]
        peers = [other for other in others if other.side != OURS]
        row += [f"{fastest(peers).ratio_to(ours):.2f}"] if has_peers else []
        rows.append(row)
    return table(header, rows)


if __name__ == "__main__":
    sys.exit(main())
