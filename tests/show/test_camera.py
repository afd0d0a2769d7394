"""A camera, whose pictures are those of a film: digits on paper, one after the other."""

import numpy as np
import pytest
from PIL import Image

from lenet.input_pipeline import load_digits
from tests.show.chromium import BROWSER, Browser
from tests.show.test_page_in_browser import check_quiet, verdict

WIDTH, HEIGHT, FRAMES = 320, 240, 20
# Cameras that are allowed when the functions in `waiting` are called.
CAMERA_TO_ALLOW = """(() => {
  [window.waiting, window.streams] = [[], []];
  navigator.mediaDevices.getUserMedia = () => new Promise((done) => window.waiting.push(() => {
    const canvas = Object.assign(document.createElement('canvas'), {width: 64, height: 48});
    const context = canvas.getContext('2d');
    setInterval(() => context.fillRect(0, 0, 64, 48), 50);
    const stream = canvas.captureStream(10);
    window.streams.push(stream);
    done(stream);
  }));
})()"""


def film(path, papers):
    """Write papers as a film without compression, each for two seconds; the browser repeats it."""
    with path.open("wb") as file:
        file.write(f"YUV4MPEG2 W{WIDTH} H{HEIGHT} F10:1 Ip A1:1 C420jpeg\n".encode())
        for paper in papers:
            frame = b"FRAME\n" + paper.tobytes() + bytes([128]) * (WIDTH * HEIGHT // 2)
            file.write(frame * FRAMES)


@pytest.mark.skipif(BROWSER is None, reason="needs Chromium: apt-get install chromium")
def test_digits_before_a_camera_are_seen_until_it_is_held(shown_page, tmp_path):
    images, labels = load_digits().test
    papers = []
    for digit in (3, 6):
        paper = np.full((HEIGHT, WIDTH), 235, np.uint8)
        ink = Image.fromarray(images[int(np.flatnonzero(labels == digit)[0]), 0]).resize((140, 140))
        paper[50:190, 90:230] -= (np.asarray(ink) * 0.8).astype(np.uint8)
        papers.append(paper)
    film(tmp_path / "film.y4m", papers)
    flag = f"--use-file-for-fake-video-capture={tmp_path / 'film.y4m'}"
    with Browser(tmp_path / "browser", flag) as page:
        page.open(shown_page)
        page.click("#clear")
        page.click("#camera")
        seen = []
        for digit in ("3", "6", "3"):
            page.wait_for(f"document.querySelector('#verdict b').textContent === '{digit}'")
            seen.append(page.text("#camera"))
        assert seen == ["Hold"] * 3
        page.click("#camera")
        held = verdict(page)
        assert page.text("#camera") == "Camera"
        page.evaluate("new Promise((done) => setTimeout(done, 2500))")
        assert verdict(page) == held
        check_quiet(page)


@pytest.mark.skipif(BROWSER is None, reason="needs Chromium: apt-get install chromium")
@pytest.mark.parametrize(("then", "on"), [("#camera", 1), ("#clear", 0), ("#examples button", 0)])
def test_a_camera_that_is_no_longer_wanted_is_not_left_on(shown_page, browser, then, on):
    """Something else is clicked before the camera is allowed."""
    page = browser
    page.open(shown_page)
    page.evaluate(CAMERA_TO_ALLOW)
    page.click("#camera")
    page.click(then)
    page.evaluate("(async () => { for (const allow of window.waiting) await allow(); })()")
    page.settle()
    live = "window.streams.filter((s) => s.getTracks().some((t) => t.readyState === 'live')).length"
    assert page.evaluate(live) == on
    if on:
        page.wait_for("document.querySelector('#camera').textContent === 'Hold'")
        page.click("#camera")
        assert page.evaluate(live) == 0
    assert page.text("#camera") == "Camera"
    check_quiet(page)
