"""Reports of runs: console, page, curves and figures."""
