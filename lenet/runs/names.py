"""Names of files in the folder of a run, and of the folders of folds."""

from pathlib import Path

MODEL, LAST, METRICS, CONFIG = "model.h5", "last.h5", "metrics.csv", "config.json"
CURVE, REPORT = "learning_curve.png", "report.html"
CONFUSION, FILTERS, MISTAKES = "confusion.png", "filters.png", "mistakes.png"
PREDICTIONS, RESULTS = "predictions.csv", "results.json"  # of the best model, at the end
EVENTS = "events.out.tfevents"  # with --tensorboard, which recognises them by this name
EPOCHS = "epochs.h5"  # with --show
AUGMENTATION = "augmentation.png"  # with transforms of the training images
IMAGES = "images.csv"  # with --dataset folder
RATE_CURVE = "find_lr.png"  # with --find_lr, alone in its folder
FOLDS, FOLDS_CURVES = "folds.csv", "folds.png"  # of a cross-validation
COURSE, COURSE_CURVES, COURSE_PAGE = "course.csv", "course.png", "course.html"  # of lenet-course
PAGE = "show.html"  # of lenet-show
FILES = (
    *(MODEL, LAST, METRICS, CONFIG, CURVE, REPORT, CONFUSION, FILTERS, MISTAKES),
    *(PREDICTIONS, RESULTS),
)
# All files that a run, a cross-validation or a course may write into its folder.
WRITTEN = (
    *FILES,
    EVENTS,
    EPOCHS,
    AUGMENTATION,
    IMAGES,
    RATE_CURVE,
    FOLDS,
    FOLDS_CURVES,
    COURSE,
    COURSE_CURVES,
    COURSE_PAGE,
    PAGE,
)
LOCK = ".lock"  # while a process writes there


def fold_folder(folder: Path, fold: int) -> Path:
    """Return where the run of a fold is, in the folder of its cross-validation."""
    return folder / f"fold-{fold}"
