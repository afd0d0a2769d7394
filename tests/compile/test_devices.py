"""Several devices give the costs of one, and say so in time if they cannot."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytensor
import pytensor.tensor as pt
import pytest

from lenet import train
from lenet.compile import backends
from lenet.errors import BackendError

jax = pytest.importorskip("jax")
from lenet.compile import devices  # noqa: E402, needs JAX
from lenet.compile.devices import data_parallel_mode, find_devices, for_jax, from_jax  # noqa: E402

ROOT = Path(__file__).parents[2]


@pytest.mark.slow
def test_one_two_and_four_devices_give_the_same_costs():
    result = subprocess.run(
        [sys.executable, "-m", "tests.train_on_devices", "1", "2", "4"],
        cwd=ROOT,
        env={**os.environ, "JAX_PLATFORMS": "cpu"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (result.returncode, result.stderr) == (0, "")
    one, two, four = map(np.array, json.loads(result.stdout).values())
    assert one[-1, 0] < one[0, 0]
    np.testing.assert_allclose(two, one, rtol=0, atol=1e-5)
    np.testing.assert_allclose(four, one, rtol=0, atol=1e-5)


# Convolution with bias, rectifier and pooling, and its gradients, of a batch that two devices share and of one that they
# cannot.
SHARED = """
import jax, numpy as np, pytensor, pytensor.tensor as pt
from lenet.compile.devices import data_parallel_mode, find_devices
from lenet.nnet import conv2d, pool_2d, relu
from pytensor.compile.mode import Mode

rng = np.random.default_rng(3)
w, b = (pytensor.shared(rng.normal(size=s).astype("f4"), shape=s) for s in ((5, 2, 3, 3), (5,)))
x = pt.tensor("x", dtype="float32", shape=(None, 2, 12, 11))
y = relu(pool_2d(conv2d(x, w) + b[None, :, None, None], (2, 2), True))
z = pool_2d(conv2d(y, w[:, :1].repeat(5, 1), border_mode="half"), (2, 2), False, mode="sum")
outputs = [z, *pytensor.grad(pt.sqr(z).sum(), [w, b])]
shared = pytensor.function([x], outputs, mode=data_parallel_mode(find_devices(2)))
plain = pytensor.function([x], outputs, mode=Mode("py", "fast_compile"))
kinds = {type(node.op).__name__ for node in shared.maker.fgraph.apply_nodes}
assert kinds >= {"FusedConv", "FusedConvGradWeights", "StaticConvGradInputs", "PoolGrad"}, kinds
for n in (6, 5):
    values = rng.normal(size=(n, 2, 12, 11)).astype("f4")
    for found, expected in zip(shared(values), plain(values)):
        np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-4 * abs(expected).max())
"""


def test_kernels_compute_each_devices_part(tmp_path):
    flags = (
        f"--xla_force_host_platform_device_count=2 --xla_dump_to={tmp_path} --xla_dump_hlo_as_text"
    )
    subprocess.run(
        [sys.executable, "-c", SHARED],
        cwd=ROOT,
        env={**os.environ, "JAX_PLATFORMS": "cpu", "XLA_FLAGS": flags},
        check=True,
    )
    texts = [path.read_text() for path in tmp_path.glob("*after_optimizations.txt")]
    calls = [line for text in texts for line in text.splitlines() if "lenet_kernel" in line]
    assert any("f32[3,5,5,4]" in line for line in calls)  # of six images
    assert not any("f32[6,5,5,4]" in line for line in calls)


@pytest.fixture
def noisy(jax_types):
    """Return a function of a batch that draws random numbers, and the generator that it draws from."""
    with pytensor.config.change_flags(floatX="float32"):
        jax_types("float32")
        batch = pt.fmatrix()
        rng = pt.random.shared_rng(np.random.default_rng(3), name="rng")
        next_rng, draws = pt.random.uniform(
            size=batch.shape, dtype="float32", rng=rng, return_next_rng=True
        )
        mode = data_parallel_mode(find_devices(1))
        yield pytensor.function([batch], draws, updates=[(rng, next_rng)], mode=mode), rng


def test_a_generator_moves_on_and_can_be_set_back(noisy):
    function, rng = noisy
    batch = np.zeros((3, 2), np.float32)
    before = rng.get_value()
    first, second = (np.asarray(function(batch)) for _ in range(2))
    assert not np.array_equal(first, second)
    rng.set_value(before)
    np.testing.assert_array_equal(function(batch), first)
    np.testing.assert_array_equal(function(batch), second)


def test_a_generator_survives_the_way_through_jax():
    rng = np.random.default_rng(4)
    back = from_jax(for_jax(rng))
    np.testing.assert_array_equal(back.random(5), rng.random(5))


def test_a_batch_is_filled_up_and_split():
    linker = devices.DataParallelLinker(find_devices(1))
    linker.n_devices = 4
    filled = linker.filled(np.arange(1, 7, dtype=np.int32))
    np.testing.assert_array_equal(filled, [1, 2, 3, 4, 5, 6, 0, 0])
    assert filled.sharding == linker.split


@pytest.mark.parametrize(
    ("flags", "count", "expected"),
    [
        ("", 1, ""),
        ("", 4, "--xla_force_host_platform_device_count=4"),
        ("--xla_dump_to=x", 2, "--xla_dump_to=x --xla_force_host_platform_device_count=2"),
        ("--xla_force_host_platform_device_count=8", 4, None),
    ],
    ids=["one", "four", "beside-others", "already-said"],
)
def test_xla_is_asked_for_cpu_devices(monkeypatch, flags, count, expected):
    monkeypatch.setenv("XLA_FLAGS", flags)
    backends.offer_cpu_devices(count)
    assert os.environ["XLA_FLAGS"] == (flags if expected is None else expected)


def test_too_few_devices_are_named():
    available = len(jax.devices())
    with pytest.raises(BackendError, match=rf"--devices 5000: JAX has {available} of them \(\w+\)"):
        find_devices(5000)


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        ("--devices 2", "--devices goes with --backend jax, not c"),
        (
            "--coordinator h:1 --num_hosts 2 --host_index 0 --backend numba",
            "--coordinator goes with --backend jax, not numba",
        ),
        (
            "--backend jax --devices 5 --batch_size 4",
            "5 devices are more than a batch has images (--batch_size 4)",
        ),
        (
            "--backend jax --coordinator h:1",
            "--coordinator, --num_hosts, --host_index go together: --num_hosts and --host_index is missing",
        ),
        (
            "--backend jax --coordinator h:1 --num_hosts 2 --host_index 2",
            "--host_index 2: expected a number from 0 to 1, of 2 hosts",
        ),
    ],
    ids=["backend", "backend-of-hosts", "more-than-images", "alone", "index"],
)
def test_what_cannot_be_shared_is_one_line(flags, message, capsys):
    assert train.main(flags.split()) == 1
    assert capsys.readouterr().err == f"lenet-train: {message}\n"


@pytest.mark.parametrize("text", ["somewhere", ":80", "h:0", "h:65536", "h:x"])
def test_a_wrong_address_is_one_line(text, capsys):
    with pytest.raises(SystemExit) as end:
        train.main(["--coordinator", text])
    assert end.value.code == 2
    error = capsys.readouterr().err
    assert f"expected HOST:PORT, with a port from 1 to 65535, got {text!r}" in error
    assert error.count("\n") == 1
