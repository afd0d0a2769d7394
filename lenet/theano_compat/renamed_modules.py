"""Other names of Theano's modules, before Theano 0.9 and in Theano-PyMC 1.1."""

RENAMED = {
    "theano.sandbox.gpuarray": "theano.gpuarray",
    "theano.sandbox.scan_module": "theano.scan_module",
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
    """Return the name of a module in Theano 1.0."""
    if name in RENAMED:
        return RENAMED[name]
    package, _, rest = name.rpartition(".")
    return f"{RENAMED[package]}.{rest}" if package in RENAMED else name
