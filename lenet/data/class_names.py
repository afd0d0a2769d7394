"""Names of classes: natural order, and one spelling for folders of one class."""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence


def natural_key(name: str) -> tuple[list[tuple[int, int]], str]:
    """Key of the natural order of names: 1, 2, 10 and not 1, 10, 2.

    A number comes where its first digit would. So names without numbers are in the order of their
    characters.
    """
    pieces = re.findall("[0-9]+|[^0-9]", name)
    numbers = [
        (ord("0"), int(piece)) if piece[0] in "0123456789" else (ord(piece), 0) for piece in pieces
    ]
    return numbers, name


def common_spellings(
    folders: Sequence[Mapping[str, object]], class_names: Sequence[str] | None = None
) -> dict[str, str]:
    """Spelling of each class name that all folders share.

    Names that differ in capitals alone, or in how accents are encoded, are of one class if no folder has
    both.

    Parameters
    ----------
    folders : sequence of mapping with str keys
        The names in each folder.
    class_names : sequence of str, optional
        Classes that are known, whose spelling comes first.

    Returns
    -------
    dict of str to str
        From a name in a folder to that of its class.
    """
    of_known = [] if class_names is None else [class_names]
    apart = {key for names in (*of_known, *folders) for key in several(names)}
    first: dict[str, str] = {}
    return {
        name: name if folded(name) in apart else first.setdefault(folded(name), name)
        for names in (*of_known, *folders)
        for name in names
    }


def folded(name: str) -> str:
    """Return a name without the difference of capitals and of encodings of accents."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", name).casefold())


def several(names: Iterable[str]) -> dict[str, list[str]]:
    """Return names alike but for capitals and encodings, by folded name."""
    listed = list(names)
    counts = Counter(map(folded, listed))
    return {
        key: [name for name in listed if folded(name) == key]
        for key, count in counts.items()
        if count > 1
    }
