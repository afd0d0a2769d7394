"""Names that Theano-PyMC 1.1, below PyMC3 3.11, gave to Theano's modules."""

RENAMED = {
    "theano.graph.basic": "theano.gof.graph",
    "theano.graph": "theano.gof",
    "theano.link.basic": "theano.gof.link",
    "theano.link.c.basic": "theano.gof.cc",
    "theano.link.c.cmodule": "theano.gof.cmodule",
    "theano.link.c": "theano.gof",
    "theano.link.vm": "theano.gof.vm",
    "theano.link": "theano.gof",
    "theano.scan.basic": "theano.scan_module.scan",
    "theano.scan.checkpoints": "theano.scan_module.scan_checkpoints",
    "theano.scan.op": "theano.scan_module.scan_op",
    "theano.scan.utils": "theano.scan_module.scan_utils",
    "theano.scan.views": "theano.scan_module.scan_views",
    "theano.scan": "theano.scan_module",
}


def before_renaming(name: str) -> str:
    """Return Theano's name of a module."""
    if name in RENAMED:
        return RENAMED[name]
    package, _, rest = name.rpartition(".")
    return f"{RENAMED[package]}.{rest}" if package in RENAMED else name
