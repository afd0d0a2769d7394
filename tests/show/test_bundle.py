"""Modules become one script, or the file is named that cannot."""

import subprocess

import pytest

from lenet.show.bundle import bundled
from lenet.show.page_writer import PAGE
from tests.show.node import NODE, needs_node


def write(folder, **modules):
    for name, text in modules.items():
        (folder / f"{name}.js").write_text(text)


@needs_node
def test_a_bundle_does_what_its_modules_do(tmp_path):
    write(
        tmp_path,
        main='import { two, Three } from "./b.js";\nimport {\n  one as first,\n} from "./a.js";\n'
        "console.log(first + two() + new Three().value);\n",
        a="let count = 0;\ncount++;\nexport const one = count;\n",
        b='import { one } from "./a.js";\nconst secret = 2;\nexport function two() { return secret * one; }\n'
        "export class Three { value = 3; }\nexport async function* more() {}\n",
    )
    script = bundled(tmp_path, "main.js")
    done = subprocess.run([NODE, "-e", script], capture_output=True, text=True, check=True)
    assert done.stdout == "6\n"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('import a from "./a.js";\n', "expected imports and exports of names"),
        ("export default 1;\n", "expected imports and exports of names"),
        ('import { main } from "./main.js";\n', "imports itself, by way of main.js"),
        ('const end = "</script>";\n', "cannot be in a script"),
        ('const comment = "<!--";\n', "cannot be in a script"),
    ],
)
def test_what_cannot_be_joined_is_named(text, message, tmp_path):
    write(tmp_path, main=text, a="")
    with pytest.raises(ValueError, match=rf"main\.js: .*{message}"):
        bundled(tmp_path, "main.js")


def test_the_page_is_made_of_all_its_modules():
    script = bundled(PAGE, "main.js")
    for path in PAGE.glob("*.js"):
        assert f"// {path.name}\n" in script
    assert "fetch(" not in script
    assert "XMLHttpRequest" not in script


@needs_node
def test_a_bundle_has_modules_of_other_folders(tmp_path):
    for folder in ("here", "there/deep"):
        (tmp_path / folder).mkdir(parents=True)
    write(tmp_path / "here", main='import { a } from "../there/deep/a.js";\nconsole.log(a);\n')
    write(tmp_path / "there" / "deep", a='import { b } from "./b.js";\nexport const a = b + 1;\n')
    write(tmp_path / "there" / "deep", b="export const b = 1;\n")
    script = bundled(tmp_path / "here", "main.js")
    done = subprocess.run([NODE, "-e", script], capture_output=True, text=True, check=True)
    assert done.stdout == "2\n"


def test_two_modules_of_one_name_are_refused(tmp_path):
    (tmp_path / "other").mkdir()
    write(tmp_path, main='import { a } from "./a.js";\nimport { a as b } from "./other/a.js";\n')
    write(tmp_path, a="export const a = 1;\n")
    write(tmp_path / "other", a="export const a = 2;\n")
    with pytest.raises(ValueError, match=r"a\.js: two modules of this name"):
        bundled(tmp_path, "main.js")
