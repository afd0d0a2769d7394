"""The imports that the guides of version 0.1.0 taught."""

import subprocess
import sys
import warnings

import pytest

from lenet import old_paths

# What stood in README.md, docs/ and the notebook of 0.1.0, and the command lines of modules.
TAUGHT = {
    "from lenet.Classifier import Classifier": "lenet.models.classifier",
    "from lenet.Layer import shared_parameter": "lenet.layers.parameters.shared_parameter",
    "from lenet.architectures import lenet": "lenet.models.architectures",
    "from lenet.backends import select_backend": "lenet.compile.backends",
    "from lenet import checkpoint; checkpoint.load": "lenet.runs.checkpoint",
    "from lenet.composed_augmentation import Augmentation": "lenet.augment.compose",
    "from lenet import export; export.main": "lenet.commands.export.main",
    "from lenet.image_files import read_image": "lenet.data.image_files",
    "from lenet.image_folder import load_image_folder": "lenet.data.image_folder",
    "from lenet.losses import cross_entropy": "lenet.models.losses",
    "from lenet.main import main": "lenet.__main__",
    "from lenet.network import network_of_layers": "lenet.models.network",
    "from lenet.network import build_network": "lenet.models.network",
    "from lenet.saved_model import SavedModel": "lenet.runs.saved_model",
    "from lenet.schedules import Schedule": "lenet.optim.schedules",
    "from lenet.settings import Settings": "lenet.training.settings",
    "from lenet.transforms import Elastic, Noise, Range, Rotate": "lenet.augment.transforms",
    "from lenet.updates import adam, momentum": "lenet.optim.updates",
    "import lenet.updates; lenet.updates.sgd": "lenet.optim.updates",
}
STILL_GOOD = [
    "from lenet.Layer import ConvPoolLayer, HiddenLayer",
    "from lenet.LogisticRegression import LogisticRegression",
    "from lenet.input_pipeline import batches, load_dataset, load_digits",
    "from lenet.layers import Activation, BatchNorm, ConvPool, Dropout, FullyConnected",
    "from lenet.nnet import categorical_crossentropy, conv2d, pool_2d, softmax",
    "import lenet.theano_compat",
]


@pytest.fixture
def as_new(monkeypatch):
    """As in a process that has imported no old module yet."""
    import lenet
    import lenet.export
    import lenet.Layer

    for old in old_paths.MODULES:
        monkeypatch.delitem(sys.modules, old, raising=False)
        monkeypatch.delattr(lenet, old.partition(".")[2], raising=False)
    for old in old_paths.NAMES:
        module, _, name = old.rpartition(".")
        vars(sys.modules[module]).pop(name, None)


@pytest.mark.usefixtures("as_new")
@pytest.mark.parametrize("code", TAUGHT)
def test_a_taught_import_works_and_warns_once(code):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        for _ in range(2):
            exec(compile(code, "a_users_file.py", "exec"), {})
    assert [warning.category for warning in caught] == [DeprecationWarning]
    assert str(caught[0].message).endswith(f"is now {TAUGHT[code]}")
    assert caught[0].filename == "a_users_file.py"


def test_imports_that_did_not_change_do_not_warn():
    for code in STILL_GOOD:
        exec(code, {})


@pytest.mark.usefixtures("as_new")
@pytest.mark.parametrize("old", old_paths.MODULES)
def test_each_old_module_has_the_very_objects_of_its_new_ones(old):
    with pytest.warns(DeprecationWarning, match=rf"^{old} is now "):
        __import__(old)
    for place in old_paths.MODULES[old]:
        __import__(place)
        ours = [name for name, value in vars(sys.modules[place]).items() if callable(value)]
        assert ours
        for name in ours:
            assert callable(getattr(sys.modules[old], name))
    first = vars(sys.modules[old_paths.MODULES[old][0]])
    assert all(getattr(sys.modules[old], name) is first[name] for name in ours if name in first)


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("import lenet.netwrok", "No module named 'lenet.netwrok'"),
        ("from lenet import netwrok", "cannot import name 'netwrok' from 'lenet'"),
        ("from lenet.Layer import Hidden", "cannot import name 'Hidden' from 'lenet.Layer'"),
        ("from lenet.export import mian", "cannot import name 'mian' from 'lenet.export'"),
        ("import lenet.runs.updates", "No module named 'lenet.runs.updates'"),
    ],
)
def test_a_wrong_name_is_the_usual_error(code, message):
    with pytest.raises(ImportError, match=message):
        exec(code, {})


@pytest.mark.usefixtures("as_new")
@pytest.mark.filterwarnings("ignore:lenet.updates is now")
def test_a_wrong_name_of_an_old_module_is_the_usual_error():
    with pytest.raises(ImportError, match=r"cannot import name 'adma' from 'lenet\.updates'"):
        exec("from lenet.updates import adma", {})


def test_python_m_runs_an_old_module_with_a_warning():
    done = subprocess.run(
        [sys.executable, "-m", "lenet.predict", "--help"], capture_output=True, text=True
    )
    assert done.returncode == 0
    assert done.stdout.startswith("usage: lenet-predict")
    assert "lenet.predict is now lenet.commands.predict" in done.stderr
