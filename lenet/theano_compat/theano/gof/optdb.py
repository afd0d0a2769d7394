"""Theano's ``theano.gof.optdb``: databases of rewrites, under their old names."""

from pytensor.graph.rewriting.db import (
    EquilibriumDB,
    ProxyDB,
    RewriteDatabase,
    RewriteDatabaseQuery,
    SequenceDB,
    TopoDB,
)
from pytensor.graph.rewriting.db import LocalGroupDB as PyTensorLocalGroupDB

from lenet.theano_compat.arguments import called_otherwise
from lenet.theano_compat.old_constructor import stand_in

__all__ = ["DB", "EquilibriumDB", "LocalGroupDB", "ProxyDB", "Query", "SequenceDB", "TopoDB"]

DB = RewriteDatabase
Query = stand_in(
    "Query",
    RewriteDatabaseQuery,
    build=called_otherwise(RewriteDatabaseQuery, extra_optimizations="extra_rewrites"),
)
LocalGroupDB = stand_in(
    "LocalGroupDB",
    PyTensorLocalGroupDB,
    build=called_otherwise(
        PyTensorLocalGroupDB, apply_all_opts="apply_all_rewrites", local_opt="node_rewriter"
    ),
)
