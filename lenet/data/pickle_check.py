"""Static check of a pickle: its opcodes are followed, and nothing is built.

It comes before the pickle is run.

A pickle is a program. A few bytes of it can ask for any amount of memory, a few thousand for tuples nested
so deeply, or held by one another so often, that hashing them crashes the interpreter or never ends. What is
followed here is which objects it builds, and which are in which; not their values.

`pickletools.genops` would copy each string, and refuses those of Python 2 that are not ASCII (CPython issue
126992), so that only its table of opcodes is used.
"""

import pickletools
from collections.abc import Iterator
from functools import cache
from pickle import UnpicklingError
from typing import NamedTuple

from lenet import limits


class Item:
    """Object that a pickle builds, described by depth and size.

    Attributes
    ----------
    depth : int
        How many objects are within one another in it.
    weight : int
        Objects that a walk through it meets; one that is held twice is met twice.
    is_fixed : bool
        Whether nothing may be put into it, or not any more.
    """

    __slots__ = ("depth", "is_fixed", "weight")

    def __init__(self, is_fixed: bool = False) -> None:
        self.depth, self.weight, self.is_fixed = 0, 1, is_fixed


class Step(NamedTuple):
    """Effect of an opcode on the stack.

    Attributes
    ----------
    name : str
    kind : str
        Which branch of `PickleCheck.check` it takes.
    size, lines : int
        Bytes of its argument, or a code of `pickletools` for where its length stands; and its lines, if
        it is text.
    below : int
        Items that it takes off the stack, below a mark if there is one.
    has_mark : bool
        Whether it takes all above the last mark, too.
    """

    name: str
    kind: str
    size: int
    lines: int
    below: int
    has_mark: bool


ATOM, MAKE, CHANGE, SPECIAL, DROP, NAME = "atom", "make", "change", "special", "drop", "name"
KINDS = {
    **dict.fromkeys(["EMPTY_LIST", "EMPTY_DICT", "EMPTY_SET"], MAKE),
    **dict.fromkeys(["APPEND", "APPENDS", "SETITEM", "SETITEMS", "ADDITEMS", "BUILD"], CHANGE),
    **dict.fromkeys(["MARK", "POP", "DUP", "MEMOIZE", "STOP", "PROTO", "FRAME"], SPECIAL),
    **{"POP_MARK": DROP, "STACK_GLOBAL": NAME},
    **dict.fromkeys(["PUT", "BINPUT", "LONG_BINPUT", "GET", "BINGET", "LONG_BINGET"], SPECIAL),
}
HASH_NOTHING = frozenset(["APPEND", "APPENDS", "LIST", "TUPLE", "TUPLE1", "TUPLE2", "TUPLE3"])
SIZE_BYTES = {
    pickletools.TAKEN_FROM_ARGUMENT1: 1,
    pickletools.TAKEN_FROM_ARGUMENT4: 4,
    pickletools.TAKEN_FROM_ARGUMENT4U: 4,
    pickletools.TAKEN_FROM_ARGUMENT8U: 8,
}


@cache
def steps() -> list[Step | None]:
    """Return the table of opcodes by byte value; None for a byte that is no opcode."""
    table: list[Step | None] = [None] * 256
    for opcode in pickletools.opcodes:
        before = [kind.name for kind in opcode.stack_before]
        has_mark = "mark" in before
        table[ord(opcode.code)] = Step(
            name=opcode.name,
            kind=KINDS.get(opcode.name, MAKE if before else ATOM),
            size=opcode.arg.n if opcode.arg else 0,
            lines=2 if opcode.arg and opcode.arg.name.endswith("_pair") else 1,
            below=before.index("mark") if has_mark else len(before),
            has_mark=has_mark,
        )
    return table


class PickleCheck:
    """Checker of consecutive pickles in some bytes, which share a memo.

    Parameters
    ----------
    data : bytes
    """

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.memo: list[Item | None] = []
        self.n_memoized = self.n_opcodes = self.n_containers = self.work = 0

    def check(self, start: int = 0) -> Item:
        """Follow the pickle that begins at a byte to its end, and return what it builds.

        Raises
        ------
        UnpicklingError
            If it goes beyond the limits, or can be no pickle.
        """
        self.stack: list[Item] = []
        self.marks: list[int] = []
        atom = Item(is_fixed=True)
        for step, begin, end in self.opcodes(start):
            kind = step.kind
            if kind is ATOM:  # most opcodes of a large pickle
                self.stack.append(atom)
                continue
            if kind is SPECIAL:
                self.special(step, begin, end)
                continue
            taken = self.taken(step)
            if kind is DROP:
                continue
            if kind is NAME:
                self.stack.append(atom)
                continue
            if kind is CHANGE:
                target = taken.pop(0)
            else:
                target = Item()
                self.n_containers += 1
            added = self.fill(target, taken)
            self.work += 0 if step.name in HASH_NOTHING else added
            if self.work > limits.PICKLE_ITEMS or self.n_containers > limits.PICKLE_CONTAINERS:
                raise UnpicklingError(f"it builds more than {limits.PICKLE_CONTAINERS:,} objects")
            self.stack.append(target)
        return self.stack[-1]

    def opcodes(self, start: int) -> Iterator[tuple[Step, int, int]]:
        """Yield each opcode up to STOP, with begin and end of its argument."""
        table, data, at = steps(), self.data, start
        stop = table[ord(".")]
        n_bytes = len(data)
        for n_opcodes in range(self.n_opcodes + 1, limits.PICKLE_OPCODES + 1):
            if at >= n_bytes:
                raise UnpicklingError("it is truncated")
            step = table[data[at]]
            if step is None:
                raise UnpicklingError(f"it has the byte {data[at]:#04x} in place of an opcode")
            begin = at + 1
            at = begin + step.size if step.size >= 0 else self.end_of(step, begin)
            if at > n_bytes:
                raise UnpicklingError("it is truncated, or claims more bytes than there are")
            self.n_opcodes = n_opcodes
            yield step, begin, at
            if step is stop:
                return
        raise UnpicklingError(f"it has more than {limits.PICKLE_OPCODES:,} opcodes")

    def end_of(self, step: Step, begin: int) -> int:
        """Return the end of an argument whose length is in the pickle."""
        if step.size == pickletools.UP_TO_NEWLINE:
            end = begin
            for _ in range(step.lines):
                end = self.data.find(b"\n", end) + 1
                if not end:
                    raise UnpicklingError("it is truncated")
            return end
        start = begin + SIZE_BYTES[step.size]
        return start + int.from_bytes(self.data[begin:start], "little")

    def special(self, step: Step, begin: int, end: int) -> None:
        """Follow an opcode that builds nothing, but changes the stack or the memo."""
        name, stack = step.name, self.stack
        if "GET" in name:
            index = self.index(name, begin, end)
            item = self.memo[index] if index < len(self.memo) else None
            if item is None:
                raise UnpicklingError(f"it takes from place {index} of its memo, which is empty")
            stack.append(item)
        elif name == "MARK":
            self.marks.append(len(stack))
        elif name == "FRAME":
            if int.from_bytes(self.data[begin:end], "little") > len(self.data) - end:
                raise UnpicklingError("it claims a frame of more bytes than there are")
        elif name == "POP" and self.marks and self.marks[-1] == len(stack):
            self.marks.pop()
        elif name != "PROTO":
            if len(stack) <= (self.marks[-1] if self.marks else 0):
                raise UnpicklingError("it takes more from its stack than is there")
            if name == "DUP":
                stack.append(stack[-1])
            elif name == "POP":
                stack.pop()
            elif name == "MEMOIZE":
                self.put(self.n_memoized)
            elif name != "STOP":
                self.put(self.index(name, begin, end))

    def taken(self, step: Step) -> list[Item]:
        """Pop the items that an opcode uses, the lowest first."""
        above: list[Item] = []
        if step.has_mark:
            if not self.marks:
                raise UnpicklingError("it lacks a mark")
            mark = self.marks.pop()
            above = self.stack[mark:]
            del self.stack[mark:]
        rest = len(self.stack) - step.below
        if rest < (self.marks[-1] if self.marks else 0):
            raise UnpicklingError("it takes more from its stack than is there")
        below = self.stack[rest:]
        del self.stack[rest:]
        return below + above

    def index(self, name: str, begin: int, end: int) -> int:
        """Return the memo index that an opcode names."""
        argument = self.data[begin:end]
        if "BIN" in name:
            return int.from_bytes(argument, "little")
        if len(argument) > limits.PICKLE_INDEX_DIGITS or not argument[:-1].isdigit():
            raise UnpicklingError("it names a place in its memo by something else than a number")
        return int(argument)

    def put(self, index: int) -> None:
        """Store the topmost item in the memo.

        `pickle` takes memory for all places below the index.
        """
        # Whoever writes a pickle numbers them in turn, Python 2 from 1.
        if index > self.n_opcodes:
            raise UnpicklingError(
                f"it asks for {index:,} places in its memo after {self.n_opcodes:,} opcodes"
            )
        memo = self.memo
        if index >= len(memo):
            memo.extend([None] * (index + 1 - len(memo)))
        self.n_memoized += memo[index] is None
        memo[index] = self.stack[-1]

    def fill(self, target: Item, items: list[Item]) -> int:
        """Put items into another one, and return how many objects have come into it.

        From now on they are fixed, so that none comes to hold itself, or grows after it has been counted.
        """
        depth, added = target.depth, 0
        for item in items:
            item.is_fixed = True
            depth = max(depth, item.depth + 1)
            added += item.weight
        if items and target.is_fixed:
            raise UnpicklingError(
                "it changes what is no container, or what another one holds already"
            )
        if depth > limits.PICKLE_DEPTH:
            raise UnpicklingError(f"its objects are nested more than {limits.PICKLE_DEPTH} deep")
        if target.weight + added > limits.PICKLE_ITEMS:
            raise UnpicklingError("its objects hold one another again and again")
        target.depth, target.weight = depth, target.weight + added
        return added
