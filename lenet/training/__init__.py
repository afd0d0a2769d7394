"""Training: settings, graphs, compiled functions and the loop over epochs."""
