"""Sessions of a run: the commands that trained it, when and on what machine.

They are in config.json beside the flags; nothing is computed from them. Files of earlier versions have none.
"""

import json
import os
import platform
import shlex
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from lenet import limits
from lenet.files import read_regular_text

KEY = "sessions"
MOST = 20  # that are kept: the first, and the last of the others
MOST_CHARACTERS = 16_384  # of a command that is kept; config.json has a limit
NOTES = ("began", "system", "recipe")


@dataclass(frozen=True)
class Session:
    """One command that has trained a run, or a part of it.

    Attributes
    ----------
    command : tuple of str
        The program and its arguments, as they were typed.
    began : str
        Date and time in ISO 8601, with the offset from UTC.
    system : str
        Operating system, kind of processor and number of CPUs.
    recipe : str
        That of ``--recipe``, if one was used.
    """

    command: tuple[str, ...]
    began: str = ""
    system: str = ""
    recipe: str = ""

    @property
    def typed(self) -> str:
        """The command, quoted for a shell."""
        return shlex.join(self.command)

    @property
    def time(self) -> str:
        """The date and time to show; empty text if it is neither."""
        try:
            began = datetime.fromisoformat(self.began)
        except ValueError:
            return ""
        return f"{began:%Y-%m-%d %H:%M:%S} {began.tzname() or ''}".rstrip()


def new_session(command: Sequence[str], recipe: str | None) -> Session:
    """Return the session that begins now, on this machine."""
    return Session(
        command=tuple(command),
        began=datetime.now().astimezone().isoformat(timespec="seconds"),
        system=f"{platform.system()} {platform.machine()}, {os.cpu_count()} CPUs",
        recipe=recipe or "",
    )


def kept(sessions: Sequence[Session]) -> list[dict[str, Any]]:
    """Return sessions as JSON has them, without those in the middle of very many."""
    short = [s for s in sessions if sum(map(len, s.command)) <= MOST_CHARACTERS]
    return [asdict(session) for session in (*short[:1], *short[1:][-(MOST - 1) :])]


def read_sessions(path: Path) -> list[Session]:
    """Read the sessions in a config.json file; what is none of them is left out.

    No file, or one that is damaged, has none: whoever needs its flags says what is wrong with it.
    """
    try:
        config = json.loads(read_regular_text(path, limits.CONFIG_BYTES))
    except (OSError, ValueError, RecursionError):
        return []
    entries = config.get(KEY) if isinstance(config, dict) else None
    return [
        Session(tuple(entry["command"]), **{name: entry.get(name, "") for name in NOTES})
        for entry in (entries if isinstance(entries, list) else [])
        if isinstance(entry, dict) and is_session(entry)
    ]


def is_session(entry: dict[str, Any]) -> bool:
    """Return whether an object of JSON has what a session has, and of the same types."""
    command = entry.get("command")
    return (
        isinstance(command, list)
        and bool(command)
        and all(isinstance(word, str) for word in command)
        and all(isinstance(entry.get(name, ""), str) for name in NOTES)
    )
