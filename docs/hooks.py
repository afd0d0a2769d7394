"""Hooks of MkDocs: pages made of other files, links that lead there, and networks that run in the site."""

import base64
import functools
import json
import posixpath
import re
import subprocess
import sys
import tempfile
from pathlib import Path
from string import Template

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.exceptions import PluginError
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

ROOT = Path(__file__).parent.parent
PAGES = {
    "README.md": "index.md",
    "CONTRIBUTING.md": "contributing.md",
    "CHANGELOG.md": "changelog.md",
    "data/README.md": "data.md",
    "docs/lenet-tutorial.ipynb": "lenet-tutorial.md",
    "docs/network3.ipynb": "network3.md",
}
LINK = re.compile(r"\[(?P<text>[^]]*)\]\((?P<target>[^)#\s]+)(?P<anchor>#[^)]*)?\)")
PICTURE = re.compile(r'(?<=src=")(?P<target>[^"]+)')
# Networks whose pages are in the site, and the picture in whose place the first of them is shown.
LIVE = {"live/mnist.html": "mnist", "live/mnist-1998.html": "mnist-1998"}
STILL = re.compile(r"^!\[(?P<text>[^]]*)\]\((?P<picture>(?:docs/)?show\.png)\)$", re.MULTILINE)
FRAME = """\
<figure class="live">
<iframe src="$page" title="A network that reads digits: draw one and watch its layers" loading="lazy"></iframe>
<a class="still" href="$page"><img src="$picture" alt="$text"><span class="md-button md-button--primary">Draw a digit</span></a>
<figcaption>A network that runs in the browser: draw a digit. <a href="$page">The page by itself</a> ·
<a href="$other">LeNet-5 of 1998</a></figcaption>
</figure>"""


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the pages that lie elsewhere in the repository, and those of networks."""
    for source, name in PAGES.items():
        text = (ROOT / source).read_text()
        pictures: dict[str, bytes] = {}
        if source.endswith(".ipynb"):
            text, pictures = notebook_page(text, Path(name).stem)
        for each, content in {name: text, **pictures}.items():
            files.append(File.generated(config, each, content=content))
    for name, network in LIVE.items():
        files.append(File.generated(config, name, content=shown_network(network)))
    return files


def notebook_page(text: str, stem: str) -> tuple[str, dict[str, bytes]]:
    """Return a notebook as Markdown, with what it has printed, and its pictures by their names."""
    parts: list[str] = []
    pictures: dict[str, bytes] = {}
    for cell in json.loads(text)["cells"]:
        source = "".join(cell["source"])
        parts.append(f"```python\n{source}\n```" if cell["cell_type"] == "code" else source)
        for output in cell.get("outputs", ()):
            data = output.get("data", {})
            printed = "".join(output.get("text") or data.get("text/plain", ())).rstrip()
            if "image/png" in data:
                name = f"{stem}-{len(pictures)}.png"
                pictures[name] = base64.b64decode(data["image/png"])
                parts.append(f"![A figure that this code draws]({name})")
            elif printed:
                parts.append(f"```text\n{printed}\n```")
    return "\n\n".join(parts), pictures


@functools.cache
def shown_network(network: str) -> bytes:
    """Return what `lenet show` writes of a network that comes with lenet."""
    with tempfile.TemporaryDirectory() as folder:
        page = Path(folder) / "show.html"
        command = [sys.executable, "-m", "lenet", "show", network, "--out", str(page)]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
        if done.returncode:
            raise PluginError(f"{' '.join(command)}: {done.stderr}")
        return page.read_bytes()


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Let links lead to other pages of the site; of other files in the repository, tell the place.

    In the place of the picture of a network's page is that page.
    """
    name = page.file.src_uri
    if name == "index.md":
        page.meta["hide"] = [
            "navigation"
        ]  # which the tabs have, so that there is room for the network
    source = {name: source for source, name in PAGES.items()}.get(name, f"docs/{name}")

    def place(target: str) -> str:
        return posixpath.normpath(posixpath.join(posixpath.dirname(source), target))

    def from_here(path: str) -> str:
        there = PAGES.get(path, path.removeprefix("docs/"))
        return posixpath.relpath(there, posixpath.dirname(name) or ".")

    def linked(match: re.Match) -> str:
        text, target, anchor = match["text"], match["target"], match["anchor"] or ""
        if "://" in target:
            return match[0]
        path = place(target)
        if path in PAGES or path.startswith("docs/"):
            return f"[{text}]({from_here(path)}{anchor})"
        return f"`{path}`" if posixpath.basename(text) in path else f"{text} (`{path}`)"

    def live(match: re.Match) -> str:
        there = posixpath.dirname(page.url) or "."
        first, other = (posixpath.relpath(path, there) for path in LIVE)
        picture = posixpath.relpath("show.png", there)
        return Template(FRAME).substitute(
            page=first, other=other, picture=picture, text=match["text"]
        )

    pictured = PICTURE.sub(lambda match: from_here(place(match["target"])), markdown)
    return STILL.sub(live, LINK.sub(linked, pictured))
