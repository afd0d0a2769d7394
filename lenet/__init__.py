"""LeNet on PyTensor: convolutional networks built in Theano's way, alive and fast."""

from typing import TYPE_CHECKING

from lenet import old_paths
from lenet.lazy import lazy_names
from lenet.waiting import bound_spinning

if TYPE_CHECKING:
    from lenet import augment, data, layers, models, nnet, optim
    from lenet.augment.compose import Augmentation
    from lenet.compile.backends import select_backend
    from lenet.data.dataset import Dataset, Split, batches
    from lenet.data.image_folder import load_image_folder
    from lenet.estimator import LenetClassifier, load
    from lenet.input_pipeline import load_dataset, load_digits
    from lenet.models.classifier import Classifier
    from lenet.models.network import Network, network_of_layers
    from lenet.runs.saved_model import SavedModel

__version__ = "0.2.0"

__all__ = [
    "Augmentation",
    "Classifier",
    "Dataset",
    "LenetClassifier",
    "Network",
    "SavedModel",
    "Split",
    "augment",
    "batches",
    "data",
    "layers",
    "load",
    "load_dataset",
    "load_digits",
    "load_image_folder",
    "models",
    "network_of_layers",
    "nnet",
    "optim",
    "select_backend",
]

__getattr__, __dir__ = lazy_names(
    __name__,
    {
        "lenet.augment": "",
        "lenet.data": "",
        "lenet.layers": "",
        "lenet.models": "",
        "lenet.nnet": "",
        "lenet.optim": "",
        "lenet.augment.compose": "Augmentation",
        "lenet.compile.backends": "select_backend",
        "lenet.data.dataset": "Dataset Split batches",
        "lenet.data.image_folder": "load_image_folder",
        "lenet.estimator": "LenetClassifier load",
        "lenet.input_pipeline": "load_dataset load_digits",
        "lenet.models.classifier": "Classifier",
        "lenet.models.network": "Network network_of_layers",
        "lenet.runs.saved_model": "SavedModel",
    },
)
old_paths.install()
bound_spinning()  # before any library loads an OpenMP runtime
