"""Theano's ``theano.tensor.nnet.blocksparse``: block-sparse matrix products."""

from lenet.theano_compat.forwarding import forward

__getattr__ = forward(
    __name__,
    missing=dict.fromkeys(
        ["SparseBlockGemv", "SparseBlockOuter", "sparse_block_dot", "sparse_block_gemv"],
        "take the blocks with advanced indexing and multiply them with theano.tensor.batched_dot",
    ),
)
