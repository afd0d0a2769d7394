"""Update rules and schedules of learning rates."""

from typing import TYPE_CHECKING

from lenet.lazy import lazy_names

if TYPE_CHECKING:
    from lenet.optim.schedules import Schedule
    from lenet.optim.updates import adadelta, adagrad, adam, adamw, momentum, nesterov, rmsprop, sgd

__all__ = [
    "Schedule",
    "adadelta",
    "adagrad",
    "adam",
    "adamw",
    "momentum",
    "nesterov",
    "rmsprop",
    "sgd",
]

__getattr__, __dir__ = lazy_names(
    __name__,
    {
        "lenet.optim.schedules": "Schedule",
        "lenet.optim.updates": "adadelta adagrad adam adamw momentum nesterov rmsprop sgd",
    },
)
