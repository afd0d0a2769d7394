import json
import os
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

from lenet.commands import export
from lenet.runs import checkpoint

ROOT = Path(__file__).parents[2]
SAVED = ROOT / "tests" / "saved_files"


@pytest.fixture
def run(tmp_path):
    folder = tmp_path / "run"
    folder.mkdir()
    shutil.copy(SAVED / "model.h5", folder / "model.h5")
    return folder


def expected_arrays(path):
    saved = checkpoint.load(path)
    state = {f"state/{name}": value for name, value in saved.groups["state"].items()}
    return {**saved.parameters, **{k: v for k, v in state.items() if not isinstance(v, str)}}


def check_arrays(found, path):
    expected = expected_arrays(path)
    assert found.keys() == expected.keys()
    for name, value in expected.items():
        assert found[name].dtype == value.dtype
        np.testing.assert_array_equal(found[name], value, err_msg=name)


def check_metadata(found):
    assert json.loads(found["class_names"]) == list("0123456789")
    assert json.loads(found["input_shape"]) == [1, 28, 28]
    assert found["input_scaling"] == "bytes / 255"
    classes = [layer["layer"] for layer in json.loads(found["architecture"])]
    assert classes[:3] == ["ConvPool", "BatchNorm", "Activation"]


def test_npz_has_parameters_state_and_what_they_are(run, capsys):
    assert export.main([str(run), "--format", "npz"]) == 0
    path = run / "model.npz"
    said = capsys.readouterr().out
    assert said == f"{path}: digits, {path.stat().st_size:,} bytes\n"
    with np.load(path, allow_pickle=False) as file:
        found = dict(file)
    check_metadata(json.loads(str(found.pop("metadata"))))
    check_arrays(found, run / "model.h5")
    assert "state/conv1_norm_mean" in found
    assert not any("rng" in name for name in found)


def test_the_first_version_is_exported_with_its_architecture(tmp_path):
    path = tmp_path / "old.npz"
    assert export.main([str(SAVED / "lenet5.h5"), "--output", str(path)]) == 0
    with np.load(path) as file:
        layers = json.loads(json.loads(str(file["metadata"]))["architecture"])
        assert [layer.get("maps", layer.get("units")) for layer in layers] == [2, 2, 3, 4, 10]
        np.testing.assert_array_equal(
            file["fc_W"], checkpoint.load(SAVED / "lenet5.h5").parameters["fc_W"]
        )


def test_old_spellings_of_its_flags(run, tmp_path):
    path = tmp_path / "old.npz"
    assert export.main(["--model_save_path", str(run), "--output", str(path)]) == 0
    assert export.main([str(run), "--format", "npz"]) == 0
    assert path.read_bytes() == (run / "model.npz").read_bytes()


def test_safetensors(run):
    safetensors = pytest.importorskip("safetensors", reason="needs safetensors, of lenet[export]")
    path = run / "network.safetensors"
    assert export.main([str(run / "model.h5"), "--out", str(path)]) == 0
    with safetensors.safe_open(path, "np") as file:
        check_metadata(file.metadata())
        check_arrays({name: file.get_tensor(name) for name in file.keys()}, run / "model.h5")  # noqa: SIM118


@pytest.mark.parametrize("name", ["lenet5.h5", "model.h5", "every_layer.h5"])
def test_onnx_gives_the_probabilities_of_the_network(name, tmp_path):
    pytest.importorskip("onnx", reason="needs the package onnx, of lenet[export]")
    runtime = pytest.importorskip("onnxruntime", reason="needs onnxruntime, of lenet[export]")
    path = tmp_path / "model.onnx"
    assert export.main([str(SAVED / name), "--output", str(path)]) == 0
    session = runtime.InferenceSession(path, providers=["CPUExecutionProvider"])
    images = np.load(SAVED / "images.npy")
    (found,) = session.run(["probabilities"], {"images": images})
    expected = json.loads((SAVED / "probabilities.json").read_text())[name]
    np.testing.assert_allclose(found, expected, atol=1e-5)
    properties = session.get_modelmeta().custom_metadata_map
    assert len(json.loads(properties["class_names"])) == found.shape[1]


def test_a_file_that_is_there_is_replaced_and_that_is_said(run, capsys):
    path = run / "model.npz"
    path.write_bytes(b"old")
    assert export.main([str(run), "--format", "npz"]) == 0
    assert capsys.readouterr().out.endswith(", in place of the file that was there\n")
    with np.load(path) as file:
        assert "fc_W" in file
    assert sorted(path.name for path in run.iterdir()) == ["model.h5", "model.npz"]


@pytest.mark.parametrize(
    ("argv", "message"),
    [
        (["--format", "npz"], "no trained network below runs/; expected RUN"),
        (["run"], "expected a --format, or an --out that ends with .npz, .safetensors, .onnx"),
        (["run", "--out", "a.txt"], "ends with .npz, .safetensors, .onnx, got a.txt"),
        (["run", "--format", "npz", "--output", "a.onnx"], "--format npz, but a.onnx"),
        (["run", "--format", "keras"], "invalid choice: 'keras'"),
    ],
    ids=["no model", "no format", "suffix", "two formats", "unknown format"],
)
def test_wrong_arguments_are_one_line(argv, message, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit) as error:
        export.main(argv)
    assert error.value.code == 2
    text = capsys.readouterr().err
    assert message in text
    assert text.startswith("lenet-export: error: ")
    assert text.count("\n") == 1


def complaint(argv, capsys):
    assert export.main([str(argument) for argument in argv]) == 1
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.count("\n") == 1
    return captured.err


def test_a_missing_model_is_one_line(tmp_path, capsys):
    text = complaint([tmp_path, "--format", "npz"], capsys)
    assert text.startswith(f"lenet-export: {tmp_path / 'model.h5'}: No such file or directory")


def test_a_file_of_something_else_is_one_line(tmp_path, capsys):
    path = tmp_path / "model.h5"
    path.write_bytes(b"no HDF5")
    text = complaint([path, "--format", "npz"], capsys)
    assert text.startswith(f"lenet-export: {path}: not a complete HDF5 file")


def test_a_folder_that_cannot_be_written_is_one_line(run, capsys):
    target = run / "gone" / "model.npz"
    text = complaint([run, "--output", target], capsys)
    assert text == f"lenet-export: {target}: No such file or directory\n"


def test_the_model_itself_is_not_overwritten(run, capsys):
    before = (run / "model.h5").read_bytes()
    text = complaint([run, "--format", "npz", "--output", run / "model.h5"], capsys)
    assert "the network itself; choose another --out" in text
    assert (run / "model.h5").read_bytes() == before


@pytest.mark.parametrize("name", ["onnx", "safetensors"])
def test_a_package_that_is_missing_is_named_with_its_extra(name, run, capsys, monkeypatch):
    monkeypatch.setitem(sys.modules, name, None)  # as if it could not be found
    text = complaint([run, "--format", name], capsys)
    assert f"--format {name} needs the package {name} " in text
    assert text.endswith(
        'pip install "lenet[export]", or in a checkout pip install -e ".[export]"\n'
    )
    assert [path.name for path in run.iterdir()] == ["model.h5"]


@pytest.mark.parametrize("name", ["npz", "onnx"])
def test_the_script_runs_from_any_folder(name, run, tmp_path):
    if name == "onnx" and find_spec("onnx") is None:
        pytest.skip("needs the package onnx, of lenet[export]")
    command = [
        *(sys.executable, "-m", "lenet", "export"),
        str(run),
        "--format",
        name,
    ]
    done = subprocess.run(
        command,
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    assert (run / f"model.{name}").exists()
