"""The interactive page of a trained network, which draws, predicts and explains without Python."""
