"""A page of a network that has learnt scikit-learn's digits, and a browser that has it open."""

import pytest

from lenet.input_pipeline import load_digits
from lenet.show.confusion import confusion_of
from lenet.show.learnt import Learnt
from lenet.show.page_writer import page_of
from lenet.show.pictures import chosen_pictures
from tests.show.chromium import BROWSER, Browser


@pytest.fixture(scope="session")
def shown_page(digits_model, tmp_path_factory):
    """The page as a file."""
    path = tmp_path_factory.mktemp("shown") / "show.html"
    digits = load_digits()
    pictures = chosen_pictures(digits_model, digits, 500)
    learnt, confusion = Learnt.of_run(digits_model), confusion_of(digits_model, digits)
    path.write_bytes(page_of(digits_model, pictures, learnt, confusion))
    return path


@pytest.fixture(scope="module")
def browser(tmp_path_factory):
    """A browser, for one test after the other."""
    if BROWSER is None:
        pytest.skip("needs Chromium: apt-get install chromium")
    with Browser(tmp_path_factory.mktemp("browser")) as opened:
        yield opened
