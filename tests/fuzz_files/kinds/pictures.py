"""Pictures in all formats that Pillow writes, and folders of them with odd names."""

import csv
import io
import os
import random
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from tests.fuzz_files.children import Places, is_control
from tests.fuzz_files.forging.pictures import bitmap, gif, jpeg, picture, png, tiff
from tests.fuzz_files.kinds.base import Kind, harm_file, require
from tests.fuzz_files.kinds.networks import probe_quickly
from tests.fuzz_files.mutations import mutated, odd_file

READ = ("PNG", "JPEG", "TIFF", "GIF", "BMP")
REFUSED = (
    *("WEBP", "PPM", "ICO", "TGA", "JPEG2000", "PCX", "SGI", "DDS", "QOI", "IM", "MPO", "EPS"),
)
NAMES = (
    *(
        b"\x1b[31mred",
        b"a\nb",
        b"\xff\xfe",
        b"=1+1",
        b"@x",
        b"-rf",
        b"--help",
        b" ",
        b"a,b;c",
        b"\r",
    ),
    *(b"\xe2\x80\xae abc", b"<script>alert(1)<script>", b"'\"`$(touch canary)", b"%s%n", b"{0}"),
    *(b"a" * 240, b"CON", b"\xc2\x9b31m", b".hidden", b"..hidden", b"Thumbs.db", b"\x7f", b"\x01"),
    *(b"\xf0\x9f\x98\x80",),
)


class Picture(Kind):
    """A picture in one of the formats that are read, or that are not."""

    name = "picture"

    def prepare(self, shared: Path) -> None:
        """Import the readers, and make a picture of each format."""
        from PIL import Image

        from lenet.data import image_files, kept_channels, picture_pages

        Image.init()
        self.image_files, self.picture_pages = image_files, picture_pages
        self.kept_header = kept_channels.kept_header
        self.refused = [form for form in REFUSED if form in Image.SAVE]

    def intact(self, folder: Path) -> None:
        """Write a PNG file."""
        (folder / "picture.png").write_bytes(picture(random.Random(0), "PNG"))

    def harm(self, rng: random.Random, folder: Path, story: list[str]) -> None:
        """Write a damaged picture, of whatever format."""
        path = folder / "picture.png"
        form = rng.choice((*READ, "TIFF", rng.choice((*READ, *self.refused))))
        forge = {"PNG": png, "TIFF": tiff, "BMP": bitmap, "GIF": gif, "JPEG": jpeg}.get(form)
        story.append(form)
        path.write_bytes(picture(rng, form))
        donor = picture(rng, rng.choice(READ))
        if not rng.randrange(30):
            return
        if forge is None or rng.randrange(3):
            harm_file(rng, path, story, donor=donor)
        else:
            story.append("forged")
            data = forge(rng)
            path.write_bytes(mutated(rng, data, donor, story) if rng.randrange(4) == 0 else data)

    def read(self, where: Places) -> int:
        """Read it in all ways that there are."""
        from lenet.terminal import complain, run_command

        files, path = self.image_files, where.inputs / "picture.png"

        def read() -> int:
            try:
                _, channels = self.kept_header(path)
                if channels:
                    self.read_pages(path, self.picture_pages.Reading(channels, keep=True), rules=2)
                for rows, columns in files.page_sizes(path):
                    require(rows >= 0 and columns >= 0, "a negative size")
                image = files.read_image(path, 3)
                require(image.dtype == np.uint8 and image.ndim == 3 and len(image) == 3, "no image")
                pages = self.picture_pages
                last = pages.picture_pages(path)[-1]
                require(len(files.read_image(path, 1, min(last, 3))) == 1, "no gray image")
                self.read_pages(path, pages.Reading(3))
                self.read_pages(path, pages.Reading(1, pages="project"))
            except files.ImageError as error:
                complain("lenet-predict", error)
                return 1
            return 0

        return run_command("lenet-predict", read)

    def read_pages(self, path: Path, reading: Any, rules: int = 1) -> None:
        """Read all pages of it by one way of reading, scaled to a square."""
        files = self.image_files
        fit = partial(files.fit_to, size=8)
        for page in self.picture_pages.read_pages(path, reading, fit, rules)[:50]:
            if isinstance(page, files.ImageError):
                raise page
            if page is not None:
                values = getattr(page, "values", page)
                require(values.shape == (reading.channels, 8, 8), "an image of another size")


def is_small(path: Path) -> bool:
    """Return whether a file has no more than a megabyte."""
    return path.stat().st_size < 1 << 20


class Folder(Kind):
    """A folder of pictures, with odd names and what is no picture among them."""

    name = "image-folder"
    leaves = ("*.h5",)
    says = "lenet-explore: left out: .*"

    def prepare(self, shared: Path) -> None:
        """Import the readers, and make a few pictures."""
        from lenet.data import image_folder
        from lenet.report import dataset

        self.image_folder, self.dataset_report = image_folder, dataset
        self.starts = probe_quickly()  # the cache is read, too
        rng = random.Random(0)
        self.pictures = [picture(rng, form) for form in ("PNG", "PNG", "PNG", "PNG", "JPEG", "BMP")]

    def intact(self, folder: Path) -> None:
        """Write two classes."""
        for name in ("cat", "dog"):
            (folder / name).mkdir()
            for k, data in enumerate(self.pictures):
                (folder / name / f"{k}.png").write_bytes(data)

    def harm(self, rng: random.Random, folder: Path, story: list[str]) -> None:
        """Rename files and folders, and put odd ones beside them."""
        for _ in range(rng.choice((1, 2, 4))):
            with suppress(OSError):  # a name that is there already, or no file's
                self.harm_once(rng, folder, story)

    def harm_once(self, rng: random.Random, folder: Path, story: list[str]) -> None:
        """Do one of these."""
        own = [path for path in sorted(folder.iterdir()) if path.is_dir() and not path.is_symlink()]
        sub = rng.choice(own or [folder])
        odd = os.fsdecode(rng.choice(NAMES))
        file = sub / f"{odd}.png"
        # An odd file may have a hole of many gigabytes, which is not to be read here.
        files = [path for path in sorted(sub.iterdir()) if path.is_file() and is_small(path)]
        match rng.randrange(7):
            case 0 if sub != folder:
                sub.rename(folder / odd)
                story.append(f"class {odd!r}")
            case 1 if files:
                rng.choice(files).rename(file)
                story.append(f"file {odd!r}")
            case 2:
                odd_file(rng, sub / "odd.png", story)
            case 3:
                (folder / odd).symlink_to(rng.choice((".", "..", "/etc", "cat", "nowhere", "/dev")))
                story.append(f"link {odd!r}")
            case 4 if files:
                path = rng.choice(files)
                path.write_bytes(mutated(rng, path.read_bytes(), self.pictures[0], story))
            case 5:
                (folder / odd).mkdir(exist_ok=True)
                story.append(f"empty {odd!r}")
            case _:
                deep = sub / Path(*["d"] * rng.choice((1, 20, 100)))
                deep.mkdir(parents=True, exist_ok=True)
                (deep / "deep.png").write_bytes(self.pictures[0])
                story.append("deep folders")

    def read(self, where: Places) -> int:
        """Load the data set and report on it as the command lines do."""
        from lenet.terminal import complain, run_command, say
        from lenet.text import csv_lines

        def explored() -> int:
            dataset = self.image_folder.load_image_folder(
                [where.inputs], size=8, shares=(60, 20, 20), cache_dir=where.results
            )
            for problem in dataset.problems:
                complain("lenet-explore", f"left out: {problem}")
            say(self.dataset_report.parts_text(dataset))
            lines = csv_lines(self.dataset_report.image_rows(dataset))
            for cell in (
                cell for row in csv.reader(io.StringIO(lines, newline="")) for cell in row
            ):
                require(not cell.startswith(("=", "@", "+")), f"images.csv, a formula: {cell!r}")
                odd = any(is_control(letter) and letter < "\ud800" for letter in cell)
                require(not odd, f"images.csv, a control character: {cell!r}")
            return 0

        return run_command("lenet-explore", explored)


KINDS = (Picture, Folder)
