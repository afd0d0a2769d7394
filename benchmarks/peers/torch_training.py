"""PyTorch on a recipe: `python -m benchmarks.peers.torch_training`, with the flags of `lenet-train`.

First weights, batches, schedule, early stopping and the files of a run are those that `lenet-train` has
with the same flags. Network, gradients, batch normalisation and SGD are PyTorch's own, eager and channels
last, its fastest way with large batches. It knows the documented network, `--batch_norm`, momentum and the
L2 penalty, which is its weight decay.
"""

import sys
from collections.abc import Sequence

import numpy as np
import pytensor
import torch

from benchmarks.peers.torch_side import RELU, as_tensor, evaluate, parameters, penalty
from lenet.commands.train_flags import named, parse_options
from lenet.data.dataset import limited
from lenet.errors import CommandError
from lenet.input_pipeline import load_dataset
from lenet.layers.parameters import shared_parameter
from lenet.models.classifier import Classifier
from lenet.report.console import epoch_line
from lenet.runs.metrics import MetricsFile
from lenet.runs.names import METRICS
from lenet.runs.writer import refuse_other_run, write_config
from lenet.terminal import run_command, say
from lenet.training.build import build_network
from lenet.training.functions import Functions
from lenet.training.loop import Progress, run_epochs
from lenet.training.options import RunOptions
from lenet.training.settings import Settings

LAYERS = ("conv1", "conv2", "conv3", "fc", "output")
LAYOUT = torch.channels_last
UNKNOWN = (
    *("model", "activation", "pooling", "dropout"),
    *("loss", "label_smoothing", "l1_pen", "update"),
)


def main(argv: Sequence[str] | None = None) -> int:
    return run_command("torch_training", lambda: train(named(parse_options(argv))))


def train(options: RunOptions) -> int:
    """Train as `lenet.train.train` does, without models and pictures."""
    pytensor.config.floatX = "float32"
    torch.set_num_threads(options.threads)
    refuse_other_run(options.folder)
    dataset = limited(
        load_dataset(options.dataset, options.data_dir),
        options.num_examples,
        options.val_examples,
    )
    seeds = np.random.SeedSequence(options.seed).spawn(2)
    weights_rng, batches_rng = map(np.random.default_rng, seeds)
    options = options.fitted_to(dataset)
    functions = make_functions(build_network(dataset, options, weights_rng).model, options)
    options.folder.mkdir(parents=True, exist_ok=True)
    write_config(options.folder, options.flags())
    metrics = MetricsFile(options.folder / METRICS)
    for result in run_epochs(functions, dataset, options, Progress(batches_rng)):
        metrics.write(result)
        say(epoch_line(result))
    return 0


def make_functions(model: Classifier, settings: Settings) -> Functions:
    """Return what trains and evaluates PyTorch's network with the first weights of ours.

    Raises
    ------
    CommandError
        If the settings ask for what it does not know.
    """
    for name in UNKNOWN:
        if getattr(settings, name) != getattr(Settings(), name):
            raise CommandError(f"--{name}: PyTorch's side knows nothing but the default")
    params, hidden = network_of(model, settings)
    weights, others = params[:8:2], [*params[1:8:2], *params[8:], *hidden.parameters()]
    learnt = [param.requires_grad_() for param in others if param is not None]
    optimizer = torch.optim.SGD(
        [
            {"params": [W.requires_grad_() for W in weights], "weight_decay": 2 * settings.l2_pen},
            {"params": learnt},
        ],
        lr=settings.lr,
        momentum=settings.mom,
        fused=True,
    )
    steering = {name: shared_parameter(0, name) for name in ("lr", "momentum")}

    def measure(images: np.ndarray, labels: np.ndarray) -> tuple[torch.Tensor, torch.Tensor]:
        images, labels = as_tensor(images, LAYOUT), torch.from_numpy(labels).long()
        return evaluate(params, images, labels, hidden)

    def outputs(loss: torch.Tensor, errors: torch.Tensor) -> list[np.ndarray]:
        cost = loss.detach() + penalty(params, settings.l2_pen).detach()
        return [cost.numpy(), errors.numpy()]

    def train_model(images: np.ndarray, labels: np.ndarray) -> list[np.ndarray]:
        for group in optimizer.param_groups:
            group.update({name: float(value.get_value()) for name, value in steering.items()})
        hidden.train()
        optimizer.zero_grad(set_to_none=True)
        loss, errors = measure(images, labels)
        before = outputs(loss, errors)
        loss.backward()
        optimizer.step()
        return before

    @torch.inference_mode()
    def test_model(images: np.ndarray, labels: np.ndarray) -> list[np.ndarray]:
        hidden.eval()
        return outputs(*measure(images, labels))

    return Functions(
        train_model, test_model, test_model, *steering.values(), params=[], optimizer_state=[]
    )


def network_of(
    model: Classifier, settings: Settings
) -> tuple[list[torch.Tensor | None], torch.nn.ModuleList]:
    """Return weights and biases of the layers, and the functions of the hidden ones."""
    first = {param.name: param.get_value() for param in model.params}
    names = [f"{layer}_{what}" for layer in LAYERS for what in "Wb"]
    tensors = iter(parameters((first[name] for name in names if name in first), LAYOUT))
    params = [next(tensors) if name in first else None for name in names]
    if not settings.batch_norm:
        return params, torch.nn.ModuleList(torch.nn.ReLU() for _ in RELU)
    kinds = (*[torch.nn.BatchNorm2d] * 3, torch.nn.BatchNorm1d)
    return params, torch.nn.ModuleList(
        torch.nn.Sequential(kind(width, eps=1e-4, momentum=0.1), torch.nn.ReLU())
        for kind, width in zip(kinds, settings.lwidth, strict=True)
    )


if __name__ == "__main__":
    sys.exit(main())
