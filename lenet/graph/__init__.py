"""Inspection of a network's graph, one module for each `lenet-graph` command."""
