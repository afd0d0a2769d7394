"""Error for a backend that lacks an Op."""

from pytensor.graph.op import Op


def refusal(op: Op, backend: str) -> NotImplementedError:
    """Return the error for an Op that a backend lacks, with the modes that have it."""
    return NotImplementedError(
        f"{op}: not implemented for {backend}; compile the function with mode='NUMBA' (the default), mode='CVM' or "
        "mode='JAX'"
    )
