"""A trained network in Python: load it, classify images of its data set, and draw what it sees.

python examples/predict.py runs/mnist              the run that `lenet-train --out_dir runs/mnist` has left
python examples/predict.py runs/mnist --out a.png  another name for the picture
"""

import argparse
from pathlib import Path

import numpy as np
from matplotlib.figure import Figure

from lenet.compile.backends import select_backend
from lenet.compile.threads import default_threads
from lenet.input_pipeline import load_dataset
from lenet.runs.saved_model import SavedModel


def main(run: Path, picture: Path, rows: int = 2, columns: int = 10) -> np.ndarray:
    """Draw the first test images with the class and probability that a network gives them.

    Returns
    -------
    ndarray of int, shape (rows * columns,)
        The classes.
    """
    mode = select_backend("c", default_threads()).mode
    model = SavedModel.load(run, mode)
    images, labels = load_dataset(model.dataset).test.take(slice(rows * columns))
    probabilities = model.probabilities(images)  # one row for each image, one column for each class
    predicted = probabilities.argmax(axis=1)

    figure = Figure(figsize=(columns, 1.25 * rows), dpi=100, layout="constrained")
    for axes, image, label, row in zip(
        figure.subplots(rows, columns).flat, images, labels, probabilities, strict=True
    ):
        axes.imshow(np.moveaxis(image, 0, -1).squeeze(), cmap="gray_r")
        colour = "tab:blue" if row.argmax() == label else "tab:red"
        name = model.class_names[row.argmax()]
        axes.set_title(f"{name}  {100 * row.max():.0f} %", color=colour, fontsize=11)
        axes.axis("off")
    figure.savefig(picture)
    print(f"{np.mean(predicted == labels):.0%} of {len(labels)} right: {picture}")
    return predicted


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("run", type=Path, help="folder of a run of lenet-train")
    parser.add_argument("--out", type=Path, default="predictions.png", help="picture to write")
    arguments = parser.parse_args()
    main(arguments.run, arguments.out)
