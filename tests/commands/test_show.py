import json
import re
import shutil
from pathlib import Path

import pytest

from lenet.commands import show
from lenet.commands.run_page import HINT
from lenet.report.show_link import LINK, link_html
from tests.quick_runs import quick_train

SAVED = Path(__file__).parents[1] / "saved_files"


def payload_of(path):
    return json.loads(re.search(r'id="network">(.*?)</script>', path.read_text())[1])


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """A folder with a run on MNIST's images, as far as there are any, and those images."""
    folder = tmp_path_factory.mktemp("place")
    with quick_train(folder / "data") as train:
        flags = "--dataset mnist --model logistic --nepochs 1 --batch_size 20 --threads 1"
        assert train(flags, "--out_dir", folder / "run") == 0
        yield folder


def test_a_page_with_pictures_is_written_and_linked(place, capsys):
    run = place / "run"
    (run / "report.html").write_text("<h1>title</h1>\n<p>text</p>")
    assert link_html(run) == ""
    assert show.main([str(run), "--threads", "1"]) == 0
    page = run / "show.html"
    said = capsys.readouterr()
    assert (
        said.out == f"{page}: mnist, {page.stat().st_size:,} bytes; open it in a browser\n{HINT}\n"
    )
    assert said.err == ""
    content = payload_of(page)
    assert content["examples"]
    assert content["sheet"]["count"] == 50
    assert (run / "report.html").read_text() == f"<h1>title</h1>\n{LINK}\n<p>text</p>"
    assert link_html(run) == LINK
    assert show.main([str(run), "--threads", "1", "--no_pictures"]) == 0
    assert "in place of the file that was there" in capsys.readouterr().out
    content = payload_of(page)
    assert (content["examples"], content["sheet"]) == ([], None)
    assert (run / "report.html").read_text().count(LINK) == 1


def test_without_its_data_set_a_page_has_other_digits_and_nothing_is_downloaded(
    place, tmp_path, capsys
):
    out = tmp_path / "page.html"
    assert show.main([str(place / "run"), "--data_dir", str(tmp_path), "--out", str(out)]) == 0
    said = capsys.readouterr().err
    assert said.startswith("lenet-show: the examples on the page are scikit-learn's: ")
    assert said.count("\n") == 1
    assert "--data_dir" in said
    content = payload_of(out)
    assert len(content["examples"]) > 3
    assert content["sheet"] is None  # no image that it was trained on
    assert [path.name for path in tmp_path.iterdir()] == ["page.html"]


@pytest.mark.parametrize("name", ["lenet5.h5", "model.h5", "every_layer.h5"])
def test_a_network_of_an_earlier_version_has_a_page(name, tmp_path, capsys, place):
    shutil.copy(SAVED / name, tmp_path / name)
    assert show.main([str(tmp_path / name), "--no_pictures"]) == 0
    page = tmp_path / ("show.html" if name == "model.h5" else name.replace(".h5", ".html"))
    assert str(page) in capsys.readouterr().out
    assert payload_of(page)["layers"]


@pytest.mark.parametrize(
    ("argv", "name"),
    [([], "mnist"), (["mnist-1998"], "mnist-1998"), (["--model", "mnist"], "mnist")],
)
def test_a_network_that_comes_with_lenet_has_its_page_in_the_current_folder(
    argv, name, tmp_path, capsys, monkeypatch, place
):
    monkeypatch.chdir(tmp_path)
    assert show.main([*argv, "--no_pictures"]) == 0
    assert capsys.readouterr().out.startswith(f"{name}.html: mnist, ")
    assert [path.name for path in tmp_path.iterdir()] == [f"{name}.html"]
    assert payload_of(tmp_path / f"{name}.html")["sight"]["digits"]


@pytest.mark.parametrize(
    ("argv", "message"),
    [
        (["run", "--out", "a.txt"], "expected a name that ends with .html, got a.txt"),
        (["run", "--model", "mnist"], "two trained networks, run and --model mnist"),
        (["run", "--no_picture"], "did you mean --no_pictures?"),
    ],
)
def test_wrong_arguments_are_one_line(argv, message, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit) as error:
        show.main(argv)
    assert error.value.code == 2
    text = capsys.readouterr().err
    assert text.startswith("lenet-show: error: ")
    assert message in text
    assert text.count("\n") == 1


def test_a_layer_that_no_page_has_is_refused_by_its_name(place, capsys, monkeypatch):
    def refuse(layers, numbers):
        raise ValueError("layer conv1: Conv3d, and a page shows images, not volumes")

    monkeypatch.setattr("lenet.commands.run_page.layer_descriptions", refuse)
    page = place / "refused.html"
    assert show.main([str(place / "run"), "--out", str(page)]) == 1
    said = capsys.readouterr().err
    assert said == (
        f"lenet-show: {place / 'run' / 'model.h5'}: layer conv1: Conv3d, and a page shows images, not volumes\n"
    )
    assert not page.exists()


def test_a_damaged_file_is_one_line(tmp_path, capsys, place):
    path = tmp_path / "model.h5"
    path.write_bytes(b"no HDF5")
    assert show.main([str(path)]) == 1
    said = capsys.readouterr()
    assert said.err.startswith(f"lenet-show: {path}: not a complete HDF5 file")
    assert said.err.count("\n") == 1
    assert [p.name for p in tmp_path.iterdir()] == ["model.h5"]
