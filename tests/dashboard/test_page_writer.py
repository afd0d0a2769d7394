"""The page as it is served: one text, and a policy that allows what is in it alone."""

import base64
import hashlib
import re

from lenet.dashboard.page_writer import PAGE, dashboard_page
from lenet.show.bundle import bundled


def test_the_policy_allows_the_pages_own_script_and_style_alone():
    page, policy = dashboard_page()
    text = page.decode()
    for name in ("script", "style"):
        (content,) = re.findall(rf"<{name}>(.*?)</{name}>", text, re.DOTALL)
        digest = base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()
        assert f"{name}-src 'sha256-{digest}'" in policy
    assert policy.startswith("default-src 'none'; ")
    for part in ("connect-src 'self'", "frame-ancestors 'none'", "base-uri 'none'"):
        assert part in policy
    assert "unsafe" not in policy
    assert re.findall(r'(?:src|href)="([^"]*)"', text) == ["data:,", "#main"]


def test_the_page_is_made_of_all_its_modules():
    script = bundled(PAGE, "main.js")
    for path in PAGE.glob("*.js"):
        assert f"// {path.name}\n" in script
    assert "// theme.js\n" in script  # of the page of `lenet show`
    assert script.count("fetch(") == 1
    assert "innerHTML" not in script
