"""Pictures of the parts of the pages of `lenet show`, on wide and on narrow screens, light and dark.

See `benchmarks.show`, whose ``--screenshots`` makes them.
"""

import base64
import contextlib
import io
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from PIL import Image

from lenet.commands.show import main as show
from lenet.trained import is_included

HEIGHT, WIDE, NARROW = 860, 1280, 420
GAP, SCALE = 28, 0.58
SEVEN = [(0.25, 0.2), (0.75, 0.2), (0.45, 0.85)]
SECOND_EPOCH = "(() => { const s = document.querySelector('#epoch'); s.value = 2; s.dispatchEvent(new Event('input')); })()"
# Of the fullest cell beside the diagonal.
COMMONEST = (
    "document.querySelector('#epoch-return').click(), [...document.querySelectorAll('#confusion-cells button')]"
    ".sort((a, b) => parseInt(b.textContent) - parseInt(a.textContent))[0].click()"
)


@dataclass(frozen=True)
class Part:
    """What a picture shows: what is at the top of the screen, and what was done before."""

    name: str
    top: str
    unit: tuple[str, int, int] | None = None
    code: str = "0"


PARTS = {
    "mnist": (
        Part("draw", "body"),
        Part("why", "#why"),
        Part("unit", "section[aria-label='layer conv1_act']", ("conv2", 70, 20)),
    ),
    "mnist-1998": (Part("1998", "section[aria-label='layer C3']", ("C3", 60, 30)),),
    "run": (
        Part("learnt", "#learnt", None, SECOND_EPOCH),
        Part("confusion", "#confusion", None, COMMONEST),
    ),
}


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

    if chromium.BROWSER is None:
        sys.exit("benchmarks.show: needs Chromium: apt-get install chromium")
    run = next((name for name in networks if not is_included(name)), None)
    if run is None:
        print("name a run of lenet train --show to have its epochs and its confusion matrix, too")
    data = [] if data_dir is None else ["--data_dir", str(data_dir)]
    with (
        tempfile.TemporaryDirectory() as place,
        chromium.Browser(Path(place) / "browser") as browser,
    ):
        for key, network in {"mnist": "mnist", "mnist-1998": "mnist-1998", "run": run}.items():
            if network is None:
                continue
            page = Path(place) / "show.html"
            with contextlib.redirect_stdout(io.StringIO()):
                if show([network, "--out", str(page), *data]):
                    sys.exit(f"benchmarks.show: {network}: see above")
            prepare(browser, page)
            for part in PARTS[key]:
                act(browser, part)
                screens = [(dark, width) for dark in (False, True) for width in (WIDE, NARROW)]
                shots = [photograph(browser, part.top, width, dark) for dark, width in screens]
                save(composed(shots), folder / f"show-{part.name}.webp")
            if key == "mnist":
                # The picture of the README: its colours are few.
                shot = photograph(browser, "body", 1320, False)
                few = shot.quantize(256, dither=Image.Dither.NONE)
                few.save(folder / "show.png", optimize=True)


def prepare(browser, page: Path) -> None:
    """Open a page, draw a seven, and wait until all reasons are there."""
    browser.open(page, width=WIDE, height=HEIGHT)
    browser.click("#clear")
    browser.draw("#pad", SEVEN)
    browser.wait_for("document.querySelectorAll('#near-list li').length > 0")
    browser.wait_for("document.querySelector('#hide-map').hasAttribute('data-done')")


def act(browser, part: Part) -> None:
    """Do what a part needs."""
    if part.unit is not None:
        layer, right, down = part.unit
        browser.click(f"section[aria-label='layer {layer}'] .maps canvas", right, down)
    browser.wait_for(
        "!document.querySelector('#epoch')?.disabled || document.querySelector('#learnt').hidden"
    )
    browser.evaluate(part.code)
    browser.settle()


def photograph(browser, top: str, width: int, dark: bool) -> Image.Image:
    """Return what is seen on a screen, with an element at its top."""
    size = {"width": width, "height": HEIGHT, "deviceScaleFactor": 1, "mobile": width < 600}
    browser.send("Emulation.setDeviceMetricsOverride", **size)
    theme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
    browser.send("Emulation.setEmulatedMedia", features=[theme])
    browser.settle()
    browser.evaluate(
        f"scrollTo({{top: document.querySelector({top!r}).getBoundingClientRect().top + scrollY - 12, "
        "behavior: 'instant'})"
    )
    browser.mouse("mouseMoved", 2, 2)
    browser.settle()
    data = browser.send("Page.captureScreenshot")["data"]
    return Image.open(io.BytesIO(base64.b64decode(data))).convert("RGB")


def composed(shots: list[Image.Image]) -> Image.Image:
    """Return four screens as one picture: wide and narrow, light above and dark below."""
    width = WIDE + NARROW + GAP
    whole = Image.new("RGBA", (width, 2 * HEIGHT + GAP))  # nothing between them
    for k, shot in enumerate(shots):
        whole.paste(shot, ((k % 2) * (WIDE + GAP), (k // 2) * (HEIGHT + GAP)))
    size = (round(whole.width * SCALE), round(whole.height * SCALE))
    return whole.resize(size, Image.Resampling.LANCZOS)


def save(picture: Image.Image, path: Path) -> None:
    """Write a picture as a small WebP file."""
    picture.save(path, "WEBP", quality=82, method=6)
    print(f"{path}: {picture.width} x {picture.height}, {path.stat().st_size:,} bytes")
