"""Names of the files in the folder of a run."""

MODEL, LAST, METRICS, CONFIG = "model.h5", "last.h5", "metrics.csv", "config.json"
CURVE, REPORT = "learning_curve.png", "report.html"
CONFUSION, FILTERS, MISTAKES = "confusion.png", "filters.png", "mistakes.png"
FILES = (MODEL, LAST, METRICS, CONFIG, CURVE, REPORT, CONFUSION, FILTERS, MISTAKES)
