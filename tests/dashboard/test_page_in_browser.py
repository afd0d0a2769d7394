"""The page in a real browser, from the first epoch to long after the last."""

import json

import pytest

from tests.dashboard.made_up_run import MadeUpRun
from tests.show.chromium import BROWSER, Browser
from tests.show.test_page_in_browser import HOSTILE

POINTS = "(document.querySelector('#error-chart .line.validation')?.getAttribute('points').split(' ').length ?? 0)"


@pytest.fixture(scope="module")
def browser(tmp_path_factory):
    if BROWSER is None:
        pytest.skip("needs Chromium: apt-get install chromium")
    with Browser(tmp_path_factory.mktemp("browser")) as opened:
        yield opened


def show(page, run, **size):
    """Open the page of a run."""
    page.open(run.dashboard.server.address, **size)
    page.wait_for("document.querySelectorAll('#followed li').length > 0")
    return page


def texts(page, selector):
    return page.evaluate(
        f"[...document.querySelectorAll({json.dumps(selector)})].map((e) => e.textContent)"
    )


def wait_for_text(page, selector, text):
    page.wait_for(
        f"document.querySelector({json.dumps(selector)}).textContent.includes({json.dumps(text)})"
    )


def height(page):
    return page.evaluate("document.documentElement.scrollHeight")


def test_a_run_is_followed_to_its_end(browser):
    run = MadeUpRun()
    with run.dashboard:
        run.begin()
        page = show(browser, run)
        assert page.text("h1") == "logistic on digits"
        assert page.text("#lead") == "Building and compiling the network."
        assert texts(page, "#followed .answer") == ["\N{EN DASH}"] * 10
        assert page.text("#filters-words").startswith("10 filters of 1 \N{MULTIPLICATION SIGN} 28 ")
        before = height(page)
        told = page.evaluate(
            "(window.said = [], new MutationObserver(() => window.said.push(document.querySelector('#told').textContent))"
            ".observe(document.querySelector('#told'), {childList: true, characterData: true, subtree: true}), 1)"
        )
        assert told == 1
        batches = run.train(steps=4, done=3)
        wait_for_text(page, "#step", "2 / 4")
        assert page.text("#epoch") == "1 / 3"
        batches.close()
        run.shares[0] = run.shares[0][::-1]
        run.end_epoch()
        page.wait_for(f"{POINTS} === 1")
        run.end_epoch(test_error=None)
        page.wait_for(f"{POINTS} === 2")
        assert page.text("#left") == "1 min"
        assert "epoch 1, test error 25.00 %" in page.text("#best-words")
        assert texts(page, "#mistakes .truth") == [str(run.valid.labels[0])]
        wrong = run.shares[0].argmax()
        assert texts(page, "#mistakes .answer") == [f"✗ {wrong}"]
        assert len(texts(page, "#mistakes li")) == 20
        page.evaluate("document.querySelector('#error-chart svg').focus()")
        page.key("ArrowLeft")
        reading = "document.querySelector('#error-chart svg').getAttribute('aria-valuetext')"
        assert page.evaluate(reading).startswith("epoch 1: training 100.00 %, validation ")
        run.end_epoch(test_error=None)
        page.wait_for(f"{POINTS} === 3")
        assert page.evaluate(reading).startswith("epoch 1: ")  # what is read stays
        run.dashboard.end(0)
    page.wait_for("document.querySelector('#foot').textContent.startsWith('The run is over')")
    assert page.text("#lead") == "The run is over."
    assert page.text("#told").startswith("All 3 epochs are done. Best model: validation error ")
    assert "report.html, model.h5, metrics.csv and more are in " in page.text("#files")
    assert page.evaluate(POINTS) == 3
    assert height(page) == before  # nothing has jumped
    # One sentence for each epoch, and one for the end.
    said = page.evaluate("window.said")
    assert [text.partition(":")[0].partition(".")[0] for text in said] == [
        *("Epoch 1 of 3", "Epoch 2 of 3", "Epoch 3 of 3"),
        "All 3 epochs are done",
    ]
    assert page.problems == []
    asked = {address.split("?")[0] for address in page.requests} - {"about:blank", "data:,"}
    address = run.dashboard.server.address
    assert asked == {address, f"{address}/state.json"}


def test_nothing_of_a_fold_is_left_in_the_next_one(browser):
    run = MadeUpRun()
    run.shares[0] = run.shares[0][::-1]
    with run.dashboard:
        run.begin()
        page = show(browser, run)
        places = ("#best", "#best-words", "#mistakes-words", "#told", "#left-words")
        before = [page.text(place) for place in places]
        run.end_epoch()
        page.wait_for(f"{POINTS} === 1")
        assert all(new != old for new, old in zip(map(page.text, places), before, strict=True))
        run.dashboard.end(0)
        run.run.results.clear()
        run.begin()
        page.wait_for("document.querySelector('#told').textContent === ''")
        assert [page.text(place) for place in places] == before
        assert texts(page, "#mistakes .truth") == []
    assert page.problems == []


def test_a_program_that_is_gone_leaves_what_it_has_shown(browser):
    run = MadeUpRun()
    run.begin()
    page = show(browser, run)
    run.end_epoch()
    page.wait_for(f"{POINTS} === 1")
    run.dashboard.server.close()  # as when it is killed
    page.wait_for("document.querySelector('#told').textContent.startsWith('No answer')")
    assert page.text("#told") == (
        "No answer: the program has ended, or the connection to it is broken."
    )
    assert page.evaluate(POINTS) == 1
    # Refused; or, where the program ended in the middle of an answer, cut off.
    assert all("net::ERR_" in problem for problem in page.problems)


def test_a_connection_that_comes_back_goes_on(browser):
    """As the tunnel to another machine does, after a laptop was asleep."""
    run = MadeUpRun()
    with run.dashboard:
        run.begin()
        page = show(browser, run)
        run.end_epoch()
        page.wait_for(f"{POINTS} === 1")
        told, foot = page.text("#told"), page.text("#foot")
        page.evaluate(
            "(window.kept = window.fetch, window.fetch = () => Promise.reject(new Error('broken')), 1)"
        )
        page.wait_for("document.querySelector('#told').textContent.startsWith('No answer')")
        assert page.evaluate("document.querySelector('#progress').classList.contains('bad')")
        page.evaluate("(window.fetch = window.kept, 1)")
        wait_for_text(page, "#told", "Epoch 1 of 3")
        assert (page.text("#told"), page.text("#foot")) == (told, foot)
        assert not page.evaluate("document.querySelector('#progress').classList.contains('bad')")
        run.end_epoch()
        page.wait_for(f"{POINTS} === 2")
    assert page.problems == []


def test_hostile_names_are_text(browser):
    run = MadeUpRun(class_names=[*HOSTILE, *"456789"])
    with run.dashboard:
        run.begin()
        run.shares[:] = 0
        run.shares[:, 0] = 0.5
        run.end_epoch()
        page = show(browser, run)
        page.wait_for(f"{POINTS} === 1")
        assert texts(page, "#followed .truth")[:4] == [*HOSTILE[:3], r"x\u202ey"]
        assert f"✗ {HOSTILE[0]}" in texts(page, "#mistakes .answer")
        assert page.evaluate("document.querySelectorAll('main img, main script').length") == 0
    assert page.problems == []


@pytest.mark.parametrize(("width", "dark"), [(420, False), (420, True), (1280, True)])
def test_nothing_is_wider_than_the_screen_and_text_has_contrast(browser, width, dark):
    run = MadeUpRun(class_names=["a name that is much longer than its place", *"123456789"])
    with run.dashboard:
        run.begin()
        run.shares[:30] = run.shares[:30, ::-1]
        for _ in range(2):
            run.end_epoch()
        page = show(browser, run, width=width, dark=dark)
        page.wait_for(f"{POINTS} === 2")
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        assert page.evaluate("document.documentElement.dataset.theme") == (
            "dark" if dark else "light"
        )
        assert page.worst_contrast() >= 4.5
    assert page.problems == []
