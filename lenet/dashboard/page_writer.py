"""Page of a run in progress as one HTML text, with its style and script within it."""

from html import escape
from pathlib import Path
from string import Template

from lenet import __version__
from lenet.show.bundle import bundled
from lenet.show.page_writer import PAGE as SHOWN
from lenet.show.page_writer import hash_of

PAGE = Path(__file__).parent / "page"
POLICY = (
    "default-src 'none'; script-src '{script}'; style-src '{style}'; connect-src 'self'; img-src data:; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)


def dashboard_page() -> tuple[bytes, str]:
    """Return the page, and the Content-Security-Policy that goes with it.

    That allows what is in the page and nothing else. Its style begins with that of the page of `lenet show`.
    """
    script = bundled(PAGE, "main.js")
    style = "".join(
        path.read_text(encoding="utf-8") for path in (SHOWN / "page.css", PAGE / "page.css")
    )
    template = Template((PAGE / "page.html").read_text(encoding="utf-8"))
    page = template.substitute(version=escape(__version__), style=style, script=script)
    return page.encode(), POLICY.format(script=hash_of(script), style=hash_of(style))
