"""Static check of a pickled model, whose objects may hold one another.

A layer holds its network and the network its layer, which `PickleCheck` refuses, because what is in one
another without end cannot be hashed. Lists, dictionaries and `Record`s are never hashed by what is in them:
those that hold one another are harmless. Tuples are, and stay bounded, in depth and in size.
"""

from pickle import UnpicklingError

from lenet import limits
from lenet.data.pickle_check import (
    ATOM,
    CHANGE,
    DROP,
    HASH_NOTHING,
    NAME,
    SPECIAL,
    Item,
    PickleCheck,
    Step,
)

# Whose hash is that of what is in them.
HASHED = frozenset(["TUPLE", "TUPLE1", "TUPLE2", "TUPLE3", "FROZENSET"])


class RecordCheck(PickleCheck):
    """Checker of pickles whose lists, dictionaries and records may change."""

    def check(self, start: int = 0) -> Item:
        """Follow the pickle that begins at a byte to its end; see `PickleCheck.check`."""
        self.stack, self.marks = [], []
        atom = Item(is_fixed=True)
        for step, begin, end in self.opcodes(start):
            kind = step.kind
            if kind is ATOM:
                self.stack.append(atom)
            elif kind is SPECIAL:
                self.special(step, begin, end)
            else:
                taken = self.taken(step)
                if kind is NAME:
                    self.stack.append(atom)
                elif kind is not DROP:
                    self.stack.append(self.built(step, taken))
        return self.stack[-1]

    def built(self, step: Step, taken: list[Item]) -> Item:
        """Return what an opcode makes of some items, or the first of them, changed."""
        if step.kind is CHANGE:
            target = taken.pop(0)
            if taken and target.is_fixed:
                raise UnpicklingError("it changes what cannot be changed")
        else:
            target = Item(is_fixed=step.name in HASHED)
            self.n_containers += 1
        added = sum(item.weight for item in taken)
        if step.name in HASHED:
            target.depth = 1 + max((item.depth for item in taken), default=0)
            target.weight += added
            if target.depth > limits.PICKLE_DEPTH:
                raise UnpicklingError(f"its tuples are nested more than {limits.PICKLE_DEPTH} deep")
            if target.weight > limits.PICKLE_ITEMS:
                raise UnpicklingError("its tuples hold one another again and again")
        self.work += 0 if step.name in HASH_NOTHING else added
        if self.work > limits.PICKLE_ITEMS or self.n_containers > limits.PICKLE_CONTAINERS:
            raise UnpicklingError(f"it builds more than {limits.PICKLE_CONTAINERS:,} objects")
        return target
