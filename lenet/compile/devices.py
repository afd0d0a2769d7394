"""Data parallelism over several devices, by JAX.

Each computes its part of every batch, and XLA joins what they find.

All devices have all parameters. A function of a batch is compiled once for all of them, and means what
it means on one: where it needs the whole batch (for the cost, the gradients, the statistics of batch
normalisation), XLA's collectives sum over the devices, and the random numbers of dropout are those of
the whole batch.
"""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, ClassVar

import jax
import numpy as np
from jax.sharding import Mesh, NamedSharding, PartitionSpec
from pytensor.compile.mode import Mode, get_mode
from pytensor.compile.sharedvalue import SharedVariable
from pytensor.graph.fg import FunctionGraph
from pytensor.link.jax.dispatch import jax_funcify
from pytensor.link.jax.linker import JAXLinker

from lenet.errors import BackendError
from lenet.nnet.dispatch.jax_primitive import shared_among, without_kernels
from lenet.nnet.rewrites.matching import WHOLE


def find_devices(count: int) -> list[jax.Device]:
    """Return the first devices of this host and of each host that trains with it.

    Parameters
    ----------
    count : int
        Devices of a host.

    Raises
    ------
    BackendError
        If JAX cannot start, or has not so many.
    """
    try:
        devices = jax.devices()
    except RuntimeError as error:
        raise BackendError(f"JAX finds no device: {str(error).splitlines()[0]}") from error
    found: list[jax.Device] = []
    for host in range(jax.process_count()):
        of_host = [device for device in devices if device.process_index == host]
        if len(of_host) < count:
            where = f"host {host}" if jax.process_count() > 1 else "JAX"
            raise BackendError(
                f"--devices {count}: {where} has {len(of_host)} of them ({devices[0].platform}); choose "
                "fewer, or set JAX_PLATFORMS=cpu, of whose devices there are as many as you want"
            )
        found += of_host[:count]
    return found


def what_they_are(devices: Sequence[jax.Device]) -> str:
    """Return the number and the kind of devices in words."""
    hosts = len({device.process_index for device in devices})
    number = "one device" if len(devices) == 1 else f"{len(devices)} devices"
    return f"{number}, {devices[0].device_kind}" + (f", of {hosts} hosts" if hosts > 1 else "")


def data_parallel_mode(devices: Sequence[jax.Device]) -> Mode:
    """Return PyTensor's mode for JAX, with every input split over devices."""
    return Mode(DataParallelLinker(devices), get_mode("JAX").provided_optimizer)


class DataParallelLinker(JAXLinker):
    """Compiles functions of batches with JAX, for several devices.

    XLA splits what it sees into. Of convolutions and poolings on CPUs, which are kernels, each device is told to
    compute its part.

    Every input of a function that is no shared variable is a batch: an array whose first axis counts
    the images, the same number in all of them. Devices get equal parts of it, but for the last ones if
    their number does not divide that of the images; results and shared variables are whole on each.

    Unlike with PyTensor's own linker, the generator of a shared variable moves on as its function is
    called, so that a run can be saved and gone on with.

    Parameters
    ----------
    devices : sequence of jax.Device
        Of all hosts, the same on each.
    """

    incompatible_rewrites: ClassVar[tuple[str, ...]] = (*JAXLinker.incompatible_rewrites, WHOLE)

    def __init__(self, devices: Sequence[jax.Device]) -> None:
        super().__init__()
        self.n_devices = len(devices)
        self.mesh = Mesh(np.array(devices), ("batch",))
        self.split = NamedSharding(self.mesh, PartitionSpec("batch"))
        self.whole = NamedSharding(self.mesh, PartitionSpec())

    def fgraph_convert(
        self, fgraph: FunctionGraph, input_storage: list, storage_map: dict, **kwargs: Any
    ) -> Callable:
        """Return the graph as a function for JAX, in which generators are dictionaries."""
        return jax_funcify(fgraph, input_storage=input_storage, storage_map=storage_map, **kwargs)

    def create_thunk_inputs(self, storage_map: dict) -> list:
        """Return the storage of the inputs, generators as they are."""
        return [storage_map[variable] for variable in self.fgraph.inputs]

    def jit_compile(self, function: Callable) -> Callable:
        """Return a compiled function of NumPy's arrays and generators."""
        are_batches = [not isinstance(v, SharedVariable) for v in self.fgraph.inputs]

        @partial(jax.jit, static_argnums=0, out_shardings=self.whole)
        def of_filled_batches(n_images: int, *inputs: Any) -> Any:
            # What fills a batch up is cut off here, where XLA can split what is left in unequal parts.
            batches = (
                jax.lax.with_sharding_constraint(value[:n_images], self.split)
                if is_batch
                else value
                for value, is_batch in zip(inputs, are_batches, strict=True)
            )
            # Accelerators have no kernels: XLA sees into all, and splits it.
            on_cpus = self.mesh.devices.flat[0].platform == "cpu"
            with shared_among(self.mesh) if on_cpus else without_kernels():
                return function(*batches)

        def of_batches(*inputs: Any) -> list:
            n_images = len(inputs[are_batches.index(True)])
            placed = (
                self.filled(value) if is_batch else for_jax(value)
                for value, is_batch in zip(inputs, are_batches, strict=True)
            )
            return [from_jax(value) for value in of_filled_batches(n_images, *placed)]

        return of_batches

    def filled(self, batch: np.ndarray) -> jax.Array:
        """Return a batch on the devices, filled up with zeros until they get equal parts."""
        missing = -len(batch) % self.n_devices
        whole = np.pad(batch, [(0, missing)] + [(0, 0)] * (batch.ndim - 1)) if missing else batch
        return jax.make_array_from_callback(whole.shape, self.split, whole.__getitem__)


def for_jax(value: Any) -> Any:
    """Return the value of a shared variable as JAX takes it.

    Of a generator, PyTensor's random functions use and replace the entry "jax_state"; the rest is for
    `from_jax`.
    """
    if not isinstance(value, np.random.Generator):
        return value
    numbers = value.bit_generator.state["state"]
    data = b"".join(numbers[name].to_bytes(16, "little") for name in ("state", "inc"))
    words = np.frombuffer(data, np.uint32)
    return {"jax_state": words[:2], "rest": words[2:]}


def from_jax(value: Any) -> Any:
    """Return a result of JAX, a generator as NumPy's."""
    if not isinstance(value, dict):
        return value
    data = np.concatenate([value["jax_state"], value["rest"]]).tobytes()
    bits = np.random.PCG64()
    bits.state = {
        "bit_generator": "PCG64",
        "state": {
            "state": int.from_bytes(data[:16], "little"),
            "inc": int.from_bytes(data[16:], "little"),
        },
        "has_uint32": 0,
        "uinteger": 0,
    }
    return np.random.Generator(bits)
