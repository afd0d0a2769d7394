"""Interactive page of a trained network, which computes without Python."""
