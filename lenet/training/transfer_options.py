"""Options of a training that begins with a trained network."""

from dataclasses import dataclass
from pathlib import Path

from lenet.trained import NAMES, is_included
from lenet.training.flag_fields import flag

TRANSFER = "a trained network to begin with"
PRETRAINED = "pretrained"  # a value of --normalize, and of --model


def network_option(text: str) -> str | Path:
    """Return the value of ``--init_from``: a path, or the name of an included network.

    A name stays one, whatever the current folder; a path becomes absolute where it is kept.
    """
    return text if is_included(text) else Path(text)


@dataclass(frozen=True)
class TransferOptions:
    """Layers that a network takes from a trained one, and those that do not learn.

    Attributes are flags of `lenet-train`, each explained beside it.
    """

    init_from: str | Path | None = flag(
        None,
        "begin with the weights of a trained network, in each layer that it has with the same name and shape: the "
        f"folder of a run, its model.h5, or one that comes with lenet, {' or '.join(NAMES)}. Layers, widths and --normalize "
        "are those of that network, and so are --image_size and --channels of one's own images, unless flags say "
        "otherwise; for other classes the last layer is new (default: all weights are new)",
        TRANSFER,
        type=network_option,
        metavar="RUN",
    )
    freeze: tuple[str, ...] = flag(
        (),
        "layers that stay as they are, by the names that a run prints, such as conv1 conv2; one with batch "
        "normalisation keeps its averages and uses them. The L2 and L1 penalties in the cost are then those of the "
        "other layers (default: all layers learn)",
        TRANSFER,
        nargs="+",
        metavar="LAYER",
        collect=tuple,
    )

    def check_transfer(self, normalize: str, model: str) -> None:
        """Raise `ValueError` for what is taken from a network that is not given."""
        for name, value in (("normalize", normalize), ("model", model)):
            if value == PRETRAINED and self.init_from is None:
                raise ValueError(
                    f"--{name} {PRETRAINED} is that of the network of --init_from; give one"
                )
