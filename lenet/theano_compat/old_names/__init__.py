"""Names that other libraries had when Theano's programs were written.

Of NumPy, SciPy, scikit-learn, Pillow, Matplotlib, h5py and Python's own library. For a process that runs one old program, and no other: the names are put into the libraries themselves.
"""

from lenet.theano_compat.old_names.hooks import restore

__all__ = ["restore"]
