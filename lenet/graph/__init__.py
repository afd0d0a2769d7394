"""Tools that look into the graph of a network, one module for each command of `lenet-graph`."""
