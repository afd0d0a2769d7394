"""Models: classifiers, architectures and losses."""

from typing import TYPE_CHECKING

from lenet.lazy import lazy_names

if TYPE_CHECKING:
    from lenet.models.architectures import lenet, logistic, mlp
    from lenet.models.classifier import Classifier
    from lenet.models.losses import cross_entropy, hinge, l1, mse
    from lenet.models.network import Network, network_of_layers

__all__ = [
    "Classifier",
    "Network",
    "cross_entropy",
    "hinge",
    "l1",
    "lenet",
    "logistic",
    "mlp",
    "mse",
    "network_of_layers",
]

__getattr__, __dir__ = lazy_names(
    __name__,
    {
        "lenet.models.architectures": "lenet logistic mlp",
        "lenet.models.classifier": "Classifier",
        "lenet.models.losses": "cross_entropy hinge l1 mse",
        "lenet.models.network": "Network network_of_layers",
    },
)
