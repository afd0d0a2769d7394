"""Refusal of the Ops in MLX, which names the modes that have them."""

from collections.abc import Callable
from typing import Any

from pytensor.graph.basic import Apply
from pytensor.link.mlx.dispatch import mlx_funcify

from lenet.nnet.dispatch.missing import refusal
from lenet.nnet.ops.base import CFileOp


@mlx_funcify.register(CFileOp)
def mlx_funcify_op(op: CFileOp, node: Apply, **kwargs: Any) -> Callable:
    raise refusal(op, "MLX")
