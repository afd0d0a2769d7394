"""PyTensor Ops, each with a NumPy `perform` that is its specification."""
