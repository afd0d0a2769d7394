"""``theano.config``, THEANO_FLAGS and .theanorc."""

import gc

import pytensor
import pytest

from lenet.theano_compat.theano.configparser import (
    IntParam,
    TheanoConfigParser,
    config_files_from_theanorc,
    options_of_files,
    parse_config_string,
)


@pytest.fixture
def config():
    own = {"device": "cpu", "lib.cnmem": 0.0, "nvcc.fastmath": False, "compute_test_value": "off"}
    with pytensor.config.change_flags(floatX="float64", exception_verbosity="low", mode="Mode"):
        yield TheanoConfigParser(own)


def test_options_of_pytensor_are_its_own(config):
    config.floatX = "float32"
    config.traceback.limit = pytensor.config.traceback__limit
    assert pytensor.config.floatX == config.floatX == "float32"
    assert config.gcc.cxxflags == pytensor.config.gcc__cxxflags


def test_other_options_are_kept(config):
    config.compute_test_value = "warn"
    config.lib.cnmem = 0.8
    assert (config.compute_test_value, config.lib.cnmem) == ("warn", 0.8)


def test_bad_value_is_refused(config):
    with pytest.raises(ValueError, match="float3"):
        config.floatX = "float3"


def test_unknown_option(config):
    with pytest.raises(AttributeError, match=r"theano\.config has no option 'nonsense'"):
        _ = config.nonsense
    assert not hasattr(config.lib, "nonsense")


@pytest.mark.parametrize("device", ["gpu", "gpu0", "cuda", "cuda1", "opencl0:0"])
def test_gpu(config, device):
    with pytest.warns(
        UserWarning, match=f"config.device = '{device}': .* runs on the CPU; .*JAX"
    ) as (caught):
        config.device = device
    assert caught[0].filename == __file__
    assert config.device == "cpu"


def test_cpu_is_no_news(config):
    config.device = "cpu"
    assert config.device == "cpu"


def test_flags_are_converted(config):
    config.set_from_text({"floatX": "float32", "lib.cnmem": "0.5", "nvcc.fastmath": "True"})
    assert (config.floatX, config.lib.cnmem, config.nvcc.fastmath) == ("float32", 0.5, True)


def test_unknown_flag(config):
    with pytest.warns(UserWarning, match="Theano does not recognise this flag: flaotX"):
        config.set_from_text({"flaotX": "float32"})


def test_profile_mode_is_an_option_by_now(config):
    with pytensor.config.change_flags(profile=False):
        config.mode = "ProfileMode"
        assert config.profile
        assert config.mode == "Mode"


def test_change_flags(config):
    with config.change_flags(floatX="float32", compute_test_value="raise"):
        assert (config.floatX, config.compute_test_value) == ("float32", "raise")
    assert (config.floatX, config.compute_test_value) == ("float64", "off")

    @config.change_flags({"lib.cnmem": 0.25})
    def look():
        return config.lib.cnmem

    assert (look(), config.lib.cnmem) == (0.25, 0.0)


def test_changed_flags_are_forgotten_or_left_again(config):
    """As PyMC3 3.11 enters a model within the model."""
    with config.change_flags(compute_test_value="ignore"):
        again = config.change_flags(compute_test_value="raise")
        again.__enter__()
        again = config.change_flags(compute_test_value="raise")
        gc.collect()
        assert config.compute_test_value == "raise"
        with again, again:
            pass
        again.__exit__(None, None, None)
        assert config.compute_test_value == "raise"
    assert config.compute_test_value == "off"


def test_a_flag_that_is_refused_changes_none(config):
    refused = config.change_flags(floatX="float32", compute_test_value="no")
    with pytest.raises(ValueError, match="compute_test_value"), refused:
        pass
    assert config.floatX == "float64"


def test_add_option(theano):
    theano.configparser.AddConfigVar("extension.depth", "How deep.", IntParam(3))
    assert theano.config.extension.depth == 3
    del theano.config._own_options["extension.depth"]


@pytest.mark.parametrize(
    ("text", "options"),
    [
        ("", {}),
        ("floatX=float32", {"floatX": "float32"}),
        (" device=cpu , gcc.cxxflags=-O3 -a=b,", {"device": "cpu", "gcc.cxxflags": "-O3 -a=b"}),
    ],
)
def test_parse_config_string(text, options):
    assert parse_config_string(text) == options


def test_flag_without_a_value():
    with pytest.warns(
        UserWarning, match="THEANO_FLAGS: 'float32' is left out, expected name=value"
    ):
        assert parse_config_string("float32,device=cpu") == {"device": "cpu"}


def test_files(tmp_path, monkeypatch):
    first, second = tmp_path / "first", tmp_path / "second"
    first.write_text("[global]\nfloatX = float32\ndevice = cpu\n[nvcc]\nfastmath = True\n")
    second.write_text("[global]\nfloatX = float16\n")
    monkeypatch.setenv("THEANORC", f"{first}:{tmp_path / 'missing'}:{second}")
    assert options_of_files(config_files_from_theanorc()) == {
        "floatX": "float16",
        "device": "cpu",
        "nvcc.fastmath": "True",
    }


def test_broken_file(tmp_path):
    path = tmp_path / "theanorc"
    path.write_text("floatX = float32\n")
    with pytest.warns(UserWarning, match="theanorc is left out: File contains no section headers"):
        assert options_of_files([str(path)]) == {}


def test_flags_and_file_of_a_program(run_script, tmp_path):
    (tmp_path / ".theanorc").write_text("[global]\nfloatX = float16\nallow_gc = False\n")
    text = "import theano; c = theano.config; print(c.floatX, c.allow_gc, c.device, c.blas.ldflags)"
    done = run_script(text, THEANO_FLAGS="floatX=float32,device=gpu", HOME=str(tmp_path))
    assert done.stdout.split() == ["float32", "False", "cpu"]
    assert "theano.config.device = 'gpu'" in done.stderr
    assert "BLAS" not in done.stderr


def test_flags_that_the_program_sets_itself(run_script):
    text = """\
import os
os.environ["THEANO_FLAGS"] = "floatX=float32"
import theano.tensor as T
print(T.vector().dtype)
"""
    assert run_script(text).stdout == "float32\n"


def test_directories_are_text(config):
    assert "compiledir: " + config.base_compiledir
    assert isinstance(config.compiledir, str)
