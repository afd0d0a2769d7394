"""Programs for Theano, as `lenet port` reads them."""

import random
from pathlib import Path

from tests.fuzz_files.children import Places
from tests.fuzz_files.kinds.base import Kind, harm_file
from tests.fuzz_files.mutations import TEXTS

PROGRAM = """\
# -*- coding: utf-8 -*-
import theano, os
import theano.tensor as T
from theano.tensor.nnet import conv, softmax
from theano.tensor.signal.downsample import max_pool_2d
theano.config.device = 'gpu'
class Layer(object):
    def __init__(self, x, W=None):  # a comment
        maps = conv.conv2d(input=x, filters=W, image_shape=(1, 2, 3, 4))
        self.out = max_pool_2d(maps, ds=(2, 2), st=(1, 1)).reshape((1, -1), 2)
f = theano.function([T.matrix('x', 'float32')], [T.stack(a, b) for a in c], mode='FAST_RUN')
y = f"{T.inv(x)}", lambda T: T.inv, '''text'''
"""
OUTCOMES = (0, 1)  # all is translated, or something is left


class Program(Kind):
    """A program, of which parts may be anything."""

    name, is_heavy = "program", True
    leaves = ("new.py", "new.md")
    file = "program.py"

    def prepare(self, shared: Path) -> None:
        """Import the reader, and what it asks for the names."""
        from lenet.commands import port
        from lenet.porting.rewriting import port as port_text

        port_text(PROGRAM, self.file)
        self.command = port

    def intact(self, folder: Path) -> None:
        """Write it."""
        (folder / self.file).write_text(PROGRAM)

    def harm(self, rng: random.Random, folder: Path, story: list[str]) -> None:
        """Damage it, or put statements into another order with odd text among them."""
        harm_file(rng, folder / self.file, story, lambda: self.forged(rng, story))

    def forged(self, rng: random.Random, story: list[str]) -> bytes:
        """Return a program of the same lines in another order, odd ones among them."""
        lines = PROGRAM.split("\n")
        for _ in range(rng.randrange(1, 6)):
            line = rng.choice(
                (*lines, *TEXTS, "from theano.tensor import *", "T = theano", "x = (")
            )
            lines.insert(rng.randrange(len(lines)), line)
        story.append("lines in another order")
        return "\n".join(lines).encode("utf-8", "surrogateescape")

    def read(self, where: Places) -> int:
        """Port it."""
        target = where.results / "new.py"
        status = self.command.main([str(where.inputs / self.file), "-o", str(target)])
        return 0 if status in OUTCOMES else status


KINDS = (Program,)
