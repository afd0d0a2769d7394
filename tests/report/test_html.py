import os
from html.parser import HTMLParser
from urllib.parse import unquote_to_bytes

from lenet.report.html import Link, table_html

VOID = {"meta", "img"}


class Page(HTMLParser):
    """Tags, attributes and cells of a page, in which each tag must be closed in its turn."""

    def __init__(self, text):
        super().__init__()
        self.open, self.tags, self.attributes, self.rows, self.texts = [], [], [], [], []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += attrs
        if tag not in VOID:
            self.open.append(tag)
        if tag == "tr":
            self.rows.append([])

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if self.open and self.open[-1] in ("td", "th"):
            self.rows[-1].append(data)
        self.texts.append(data)


def test_a_link_leads_to_any_file_and_to_nothing_else():
    names = ["a run", "javascript:alert(1)", 'x"><img>', "\udcff", "-&#?%"]
    html = table_html([("run",), *((Link(name, f"{name}/report.html"),) for name in names)])
    page = Page(html)
    assert set(page.tags) == {"div", "table", "thead", "tbody", "tr", "th", "td", "a"}
    targets = [value for name, value in page.attributes if name == "href"]
    assert [os.fsdecode(unquote_to_bytes(target)) for target in targets] == [
        f"{name}/report.html" for name in names
    ]
    assert not any(set(target) & set(':?#"<>& ') for target in targets)
