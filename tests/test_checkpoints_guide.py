"""The guide to saved networks is true: its code prints what it says, of files as lenet-train writes them."""

import re
import shutil
from pathlib import Path

import h5py
import pytensor
import pytest

from lenet.errors import CheckpointError
from lenet.runs import checkpoint
from tests.test_porting_guide import printed_and_promised

ROOT = Path(__file__).parent.parent
GUIDE = (ROOT / "docs" / "checkpoints.md").read_text()
SECTIONS = {text.split("\n", 1)[0]: text for text in re.split(r"^## ", GUIDE, flags=re.MULTILINE)}
WITH_CODE = [title for title, text in SECTIONS.items() if "```python" in text]
# Of a file as a whole: it grows with the number of the version, and of ONNX's own.
SIZES = re.compile(r"[\d,]+ bytes")


@pytest.fixture
def runs(tmp_path, monkeypatch):
    for run, name in (("small", "model.h5"), ("small", "epochs.h5"), ("adam", "last.h5")):
        (tmp_path / "runs" / run).mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / "tests" / "saved_files" / name, tmp_path / "runs" / run / name)
    monkeypatch.chdir(tmp_path)


@pytest.mark.usefixtures("runs")
@pytest.mark.parametrize("title", WITH_CODE)
def test_code_prints_what_the_guide_says(title, capsys):
    if title == "ONNX":
        for package in ("onnx", "onnxruntime"):
            pytest.importorskip(package, reason=f"needs {package}, of lenet[export]")
    with pytensor.config.change_flags(floatX="float32"):
        printed, promised = printed_and_promised(SECTIONS[title], capsys)
    assert all(promised)
    without_sizes = [[SIZES.sub("bytes", text) for text in texts] for texts in (printed, promised)]
    assert without_sizes[0] == without_sizes[1]


def test_each_attribute_is_explained():
    shown = re.search(r"^```text\n(.*?)^```$", SECTIONS["What is in model.h5"], re.M | re.S)
    attributes = [line.split()[0] for line in shown[1].splitlines() if not line.endswith(")")]
    explained = re.findall(r"`(\w+)`", SECTIONS["What is in model.h5"].split("| attribute |")[1])
    assert {*attributes} - {"state"} <= {*explained}
    assert len(attributes) > 10


@pytest.mark.usefixtures("runs")
def test_the_digest_is_what_the_guide_says(capsys):
    """The guide's own calculation, which knows nothing of ours, is what a file is compared with."""
    with pytensor.config.change_flags(floatX="float32"):
        printed_and_promised(SECTIONS["The digest"], capsys)
    saved = checkpoint.load("runs/small/model.h5")
    assert saved.groups["state"]["drop1_rng"].startswith("{")
    with h5py.File("runs/small/model.h5", "r+") as file:
        assert len(file.attrs["digest"]) == 64
        file["output_b"][0] += 1
    with pytest.raises(CheckpointError, match="not what its digest is of"):
        checkpoint.load("runs/small/model.h5")


def test_a_digest_of_ours_is_that_of_the_guide(digits_run):
    namespace = {}
    code = SECTIONS["The digest"].split("```python")[2].split("with h5py")[0]
    exec(code, namespace)
    for name in ("model.h5", "last.h5"):
        with h5py.File(digits_run / name) as file:
            assert file.attrs["digest"] == namespace["digest_of"](file)
