"""Shape specialisation: functions recompiled for the input shapes they often get.

Theano's programs rarely declare the sizes of their images and filters, but the fast kernels, and all fused
ones, are compiled for known sizes. A function therefore starts with kernels for any size. Once it has been
called `MIN_CALLS` times with arguments and shared variables of the same sizes, its graph is rewritten
and compiled again with these sizes as static shapes. Whenever the sizes recur, this version runs on the
same storage, so that only the speed differs (and perhaps the order of sums, and so their rounding).
Where shapes are expected (`ExpectedShape`), the function starts with kernels for these, and has those for any
size compiled once the data contradict.

The decision depends on nothing but the calls: two runs of a program decide alike.
"""

import warnings
from collections import Counter
from collections.abc import Iterable
from copy import copy
from dataclasses import dataclass
from typing import Any

from pytensor.compile.executor import Function
from pytensor.compile.io import SymbolicInput, SymbolicOutput
from pytensor.compile.maker import FunctionMaker
from pytensor.compile.mode import Mode, optdb
from pytensor.graph.basic import Apply, Variable, clone
from pytensor.graph.features import Feature
from pytensor.graph.fg import FunctionGraph
from pytensor.graph.replace import clone_replace
from pytensor.graph.rewriting.basic import GraphRewriter
from pytensor.graph.traversal import ancestors, apply_ancestors
from pytensor.link.utils import raise_with_op
from pytensor.tensor.type import TensorType

from lenet.compile.expected_sizes import specify_sizes, take_expected_sizes
from lenet.compile.large_graphs import LargeGraphMaker
from lenet.nnet.kernels.library import KernelError
from lenet.nnet.ops.conv import Conv, ConvGradInputs, ConvOp
from lenet.nnet.rewrites import fused_conv
from lenet.nnet.rewrites.matching import TAGS

NAME = "lenet_shape_specialisation"
# Calls with the same sizes before a version is compiled for them.
MIN_CALLS = 10
# Versions of one function: bounds memory and compile time, whatever the sizes.
MAX_VERSIONS = 4
# Combinations of sizes whose calls are counted at a time.
MAX_COUNTS = 64

Sizes = tuple[tuple[int, ...], ...]


class WrittenGraph(Feature):
    """Copy of a graph as it was before it was rewritten, for inputs of any size.

    Attributes
    ----------
    inputs, outputs : list of Variable
    expected : dict
        The sizes that are expected, by the number of the input and of its axis; the graph itself is for those.
    unknown : int
        The `unknown_convolutions` of the graph itself.
    """

    unknown: int

    def __init__(self, fgraph: FunctionGraph) -> None:
        written = fgraph.clone()
        self.expected = take_expected_sizes(written)
        self.inputs, self.outputs = written.inputs, written.outputs


class KeepWrittenGraph(GraphRewriter):
    """Rewriter that keeps a copy of graphs with convolutions.

    It changes nothing in the graph, unless shapes are expected.
    """

    def apply(self, fgraph: FunctionGraph) -> None:
        """Attach the copy to the graph."""
        if any(isinstance(node.op, ConvOp) for node in fgraph.apply_nodes):
            written = WrittenGraph(fgraph)
            if written.expected and not specify_sizes(fgraph, written.expected):
                written.expected = {}
            written.unknown = unknown_convolutions(apply_ancestors(fgraph.outputs))
            fgraph.attach_feature(written)


class SpecialisingMode(Mode):
    """Mode whose functions are specialised for the input sizes they often get."""

    @property
    def function_maker(self) -> type[FunctionMaker]:
        """Return the class that compiles functions."""
        return SpecialisingMaker


class SpecialisingMaker(LargeGraphMaker):
    """Function maker for any size, whose functions are specialised as they are called."""

    def create(self, *arguments: Any, **keywords: Any) -> Function:
        """Return the function, specialised later unless it is profiled.

        A profile shows a single graph. If the compiler fails on a kernel for known sizes, the function has the
        kernels for any.
        """
        written = next((f for f in self.fgraph._features if isinstance(f, WrittenGraph)), None)
        try:
            function = super().create(*arguments, **keywords)
        except KernelError as error:
            if written is None:
                raise
            text = f"{error}; kernels for any size take its place, slower"
            warnings.warn_explicit(
                text, UserWarning, "lenet", 0
            )  # one line, without that of a file
            mode = self.mode.excluding(NAME, fused_conv.NAME)
            maker = remade(self, written.inputs, written.outputs, mode, self.profile)
            return maker.create(*arguments, **keywords)
        if written is None or (function.profile and not written.expected):
            return function
        if unknown_convolutions(apply_ancestors(written.outputs)):
            function.vm = SpecialisingVM(function, written)
        return function


@dataclass(frozen=True)
class SizedInput:
    """Input with unknown sizes.

    Attributes
    ----------
    number : int
        Index among the inputs of the graph.
    storage : list
        The cell that holds its value.
    first_axis : int
        Axes before it stay unknown.
    """

    number: int
    storage: list
    first_axis: int

    def sizes(self) -> tuple[int, ...]:
        """Return the sizes of the present value."""
        return self.storage[0].shape[self.first_axis :]


class SpecialisingVM:
    """Virtual machine that delegates to the version for the present input sizes.

    Parameters
    ----------
    function : Function
        Compiled for any size.
    written : WrittenGraph
        Its graph before it was rewritten.
    """

    def __init__(self, function: Function, written: WrittenGraph) -> None:
        self.own = self.active = function.vm
        self.any_size = None if written.expected else function.vm
        self.maker = function.maker
        self.written = written
        self.input_storage = [container.storage for container in function.input_storage]
        self.output_storage = [container.storage for container in function.output_storage]
        self.inputs = sized_inputs(written, self.maker.inputs, self.input_storage)
        self.calls: Counter[Sizes] = Counter()
        self.versions: dict[Sizes, Any] = {}
        self.may_grow = bool(self.inputs) and not function.profile

    def __call__(self) -> Any:
        """Run the function once on the contents of its storage."""
        sizes = tuple(sized.sizes() for sized in self.inputs)
        if version := self.versions.get(sizes):
            self.active = version
        else:
            is_as_expected = bool(self.written.expected) and self.is_as_expected()
            self.active = self.own if is_as_expected else self.general
            if self.may_grow and (self.written.unknown or not is_as_expected):
                self.count(sizes)
        if self.active is self.own:
            return self.own()
        try:
            return self.active()
        except Exception:
            vm = self.active
            at = vm.position_of_error
            raise_with_op(vm.fgraph, vm.nodes[at], vm.thunks[at], storage_map=vm.storage_map)

    def __getattr__(self, name: str) -> Any:
        # `Function` reads the nodes, the memory and other attributes of its virtual machine. It would look up
        # the position of an error in its own graph, but a version has already reported its own.
        if name == "active" or (name == "position_of_error" and self.active is not self.own):
            raise AttributeError(name)
        return getattr(self.active, name)

    def is_as_expected(self) -> bool:
        """Return whether the inputs have the sizes that were expected."""
        return all(
            self.input_storage[number][0].shape[axis] == size
            for (number, axis), size in self.written.expected.items()
        )

    @property
    def general(self) -> Any:
        """The virtual machine for any size, compiled when it is first needed."""
        if self.any_size is None:
            mode = self.maker.mode.excluding(NAME)
            # Of a copy: what is compiled is rewritten in place, and versions are made of the graph as written.
            inputs, outputs = clone(self.written.inputs, self.written.outputs)
            maker = remade(self.maker, inputs, outputs, mode)
            self.any_size = self.linked(maker)
        return self.any_size

    def linked(self, maker: FunctionMaker) -> Any:
        """Return the virtual machine of a maker, on the storage of this one."""
        return maker.linker.make_thunk(
            input_storage=self.input_storage, output_storage=self.output_storage
        )[0]

    def count(self, sizes: Sizes) -> None:
        """Count a call with these sizes; after `MIN_CALLS`, compile a version for them."""
        if len(self.calls) >= MAX_COUNTS:
            self.calls.clear()
        self.calls[sizes] += 1
        if self.calls[sizes] < MIN_CALLS:
            return
        version = self.version(sizes)
        self.may_grow = version is not None and len(self.versions) + 1 < MAX_VERSIONS
        if version is not None:
            free_intermediate_results(self.active)
            self.versions[sizes] = self.active = version

    def version(self, sizes: Sizes) -> Any:
        """Return a virtual machine specialised for the sizes; None if that is no gain."""
        numbers = [sized.number for sized in self.inputs]
        try:
            maker = with_sizes(self.maker, self.written, dict(zip(numbers, sizes, strict=True)))
            return None if maker is None else self.linked(maker)
        except Exception as error:
            warnings.warn(
                f"{self.maker.name or 'a function'} keeps the kernels for any size, because it could "
                f"not be compiled for {sizes}: {error!r}",
                stacklevel=5,
            )
            return None


def unknown_convolutions(nodes: Iterable[Apply]) -> int:
    """Count the 2-D convolutions and gradients with unknown sizes besides the batch."""
    return sum(
        any(None in variable.type.shape[1:] for variable in [*node.inputs[:2], *node.outputs])
        for node in nodes
        if isinstance(node.op, ConvOp) and node.op.spatial == 2
    )


def sized_inputs(
    written: WrittenGraph, specifications: list[SymbolicInput], storage: list[list]
) -> list[SizedInput]:
    """Return the inputs whose sizes a version is compiled for.

    The first axis of what the user passes is the batch, which may change and which no kernel needs to know,
    except where filters are computed from it.
    """
    filters = [
        node.inputs[1 if isinstance(node.op, Conv) else 0]
        for node in apply_ancestors(written.outputs)
        if isinstance(node.op, Conv | ConvGradInputs)
    ]
    makes_filters = set(ancestors(filters))
    sized = []
    for number, (variable, specification) in enumerate(
        zip(written.inputs, specifications, strict=True)
    ):
        if isinstance(variable.type, TensorType):
            is_batch = not specification.shared and variable not in makes_filters
            if None in variable.type.shape[is_batch:]:
                sized.append(SizedInput(number, storage[number], int(is_batch)))
    return sized


def with_sizes(
    maker: FunctionMaker, written: WrittenGraph, sizes: dict[int, tuple[int, ...]]
) -> FunctionMaker | None:
    """Return a maker of the same function with known sizes; None if that is no gain.

    Parameters
    ----------
    maker : FunctionMaker
        That of the function for any size.
    written : WrittenGraph
        The function's graph before it was rewritten.
    sizes : dict
        The last sizes of inputs, by the number of the input.
    """
    inputs = [
        sized_variable(variable, sizes[number]) if number in sizes else variable
        for number, variable in enumerate(written.inputs)
    ]
    outputs = clone_replace(
        written.outputs, dict(zip(written.inputs, inputs, strict=True)), rebuild_strict=False
    )
    before, after = (
        unknown_convolutions(apply_ancestors(graph)) for graph in (written.outputs, outputs)
    )
    return None if after == before else remade(maker, inputs, outputs, maker.mode)


def remade(
    maker: FunctionMaker,
    inputs: list[Variable],
    outputs: list[Variable],
    mode: Mode,
    profile: Any = None,
) -> FunctionMaker:
    """Return a maker of the same function, with other variables and in another mode."""
    updates = {number: outputs[at] for at, number in maker.fgraph.update_mapping.items()}
    new = LargeGraphMaker(
        [
            input_like(specification, variable, updates.get(number))
            for number, (specification, variable) in enumerate(
                zip(maker.inputs, inputs, strict=True)
            )
        ],
        [
            output_like(specification, variable)
            for specification, variable in zip(maker.outputs, outputs, strict=False)
        ],
        mode=mode,
        accept_inplace=maker.accept_inplace,
        profile=profile,
        on_unused_input="ignore",
        name=maker.name,
        trust_input=maker.trust_input,
    )
    new.unpack_single, new.return_none = maker.unpack_single, maker.return_none
    return new


def sized_variable(variable: Variable, sizes: tuple[int, ...]) -> Variable:
    """Return a variable like another one, with known last sizes."""
    unknown = variable.type.ndim - len(sizes)
    shape = (*variable.type.shape[:unknown], *sizes)
    return variable.type.clone(shape=shape)(name=variable.name)


def input_like(
    specification: SymbolicInput, variable: Variable, update: Variable | None
) -> SymbolicInput:
    """Copy the specification of an input for another variable."""
    specification = copy(specification)
    specification.variable, specification.update = variable, update
    return specification


def output_like(specification: SymbolicOutput, variable: Variable) -> SymbolicOutput:
    """Copy the specification of an output for another variable."""
    specification = copy(specification)
    specification.variable = variable
    return specification


def free_intermediate_results(vm: Any) -> None:
    """Free the memory that a virtual machine keeps between calls."""
    results = {variable for node in vm.nodes for variable in node.outputs}
    for variable in results - set(vm.fgraph.outputs):
        vm.storage_map[variable][0] = None


def register_specialisation() -> None:
    """Register the rewriter that keeps graphs; repeated calls change nothing."""
    if NAME not in optdb:
        # Before all other rewrites, whose results may not be rebuilt for other types.
        optdb.register(NAME, KeepWrittenGraph(), *TAGS, position=-2)
