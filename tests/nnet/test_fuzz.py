"""The fuzzer itself: its definitions, its choices, and that it finds what is wrong."""

import json

import numpy as np
import pytest

from lenet.nnet.ops.conv import Conv
from lenet.nnet.ops.pool import MODES
from lenet.random_streams.mrg_states import MODULI
from tests.nnet import oracles as plain_loops
from tests.nnet.fuzz import cases, oracles
from tests.nnet.fuzz.__main__ import main, parse, table
from tests.nnet.fuzz.any_geometry import decoded, encoded
from tests.nnet.fuzz.checking import Compiled, DisagreementError, compare
from tests.nnet.fuzz.draws import LAYOUTS, MAX_SIDE, Draw, laid_out
from tests.nnet.fuzz.random_numbers import recurrences
from tests.nnet.modes import MISSING
from tests.random_streams.test_mrg_uniform import plain

needs_compiler = pytest.mark.skipif(bool(MISSING["c"]), reason=MISSING["c"])
CASE = {
    **{"family": "convolution", "dtype": "float32", "spatial": 2, "unshared": False},
    **{"asked": "gradient", "geometry": "runtime", "threads": 2, "border": "valid"},
    **{"stride": [1, 2], "dilation": [1, 1], "groups": 1, "flip": False, "kernel": [1, 1]},
    **{"maps": 2, "channels": 1, "columns": 42, "rows": 3, "batch": 4, "values": "integers"},
    **{"image layout": "sliced", "seed": 1, "filters layout": "contiguous"},
}
GEOMETRIES = [  # image, maps, kernel, pads, stride, dilation, groups, flip
    ((2, 3, 5, 7), 2, (2, 3), ((0, 0), (0, 0)), (1, 1), (1, 1), 1, True),
    ((1, 4, 6, 5), 6, (3, 2), ((1, 0), (2, 1)), (2, 3), (1, 2), 2, False),
    ((2, 2, 3, 4, 5), 2, (1, 2, 3), ((0, 1), (1, 1), (0, 0)), (1, 2, 1), (1, 1, 1), 1, True),
]


@pytest.mark.parametrize("unshared", [False, True])
@pytest.mark.parametrize("geometry", GEOMETRIES, ids=["plain", "groups", "volume"])
def test_definitions_are_those_of_plain_loops(geometry, unshared):
    shape, maps, kernel, pads, stride, dilation, groups, flip = geometry
    rng = np.random.default_rng(0)
    padded = [n + low + high for n, (low, high) in zip(shape[2:], pads, strict=True)]
    output = oracles.output_sizes(padded, kernel, stride, dilation)
    places = output if unshared else ()
    image = rng.standard_normal(shape)
    filters = rng.standard_normal((maps, *places, shape[1] // groups, *kernel))
    gradient = rng.standard_normal((shape[0], maps, *output))
    options = {"pads": pads, "stride": stride, "dilation": dilation, "groups": groups, "flip": flip}
    expected = plain_loops.convolve_by_loops(image, filters, gradient, **options, unshared=unshared)
    found = [
        oracles.convolve(image, filters, None, None, **options, unshared=unshared),
        oracles.convolve(None, filters, gradient, shape[2:], **options, unshared=unshared),
        oracles.convolve(image, None, gradient, kernel, **options, unshared=unshared),
    ]
    for one, other in zip(found, expected, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("ignore_border", [True, False])
def test_pooling_is_that_of_plain_loops(mode, ignore_border):
    rng = np.random.default_rng(0)
    pad = (1, 0) if ignore_border else (0, 0)
    options = {"ws": (2, 3), "stride": (2, 2), "pad": pad, "ignore_border": ignore_border}
    image = rng.integers(-2, 3, (2, 1, 5, 8)).astype("float64")
    shape = plain_loops.pool_by_loops(image, **options, mode=mode)[0].shape
    gradient = rng.standard_normal(shape)
    expected = plain_loops.pool_by_loops(image, gradient, **options, mode=mode)
    found = oracles.pool(image, gradient, **options, mode=mode)
    for one, other in zip(found, expected, strict=False):
        np.testing.assert_allclose(one, other, rtol=1e-12)


def test_sizes_have_every_remainder():
    draw = Draw(np.random.default_rng(0))
    sizes = {draw.random_size(MAX_SIDE, 0) for _ in range(20_000)}
    assert sizes == set(range(MAX_SIDE + 1))
    assert {draw.random_size(9, 4) for _ in range(500)} == set(range(4, 10))


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("shape", [(2, 3, 4), (0, 3), (5,), (1, 1)])
def test_a_layout_moves_elements_only(layout, shape):
    array = np.random.default_rng(0).standard_normal(shape)
    found = laid_out(array, layout)
    np.testing.assert_array_equal(found, array)
    if array.size > 1:
        assert found.flags.aligned == (layout != "misaligned")
        is_moved = layout in ("sliced", "negative") or (layout == "transposed" and len(shape) > 1)
        assert found.flags.c_contiguous != is_moved


def test_a_geometry_survives_its_code():
    for border in ("half", "full", ((1, 2), (0, 3))):
        found = decoded(encoded(Conv, border, (2, 3), (1, 4), 5, True))
        assert list(found.values()) == [border, (2, 3), True, (1, 4), 5]


def test_choices_are_made_once_and_can_be_given():
    draw = Draw(np.random.default_rng(0), {"stride": [3]})
    assert draw.integers("stride", 1, (1, 2)) == [3]
    assert len({draw.integer("n", 0, 10**9) for _ in range(5)}) == 1
    again = Draw(np.random.default_rng(1), draw.made)
    assert again.integer("n", 0, 10**9) == draw.made["n"]


@needs_compiler
def test_a_case_is_run_and_counted():
    runner = cases.Runner()
    runner.run(json.loads(json.dumps(CASE)), np.random.default_rng(0))
    assert list(runner.counts) == [("2d forward, runtime", 1, 2)]
    assert "2d forward, runtime | 0 | 1 |" in table(runner.counts)


@needs_compiler
@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (lambda y: y + (np.arange(y.size) == 5).reshape(y.shape), "1 of"),
        (lambda y: y[..., ::-1], "differ"),
        (lambda y: y[:-1], r"\(3, 2, 3, 21\)"),
        (lambda y: y.astype("int64"), "int64"),
        (lambda y: np.where(y == y.max(), np.nan, y), "nan"),
    ],
    ids=["one-element", "permuted", "shape", "type", "nan"],
)
def test_what_is_wrong_is_found(monkeypatch, wrong, message):
    plant(monkeypatch, wrong)
    with pytest.raises(DisagreementError, match=message):
        cases.Runner().run(CASE, np.random.default_rng(0))


def plant(monkeypatch, wrong):
    """Let C answer what is wrong."""
    compile_program = Compiled.of

    def compile_wrongly(*arguments):
        compiled = compile_program(*arguments)
        right = compiled.by_backend
        compiled.by_backend = lambda *values: [wrong(np.asarray(y)) for y in right(*values)]
        return compiled

    monkeypatch.setattr(Compiled, "of", compile_wrongly)


@needs_compiler
def test_bits_that_depend_on_the_call_are_found(monkeypatch):
    calls = []

    def other_each_time(y):
        calls.append(y)
        return y if len(calls) == 1 else np.nextafter(y, np.float32(9))

    plant(monkeypatch, other_each_time)
    with pytest.raises(DisagreementError, match="other with 2 threads"):
        cases.Runner().run({**CASE, "values": "normal"}, np.random.default_rng(0))


def test_rounding_is_allowed_and_no_more():
    exact = np.array([1.0, 2.0])
    compare("a", [exact + 1e-9], "b", [exact], [1e-8])
    with pytest.raises(DisagreementError, match="output 0, a and b: 1 of 2 differ"):
        compare("a", [exact + np.array([0, 1e-7])], "b", [exact], [1e-8])


def test_a_failure_is_made_small():
    def fails(case):
        return case["rows"] >= 17 and case["stride"][1] > 1

    big = {"rows": 200, "columns": 93, "stride": [3, 4], "x layout": "sliced", "values": "normal"}
    assert cases.shrunk(big, fails) == {
        **{"rows": 17, "columns": 0, "stride": [0, 2]},
        **{"x layout": "contiguous", "values": "integers"},
    }


def test_a_compiler_that_is_not_there_is_an_error(monkeypatch, capsys):
    monkeypatch.setattr("shutil.which", lambda name: None)
    assert main(["--seconds", "1"]) == 1
    assert "no such C++ compiler" in capsys.readouterr().out


@pytest.mark.parametrize(
    "words",
    [
        ["--family", "softmix"],
        ["--case", '{"family": "softmix"}'],
        ["--case", '{"together": [{"family": "sums"}, {"family": "softmix"}]}'],
    ],
)
def test_an_unknown_family_is_an_error_at_once(words, capsys):
    assert main(words) == 1
    (line,) = capsys.readouterr().out.splitlines()
    assert line.startswith("fuzz: no family 'softmix': expected one of convolution, fused, ")


def test_uniform_numbers_are_those_of_plain_loops():
    states = np.random.default_rng(0).integers(1, MODULI[1], (3, 6)).astype("int32")
    integers, expected = plain(states, 8)
    numbers, after = recurrences(states, 8)
    np.testing.assert_array_equal(numbers, integers / 2.0**31)
    np.testing.assert_array_equal(after, expected)


@needs_compiler
def test_uniform_numbers_are_compared_with_their_recurrences(monkeypatch):
    case = {"family": "uniform_numbers", "dtype": "float32", "axes": 2, "states layout": "sliced"}
    runner = cases.Runner()
    runner.run(case, np.random.default_rng(0))
    assert runner.counts.total() == 1
    plant(monkeypatch, lambda y: y + (y.dtype.kind == "i"))  # the states, not the numbers
    with pytest.raises(DisagreementError, match="output 2, C and Python"):
        cases.Runner().run(case, np.random.default_rng(0))


def test_the_command_line_takes_a_case():
    assert parse(["--case", json.dumps(CASE)]).case == CASE
    with pytest.raises(SystemExit):
        parse(["--case", "{"])
