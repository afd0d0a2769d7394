"""Hooks of MkDocs: pages made of files outside docs/, and links that lead there."""

import posixpath
import re
from pathlib import Path

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

ROOT = Path(__file__).parent.parent
PAGES = {
    "README.md": "index.md",
    "CONTRIBUTING.md": "contributing.md",
    "CHANGELOG.md": "changelog.md",
    "data/README.md": "data.md",
}
LINK = re.compile(r"\[(?P<text>[^]]*)\]\((?P<target>[^)#\s]+)(?P<anchor>#[^)]*)?\)")
PICTURE = re.compile(r'(?<=src=")(?P<target>[^"]+)')


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the pages that lie elsewhere in the repository."""
    for source, name in PAGES.items():
        files.append(File.generated(config, name, content=(ROOT / source).read_text()))
    return files


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Let links lead to other pages of the site; of other files in the repository, tell the place."""
    name = page.file.src_uri
    source = {name: source for source, name in PAGES.items()}.get(name, f"docs/{name}")

    def place(target: str) -> str:
        return posixpath.normpath(posixpath.join(posixpath.dirname(source), target))

    def from_here(path: str) -> str:
        there = PAGES.get(path, path.removeprefix("docs/"))
        return posixpath.relpath(there, posixpath.dirname(name) or ".")

    def linked(match: re.Match) -> str:
        text, target, anchor = match["text"], match["target"], match["anchor"] or ""
        path = place(target)
        if "://" in target:
            return match[0]
        if path in PAGES or path.startswith("docs/"):
            return f"[{text}]({from_here(path)}{anchor})"
        return f"`{path}`" if posixpath.basename(text) in path else f"{text} (`{path}`)"

    pictured = PICTURE.sub(lambda match: from_here(place(match["target"])), markdown)
    return LINK.sub(linked, pictured)
