"""A Chromium without a window, told what to do over a pipe: nothing but Python's library is needed.

https://chromedevtools.github.io/devtools-protocol
"""

import base64
import contextlib
import itertools
import json
import os
import select
import shutil
import subprocess
import time
from pathlib import Path

BROWSER = next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None
)
FLAGS = (
    "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync --disable-dev-shm-usage --hide-scrollbars --disable-extensions "
    "--force-color-profile=srgb --proxy-server=127.0.0.1:9 --use-fake-device-for-media-stream "
    "--use-fake-ui-for-media-stream --remote-debugging-pipe"
)
SECONDS = 300  # at most: a busy machine takes its time
# Contrast of WCAG 2.2, the lowest of all elements that have text of their own.
CONTRAST = """(() => {
  const light = (c) => { const [r, g, b] = c.match(/[\\d.]+/g).map((v) => { v /= 255;
    return v <= .04045 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4; }); return .2126 * r + .7152 * g + .0722 * b; };
  const ground = (e) => { for (; e; e = e.parentElement) { const c = getComputedStyle(e).backgroundColor;
    if (c !== 'rgba(0, 0, 0, 0)') return c; } return 'rgb(255, 255, 255)'; };
  let worst = 21;
  for (const e of document.querySelectorAll('body *')) {
    const own = [...e.childNodes].some((n) => n.nodeType === 3 && n.textContent.trim());
    if (!own || ['SCRIPT', 'STYLE', 'NOSCRIPT'].includes(e.tagName) || e.disabled || !e.checkVisibility()) continue;
    const [a, b] = [light(getComputedStyle(e).color), light(ground(e))].sort((x, y) => y - x);
    worst = Math.min(worst, (a + .05) / (b + .05));
  } return worst; })()"""


class PageLeftError(RuntimeError):
    """The page went away while the browser evaluated something in it."""


class Browser:
    """A browser of one page.

    Parameters
    ----------
    folder : Path
        For its profile.
    *flags : str
        Further ones of its command line.

    Attributes
    ----------
    problems : list of str
        Errors, and warnings, that were written to its console, and exceptions that nobody has caught.
    requests : list of str
        Addresses that it has asked for.
    """

    def __init__(self, folder: Path, *flags: str) -> None:
        self.problems, self.requests = [], []
        self.buffer, self.number = b"", 0
        to_browser, self.sending = os.pipe()
        self.receiving, from_browser = os.pipe()

        # Chromium reads from 3 and writes to 4. A shell puts the pipes there, through higher ones, so that none is
        # overwritten: Python would have to fork, which libraries with threads of their own warn of.
        places = (
            f'exec 103<&{to_browser} 104>&{from_browser}; exec "$@" 3<&103 4>&104 103<&- 104>&-'
        )
        command = [BROWSER, *FLAGS.split(), *flags, f"--user-data-dir={folder}", "about:blank"]
        self.process = subprocess.Popen(
            ["bash", "-c", places, "bash", *command],
            pass_fds=(to_browser, from_browser),
            env={**os.environ, "HOME": str(folder)},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        os.close(to_browser)
        os.close(from_browser)
        self.session = None
        targets = self.send("Target.getTargets")["targetInfos"]
        target = next(t for t in targets if t["type"] == "page")["targetId"]
        self.session = self.send("Target.attachToTarget", targetId=target, flatten=True)[
            "sessionId"
        ]
        for domain in ("Page", "Runtime", "Network", "Log"):
            self.send(f"{domain}.enable")

    def __enter__(self):
        return self

    def __exit__(self, *_: object) -> None:
        with contextlib.suppress(OSError, TimeoutError):
            self.session = None
            self.send("Browser.close")
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(10)
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        os.close(self.sending)
        os.close(self.receiving)

    def send(self, method: str, **parameters: object) -> dict:
        """Have the browser do something and return what it answers."""
        self.number += 1
        message = {"id": self.number, "method": method, "params": parameters}
        if self.session:
            message["sessionId"] = self.session
        os.write(self.sending, json.dumps(message).encode() + b"\0")
        end = time.monotonic() + SECONDS
        while time.monotonic() < end:
            answer = self.next_message(end)
            if answer.get("id") == self.number:
                if "error" in answer:
                    left = "navigated" in answer["error"]["message"]
                    raise (PageLeftError if left else RuntimeError)(f"{method}: {answer['error']}")
                return answer["result"]
            self.note(answer)
        raise TimeoutError(method)

    def next_message(self, end: float) -> dict:
        """Wait for a message of the browser."""
        while b"\0" not in self.buffer:
            ready, _, _ = select.select([self.receiving], [], [], max(0, end - time.monotonic()))
            data = os.read(self.receiving, 1 << 20) if ready else b""
            if not data:
                raise TimeoutError("the browser says nothing")
            self.buffer += data
        message, _, self.buffer = self.buffer.partition(b"\0")
        return json.loads(message)

    def note(self, event: dict) -> None:
        """Keep what an event tells of errors and requests."""
        content = event.get("params", {})
        match event.get("method"):
            case "Runtime.exceptionThrown":
                details = content["exceptionDetails"]
                self.problems.append(
                    details.get("exception", {}).get("description", details["text"])
                )
            case "Runtime.consoleAPICalled" if content["type"] in ("error", "warning", "assert"):
                self.problems.append(" ".join(str(a.get("value", a)) for a in content["args"]))
            case "Log.entryAdded" if content["entry"]["level"] in ("error", "warning"):
                self.problems.append(content["entry"]["text"])
            case "Network.requestWillBeSent":
                self.requests.append(content["request"]["url"])

    def open(
        self, place: Path | str, width: int = 1280, height: int = 900, dark: bool = False
    ) -> "Browser":
        """Open a file or an address on a screen of a size, and wait until it is loaded.

        It meets a browser in which nobody has chosen anything yet: what pages have kept is forgotten.
        """
        address = place if isinstance(place, str) else place.resolve().as_uri()
        self.send("Page.navigate", url="about:blank")
        self.send("Storage.clearDataForOrigin", origin="*", storageTypes="local_storage")
        self.problems.clear()
        self.requests.clear()
        size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600}
        self.send("Emulation.setDeviceMetricsOverride", **size)
        theme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.send("Emulation.setEmulatedMedia", features=[theme])
        self.send("Page.navigate", url=address)
        self.wait_for("document.readyState === 'complete' && document.title !== ''")
        self.settle()
        return self

    def reload(self) -> None:
        """Load the page again, and wait until it is."""
        self.evaluate("globalThis.old = true")
        self.send("Page.reload")
        self.wait_for("!globalThis.old && document.readyState === 'complete'")

    def evaluate(self, code: str) -> object:
        """Return the value of an expression, of a promise what it becomes."""
        answer = self.send(
            "Runtime.evaluate", expression=code, returnByValue=True, awaitPromise=True
        )
        if "exceptionDetails" in answer:
            raise RuntimeError(answer["exceptionDetails"]["exception"].get("description"))
        return answer["result"].get("value")

    def wait_for(self, condition: str) -> None:
        """Wait until an expression is true."""
        end = time.monotonic() + SECONDS
        while True:
            # A page that is left while it answers is no answer: the next one gives it.
            with contextlib.suppress(PageLeftError):
                if self.evaluate(condition):
                    return
            if time.monotonic() > end:
                raise TimeoutError(condition)
            time.sleep(0.02)

    def worst_contrast(self) -> float:
        """Return the lowest contrast of a text with its ground: 4.5 is WCAG's AA."""
        return self.evaluate(CONTRAST)

    def text(self, selector: str) -> str:
        """Return the text of an element."""
        return self.evaluate(f"document.querySelector({json.dumps(selector)}).innerText")

    def box(self, selector: str) -> dict:
        """Return the place of an element, which is scrolled into view."""
        return self.evaluate(
            f"(() => {{ const e = document.querySelector({json.dumps(selector)}); "
            "e.scrollIntoView({block: 'center', behavior: 'instant'}); const b = e.getBoundingClientRect(); "
            "return {x: b.x, y: b.y, width: b.width, height: b.height}; })()"
        )

    def mouse(self, kind: str, x: float, y: float) -> None:
        """Send a mouse event: mousePressed, mouseMoved or mouseReleased."""
        self.send(
            "Input.dispatchMouseEvent", type=kind, x=x, y=y, button="left", buttons=1, clickCount=1
        )

    def click(self, selector: str, right: float | None = None, down: float = 0) -> None:
        """Click at the middle of an element, or so many pixels from its corner."""
        box = self.box(selector)
        x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
        if right is not None:
            x, y = box["x"] + right, box["y"] + down
        for kind in ("mousePressed", "mouseReleased"):
            self.mouse(kind, x, y)

    def draw(self, selector: str, points: list) -> None:
        """Draw a stroke, given by places in an element, from 0 to 1."""
        box = self.box(selector)
        places = [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in points]
        self.mouse("mousePressed", *places[0])
        for (x0, y0), (x1, y1) in itertools.pairwise(places):
            for k in range(1, 7):
                self.mouse("mouseMoved", x0 + (x1 - x0) * k / 6, y0 + (y1 - y0) * k / 6)
        self.mouse("mouseReleased", *places[-1])
        self.settle()

    def key(self, name: str, text: str = "") -> None:
        """Press a key."""
        for kind in ("keyDown", "keyUp"):
            self.send("Input.dispatchKeyEvent", type=kind, key=name, code=name, text=text)

    def drop(self, path: Path, kind: str = "image/png", event: str = "drop") -> None:
        """Drop or paste a file."""
        data = base64.b64encode(path.read_bytes()).decode()
        self.evaluate(
            f"(() => {{ const bytes = Uint8Array.from(atob('{data}'), (c) => c.charCodeAt(0)); "
            f"const held = new DataTransfer(); held.items.add(new File([bytes], {json.dumps(path.name)}, "
            f"{{type: '{kind}'}})); const options = {{bubbles: true, cancelable: true}}; document.dispatchEvent("
            f"'{event}' === 'drop' ? new DragEvent('drop', {{...options, dataTransfer: held}}) "
            ": new ClipboardEvent('paste', {...options, clipboardData: held})); })()"
        )
        self.settle()

    def settle(self) -> None:
        """Wait until the screen has been drawn twice."""
        self.evaluate(
            "new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done, 30))))"
        )

    def screenshot(self, path: Path, whole: bool = False) -> None:
        """Write what is seen, or the whole page, into a PNG file."""
        options = {"captureBeyondViewport": True} if whole else {}
        if whole:
            size = self.send("Page.getLayoutMetrics")["cssContentSize"]
            options["clip"] = {
                "x": 0,
                "y": 0,
                "width": size["width"],
                "height": size["height"],
                "scale": 1,
            }
        found = self.send("Page.captureScreenshot", **options)
        path.write_bytes(base64.b64decode(found["data"]))
