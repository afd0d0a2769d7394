import re

import pytest
from pytensor.compile.mode import Mode
from pytensor.link.vm import VMLinker

from lenet.graph.attribution import FORWARD, GRADIENT, LOSS, UPDATE, Part, attribute
from lenet.graph.functions import UncompiledLinker, compile_prediction, compile_step
from tests.graph.conftest import make_subject

AS_WRITTEN = Mode(linker=VMLinker(c_thunks=False), optimizer=None)
FOR_C = Mode(linker=UncompiledLinker(), optimizer="fast_run")
LAYERS = ["conv1", "conv2", "conv3", "fc", "output"]


@pytest.fixture(scope="module", params=[AS_WRITTEN, FOR_C], ids=["as-written", "for-c"])
def parts(request):
    """Return the part of each node of a training step."""
    function, _ = compile_step(make_subject(), request.param)
    return attribute(function.maker.fgraph, LAYERS)


def by_name(parts):
    return {v.name: part for node, part in parts.items() for v in node.outputs if v.name}


def test_every_node_has_a_part(parts):
    assert parts
    # As written, no node serves the updates of several layers.
    layers = {part.layer for part in parts.values()} - {"updates"}
    assert layers == {"input", *LAYERS, LOSS}
    assert {part.phase for part in parts.values()} == {FORWARD, GRADIENT, UPDATE}


def test_names_that_survive_the_rewrites_tell_the_same(parts):
    named = by_name(parts)
    for layer in LAYERS[:-1]:
        assert named[f"{layer}_output"] == Part(layer, FORWARD)
    assert named["cost"] == named["errors"] == Part(LOSS, FORWARD)
    gradients = {
        name: part for name, part in named.items() if re.fullmatch(r"\(dcost/d.*_b\)", name)
    }
    assert len(gradients) == 5
    for name, part in gradients.items():
        assert part == Part(name[len("(dcost/d") : -len("_b)")], GRADIENT)


def test_new_parameters_are_made_by_their_layers(parts):
    outputs = [v for node in parts for v in node.outputs]
    for layer in LAYERS:
        new = [v for v in outputs if v.name in (f"new {layer}_W", f"new {layer}_b")]
        assert {parts[v.owner] for v in new} == {Part(layer, UPDATE)}


def test_the_gradient_of_a_layers_input_is_its_own_work(parts):
    named = by_name(parts)
    assert named["(dcost/dconv1_output)"].layer == "conv2"
    assert named["(dcost/dfc_output)"] == Part("output", GRADIENT)


def test_convolutions_belong_to_convolutional_layers(parts):
    convolutions = [
        p for node, p in parts.items() if str(node.op).startswith(("Conv", "FusedConv"))
    ]
    for layer in LAYERS[:3]:
        phases = [part.phase for part in convolutions if part.layer == layer]
        assert phases.count(FORWARD) == 1
        assert phases.count(GRADIENT) == (1 if layer == "conv1" else 2)
    assert {part.layer for part in convolutions} == set(LAYERS[:3])


def test_a_prediction_has_but_one_phase(subject):
    function = compile_prediction(subject, FOR_C)
    parts = attribute(function.maker.fgraph, LAYERS)
    assert {part.phase for part in parts.values()} == {FORWARD}
    assert {part.layer for part in parts.values()} == {"input", *LAYERS}
