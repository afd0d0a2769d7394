"""Pictures of the parts of the pages of `lenet show`, on wide and on narrow screens, light and dark.

See `benchmarks.show`, whose ``--screenshots`` makes them.
"""

import contextlib
import io
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from PIL import Image

from lenet.commands.show import main as show

HEIGHT, WIDE, NARROW = 860, 1280, 420
GAP, SCALE = 28, 0.58
BETWEEN = (127, 134, 143)  # seen on light and on dark
SEVEN = [(0.25, 0.2), (0.75, 0.2), (0.45, 0.85)]
FOUR = [(0.62, 0.15), (0.25, 0.6), (0.8, 0.6)]
FOUR_DOWN = [(0.62, 0.35), (0.62, 0.88)]
EXPLAINED = "document.querySelector('#hide-map').hasAttribute('data-done')"


@dataclass(frozen=True)
class Part:
    """What a picture shows: a page, what is at the top of the screen, what was done before."""

    page: str
    name: str
    top: str
    unit: tuple[str, int, int] | None = None
    code: str = ""


PARTS = (
    Part("mnist", "draw", "body"),
    Part("mnist", "unit", "section[aria-label='layer conv1_act']", ("conv2", 70, 20)),
    Part("mnist", "why", "#why"),
    Part("mnist-1998", "1998", "section[aria-label='layer C3']", ("C3", 60, 30)),
    Part("run", "learnt", "#learnt", None, "document.querySelector('#epoch-marks span') && setEpoch(2)"),
    Part("run", "confusion", "#confusion", None, "document.querySelector('#confusion-cells button')?.click()"),
)  # fmt: skip
SET_EPOCH = (
    "window.setEpoch = (place) => { const slider = document.querySelector('#epoch'); "
    "slider.value = place; slider.dispatchEvent(new Event('input')); }"
)


def write_pictures(folder: Path, networks: list[str], data_dir: Path | None) -> None:
    """Write the pictures of the guide into a folder.

    Parameters
    ----------
    folder : Path
    networks : list of str
        The first that is none that comes with lenet is a run of ``lenet train --show``; its epochs are shown.
    data_dir : Path, optional
    """
    from tests.show import chromium

    chromium.SECONDS = 600  # a busy machine takes its time
    if chromium.BROWSER is None:
        sys.exit("benchmarks.show: needs Chromium: apt-get install chromium")
    run = next((name for name in networks if name not in ("mnist", "mnist-1998")), None)
    names = {"mnist": "mnist", "mnist-1998": "mnist-1998", **({"run": run} if run else {})}
    data = [] if data_dir is None else ["--data_dir", str(data_dir)]
    with (
        tempfile.TemporaryDirectory() as place,
        chromium.Browser(Path(place) / "browser") as browser,
    ):
        for key, network in names.items():
            with contextlib.redirect_stdout(io.StringIO()):
                if show([network, "--out", str(Path(place) / f"{key}.html"), *data]):
                    sys.exit(f"benchmarks.show: {network}: see above")
        shot = Path(place) / "shot.png"
        for part in PARTS:
            page = Path(place) / f"{part.page}.html"
            if not page.exists():
                print(f"{part.name}: left out; name a run of lenet train --show")
                continue
            shots = []
            for dark in (False, True):
                for width in (WIDE, NARROW):
                    photograph(browser, page, part, width, dark, shot)
                    shots.append(Image.open(shot).convert("RGB"))
            save(composed(shots), folder / f"show-{part.name}.webp")
        unit = Part("mnist", "", "body", ("conv2", 70, 20))
        photograph(browser, Path(place) / "mnist.html", unit, 1320, False, shot)
        # The colours of the page are few.
        Image.open(shot).convert("RGB").quantize(256, dither=Image.Dither.NONE).save(
            folder / "show.png", optimize=True
        )


def photograph(browser, page: Path, part: Part, width: int, dark: bool, path: Path) -> None:
    """Draw a digit, do what a part needs, and write what is seen into a PNG file."""
    opened = browser.open(page, width=width, height=HEIGHT, dark=dark)
    opened.wait_for(EXPLAINED)
    opened.click("#clear")
    if part.page == "mnist-1998":
        opened.draw("#pad", FOUR)
        opened.draw("#pad", FOUR_DOWN)
    else:
        opened.draw("#pad", SEVEN)
    opened.wait_for(EXPLAINED)
    opened.wait_for("document.querySelectorAll('#near-list li').length > 0")
    if part.unit is not None:
        layer, right, down = part.unit
        opened.click(f"section[aria-label='layer {layer}'] .maps canvas", right, down)
        opened.settle()
    if part.code:
        opened.wait_for("!document.querySelector('#epoch')?.disabled")
        opened.evaluate(f"{SET_EPOCH}; {part.code}; true")
        opened.settle()
        opened.wait_for(EXPLAINED)
    opened.evaluate(
        f"scrollTo({{top: document.querySelector({part.top!r}).getBoundingClientRect().top + scrollY - 12, "
        "behavior: 'instant'})"
    )
    opened.mouse("mouseMoved", 2, 2)
    opened.settle()
    opened.screenshot(path)


def composed(shots: list[Image.Image]) -> Image.Image:
    """Return four screens as one picture: wide and narrow, light above and dark below."""
    width = WIDE + NARROW + GAP
    whole = Image.new("RGB", (width, 2 * HEIGHT + GAP), BETWEEN)
    for k, shot in enumerate(shots):
        whole.paste(shot, ((k % 2) * (WIDE + GAP), (k // 2) * (HEIGHT + GAP)))
    size = (round(whole.width * SCALE), round(whole.height * SCALE))
    return whole.resize(size, Image.Resampling.LANCZOS)


def save(picture: Image.Image, path: Path) -> None:
    """Write a picture as a small WebP file."""
    picture.save(path, "WEBP", quality=82, method=6)
    print(f"{path}: {picture.width} x {picture.height}, {path.stat().st_size:,} bytes")
