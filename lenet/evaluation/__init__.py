"""Evaluation of class probabilities: calibration, rejection, paired tests."""
