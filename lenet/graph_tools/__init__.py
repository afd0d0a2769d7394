"""Tools that look into a network's graph: one module for each command of ``lenet-graph``."""
