"""Latest snapshot of a run: made where it trains, read where it is served."""

import json
import math
import threading
import time
from typing import Any, NamedTuple

PREPARING, COMPILING, TRAINING, VALIDATING, REPORTING, OVER = (
    *("preparing", "compiling", "training", "validating", "reporting"),
    "over",
)


class Now(NamedTuple):
    """Position of a run within its epoch.

    Attributes
    ----------
    phase : str
    epoch, step, steps : int
        The epoch that is trained, counted from 1; its steps that are done, and all.
    since : float
        When the epoch began, by `time.perf_counter`.
    """

    phase: str = PREPARING
    epoch: int = 0
    step: int = 0
    steps: int = 0
    since: float = 0.0


class Board:
    """Latest snapshot of a run, for any number of readers.

    Both of its values are immutable, and replaced by one assignment. Whoever trains waits for no reader: a reader holds
    the lock for as long only as it takes to see that nothing has changed.

    Attributes
    ----------
    now : Now
    snapshot : bytes
        JSON, replaced by `publish`.
    version : int
        Counts the snapshots.
    asked : float
        When a reader was answered last, by `time.perf_counter`.
    is_told : bool
        Whether one has been told that all is over.
    """

    def __init__(self) -> None:
        self.now = Now()
        self.snapshot, self.version = b"null", 0
        self.asked, self.is_told = -math.inf, False
        self.changed = threading.Condition()

    def publish(self, content: dict[str, Any]) -> None:
        """Replace the snapshot, and wake those that wait for another one.

        Raises
        ------
        ValueError
            If a number is not finite, which JSON has not.
        """
        snapshot = json.dumps(content, allow_nan=False).encode()
        with self.changed:
            self.snapshot, self.version = snapshot, self.version + 1
            self.changed.notify_all()

    def move(self, now: Now) -> None:
        """Replace the position, and wake those that wait: not for every step."""
        with self.changed:
            self.now = now
            self.changed.notify_all()

    def answer(self, seen: int, seconds: float) -> bytes:
        """Return the position, and the snapshot unless it has been seen, as JSON.

        Parameters
        ----------
        seen : int
            Version of the snapshot that the reader has.
        seconds : float
            How long to wait for another one, or another phase, if there is none yet.
        """
        with self.changed:
            phase = self.now.phase
            if phase != OVER:
                self.changed.wait_for(
                    lambda: self.version != seen or self.now.phase != phase, seconds
                )
            now, snapshot, version = self.now, self.snapshot, self.version
            self.asked, self.is_told = time.perf_counter(), now.phase == OVER
        place = now._asdict()
        since = place.pop("since")
        place["seconds"] = round(time.perf_counter() - since, 3) if since else 0
        head = json.dumps({"version": version, "now": place}).encode()
        return head[:-1] + b', "snapshot": ' + (snapshot if version != seen else b"null") + b"}"
