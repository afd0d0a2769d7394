"""One module for each side of a comparison, named after its library and loaded only in its process.

Their functions take the number of threads and what is to be measured, and return the modes the
library can do it in: a name for each, and a `benchmarks.workers.Call`.

`torch_training` is a program of its own, for `benchmarks.recipes`.
"""
