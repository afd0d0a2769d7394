"""PyTorch: eager and compiled, channels first and last, in inference and training."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812 (PyTorch's own name for it)

from benchmarks.layers import Layer
from benchmarks.network import L2_PEN, LEARNING_RATE, MOMENTUM, Problem, as_correlation
from benchmarks.workers import Call

LAYOUTS = {"channels first": torch.contiguous_format, "channels last": torch.channels_last}
RELU = (F.relu,) * 4


def as_tensor(array: np.ndarray, layout: torch.memory_format) -> torch.Tensor:
    tensor = torch.from_numpy(array)
    return tensor.contiguous(memory_format=layout) if tensor.ndim == 4 else tensor


def arrays(result: Any) -> list[np.ndarray]:
    return [tensor.detach().numpy() for tensor in result]


def parameters(weights: Iterable[np.ndarray], layout: torch.memory_format) -> list[torch.Tensor]:
    """Return the weights as PyTorch's own layers hold them."""
    tensors = []
    for weight in weights:
        if weight.ndim == 4:
            tensor = as_tensor(as_correlation(weight), layout)
        else:
            tensor = torch.from_numpy(weight.T.copy())
        tensors.append(tensor)
    return tensors


def logits(
    params: Sequence[torch.Tensor | None], images: torch.Tensor, hidden: Sequence[Callable] = RELU
) -> torch.Tensor:
    """Return the network's output for images of bytes; `hidden` are the functions of its hidden layers.

    Pooling comes before ReLU, which changes nothing but the number of comparisons.
    """
    W1, b1, W2, b2, W3, b3, W4, b4, W5, b5 = params
    h1, h2, h3, h4 = hidden
    x = images.to(torch.float32) / 255
    x = h1(F.max_pool2d(F.conv2d(x, W1, b1), 2))
    x = h2(F.max_pool2d(F.conv2d(x, W2, b2), 2))
    x = h3(F.conv2d(x, W3, b3))
    return F.linear(h4(F.linear(x.flatten(1), W4, b4)), W5, b5)


def evaluate(
    params: Sequence[torch.Tensor | None],
    images: torch.Tensor,
    labels: torch.Tensor,
    hidden: Sequence[Callable] = RELU,
) -> tuple[torch.Tensor, torch.Tensor]:
    """Return the mean negative log-likelihood and the fraction of errors."""
    scores = logits(params, images, hidden)
    return F.cross_entropy(scores, labels), (scores.detach().argmax(1) != labels).float().mean()


def penalty(params: Sequence[torch.Tensor], l2_pen: float = L2_PEN) -> torch.Tensor:
    return l2_pen * torch.stack([W.square().sum() for W in params[:8:2]]).sum()


def train_steps(threads: int, problem: Problem) -> dict[str, Call]:
    torch.set_num_threads(threads)
    makers = {"eager": optimizer_step, "compiled": compiled_step, "compiled whole": whole_step}
    calls: dict[str, Call] = {}
    for layout_name, layout in LAYOUTS.items():
        for name, make in makers.items():
            images, labels = problem.data()
            step = make(
                parameters(problem.weights(), layout),
                as_tensor(images, layout),
                torch.from_numpy(labels).long(),
            )
            calls[f"{name}, {layout_name}"] = step, arrays
    return calls


def optimizer_step(
    params: list[torch.Tensor],
    images: torch.Tensor,
    labels: torch.Tensor,
    compiled: Callable = lambda function: function,
) -> Callable[[], tuple[torch.Tensor, ...]]:
    """Return a step of fused SGD, whose weight decay is the L2 penalty's gradient: its fastest form."""
    weights, others = params[:8:2], [*params[1:8:2], *params[8:]]
    for param in params:
        param.requires_grad_()
    optimizer = torch.optim.SGD(
        [{"params": weights, "weight_decay": 2 * L2_PEN}, {"params": others}],
        lr=LEARNING_RATE,
        momentum=MOMENTUM,
        fused=True,
    )
    evaluate_, penalty_ = compiled(evaluate), compiled(torch.no_grad()(penalty))

    def step() -> tuple[torch.Tensor, ...]:
        optimizer.zero_grad(set_to_none=True)
        loss, errors = evaluate_(params, images, labels)
        cost = loss.detach() + penalty_(params)
        loss.backward()
        optimizer.step()
        return cost, errors

    return step


def compiled_step(*arguments: torch.Tensor) -> Callable[[], tuple[torch.Tensor, ...]]:
    """Return `optimizer_step` with forward and backward pass compiled."""
    return optimizer_step(*arguments, compiled=lambda f: torch.compile(f, dynamic=False))


def whole_step(
    params: list[torch.Tensor], images: torch.Tensor, labels: torch.Tensor
) -> Callable[[], tuple[torch.Tensor, ...]]:
    """Return a step that is one compiled function, updates included."""
    previous = [torch.zeros_like(param) for param in params]

    def cost(params: list, images: torch.Tensor, labels: torch.Tensor) -> tuple:
        loss, errors = evaluate(params, images, labels)
        return loss + penalty(params), errors

    @torch.compile(dynamic=False)
    def step(params: list, previous: list, images: torch.Tensor, labels: torch.Tensor) -> tuple:
        grads, outputs = torch.func.grad_and_value(cost, has_aux=True)(params, images, labels)
        for param, change, grad in zip(params, previous, grads, strict=True):
            change.mul_(MOMENTUM).sub_(grad, alpha=LEARNING_RATE)
            param.add_(change)
        return outputs

    return lambda: step(params, previous, images, labels)


class Predictor(torch.nn.Module):
    """The network as a module, which is what can be frozen."""

    def __init__(self, params: list[torch.Tensor]) -> None:
        super().__init__()
        self.params = torch.nn.ParameterList(params)

    def forward(self, images: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        probabilities = logits(list(self.params), images).softmax(1)
        return probabilities, probabilities.argmax(1)


def predictions(threads: int, problem: Problem) -> dict[str, Call]:
    torch.set_num_threads(threads)
    compilers: dict[str, Callable] = {
        "eager": lambda module: module,
        "compiled": lambda module: torch.compile(module, dynamic=False),
        "frozen": lambda module: torch.compile(module, dynamic=False, options={"freezing": True}),
    }
    calls: dict[str, Call] = {}
    for layout_name, layout in LAYOUTS.items():
        images = as_tensor(problem.data()[0], layout)
        for name, compiled in compilers.items():
            predict = compiled(Predictor(parameters(problem.weights(), layout)).eval())

            @torch.inference_mode()
            def call(predict: Callable = predict, images: torch.Tensor = images) -> tuple:
                return predict(images)

            calls[f"{name}, {layout_name}"] = call, arrays
    return calls


# PyTorch has its own modes.
train_steps_in_modes, predictions_in_modes = train_steps, predictions


def layer(threads: int, layer: Layer, operation: str) -> dict[str, Call]:
    torch.set_num_threads(threads)
    return {name: layer_call(layer, operation, layout) for name, layout in LAYOUTS.items()}


def layer_call(layer: Layer, operation: str, layout: torch.memory_format) -> Call:
    values = layer.arrays()
    values["W"] = as_correlation(values["W"])
    x, W, b, g = (as_tensor(value, layout) for value in values.values())
    geometry = (layer.stride,) * 2, (layer.padding,) * 2, (layer.dilation,) * 2

    def forward() -> torch.Tensor:
        if not layer.pool:
            return F.conv2d(x, W, None, *geometry, layer.groups)
        return F.relu(F.max_pool2d(F.conv2d(x, W, b, *geometry, layer.groups), 2))

    def gradients(*wanted: bool) -> tuple[torch.Tensor | None, ...]:
        return torch.ops.aten.convolution_backward(
            g, x, W, None, *geometry, False, (0, 0), layer.groups, wanted
        )

    def forward_and_backward() -> tuple[torch.Tensor, ...]:
        y = forward()
        dX, dW, db = torch.autograd.grad(y, (x, W, b), g)
        return y, dX, dW, db

    def unflipped(dW: torch.Tensor) -> np.ndarray:
        return as_correlation(dW.numpy())

    if operation == "forward and backward":
        for tensor in (x, W, b):
            tensor.requires_grad_()
    operations: dict[str, Call] = {
        "forward": (forward, lambda y: arrays([y])),
        "dW": (lambda: gradients(False, True, False)[1], lambda dW: [unflipped(dW)]),
        "dX": (lambda: gradients(True, False, False)[0], lambda dX: arrays([dX])),
        "forward and backward": (
            forward_and_backward,
            lambda result: [*arrays(result[:2]), unflipped(result[2]), *arrays(result[3:])],
        ),
    }
    return operations[operation]
