"""How hosts meet to train together: the first one listens, the others come, and none begins alone.

They stay connected by `Link`, so that each hears of the end of another. What is sent is JSON, and
believed: hosts that train together trust their network, as JAX does.
"""

import json
import os
import socket
import time
from collections.abc import Iterable, Mapping
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from multiprocessing.connection import wait
from typing import Any

from lenet.errors import CommandError
from lenet.text import as_typed

ANSWER_SECONDS = 10
LONGEST_GREETING = 2**20
# A host that is cut off, or has lost its power, is given up after some twenty seconds.
KEEP_ALIVE = {"TCP_KEEPIDLE": 5, "TCP_KEEPINTVL": 5, "TCP_KEEPCNT": 3}

# Flags by which hosts may differ: where things are on each, and what changes no result.
OWN_FLAGS = (
    *("host_index", "data_dir", "cache_dir", "out_dir", "model_save_path"),
    *("threads", "config"),
)

Message = dict[str, Any]


@dataclass(frozen=True)
class Place:
    """A host's place among all of them.

    Attributes
    ----------
    address : pair of str and int
        Name or number of the first host, and a port that is free there.
    count : int
        Number of hosts.
    index : int
        From 0, that of the first, to below `count`.
    """

    address: tuple[str, int]
    count: int
    index: int

    @property
    def flag(self) -> str:
        """What the user has written."""
        host, port = self.address
        return f"--coordinator {host}:{port}"


class Link:
    """A connection to another host, over which both send lines of JSON.

    Attributes
    ----------
    connection : socket
        For `multiprocessing.connection.wait`.
    """

    def __init__(self, connection: socket.socket) -> None:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        for name, value in KEEP_ALIVE.items():
            if hasattr(socket, name):  # not everywhere, and not all of them
                connection.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), value)
        self.connection = connection
        self.lines = connection.makefile("rb")

    def send(self, message: Message) -> None:
        """Send a message; whether it arrives, only an answer tells."""
        with suppress(OSError):
            self.connection.sendall(json.dumps(message).encode() + b"\n")

    def receive(self, seconds: float, longest: int = -1) -> Message | None:
        """Return the next message; None if the other is gone, says nothing or is no host of ours."""
        self.connection.settimeout(seconds)
        try:
            message = json.loads(self.lines.readline(longest))
        except (OSError, ValueError, RecursionError):
            return None
        return message if isinstance(message, dict) else None

    def close(self) -> None:
        """Hang up."""
        self.lines.close()
        self.connection.close()


def greeting(place: Place, flags: Mapping[str, Any], versions: Mapping[str, str]) -> Message:
    """Return what a host says of itself; those that train together agree in it.

    Parameters
    ----------
    place : Place
    flags : mapping of str to value
        Of its command line.
    versions : mapping of str to str
        Of its packages.
    """
    compared = {name: value for name, value in flags.items() if name not in OWN_FLAGS}
    message = {"host_index": place.index, "flags": compared, "versions": dict(versions)}
    return json.loads(json.dumps(message, default=str))


def refusal(ours: Message, theirs: Message) -> str:
    """Return what two hosts do not agree in, a line for the second; nothing if they do."""
    for kind, what, todo in (
        ("flags", "--", "start all hosts with the same flags"),
        ("versions", "", "install the same on all hosts"),
    ):
        mine, other = ours[kind], theirs.get(kind)
        if not isinstance(other, dict):
            return "another program than lenet-train"
        for name in sorted(mine.keys() | other.keys()):
            values = [side.get(name, "unknown") for side in (other, mine)]
            if values[0] != values[1]:
                here, there = (as_typed(value) or "not given" for value in values)
                return f"{what}{name} is {here} here, but {there} on host 0; {todo}"
    return ""


def receive_hosts(place: Place, ours: Message, seconds: float) -> dict[int, Link]:
    """Wait for the other hosts, and return the connections to them by index.

    Parameters
    ----------
    place : Place
        Of the first host.
    ours : dict
        Its `greeting`.
    seconds : float
        To wait, at most.

    Raises
    ------
    CommandError
        If the port cannot be used, or not all hosts have come.
    """
    links: dict[int, Link] = {}
    why = "start all of them"
    deadline = time.monotonic() + seconds
    with ExitStack() as on_error, listening(place) as listener:
        on_error.callback(lambda: hang_up(links, list(links)))
        while missing := [k for k in range(1, place.count) if k not in links]:
            listener.settimeout(max(deadline - time.monotonic(), 0.001))
            try:
                connection, _ = listener.accept()
            except TimeoutError as error:
                names = f"host{'s' * (len(missing) > 1)} {', '.join(map(str, missing))}"
                raise CommandError(
                    f"{place.flag}: waited {seconds:g} seconds for {names} of 0 to {place.count - 1}; {why}"
                ) from error
            link = Link(connection)
            theirs = link.receive(ANSWER_SECONDS, LONGEST_GREETING) or {}
            # Who has hung up meanwhile may come again.
            hang_up(links, [k for k, other in links.items() if wait([other.connection], 0)])
            index: Any = theirs.get("host_index")
            reason = refusal(ours, theirs)
            if not reason and (index not in range(1, place.count) or index in links):
                reason = f"--host_index {index} is taken; each host has one of its own"
            if reason:
                why = f"refused one: {reason}"
                link.send({"refused": reason})
                link.close()
            else:
                links[index] = link
        on_error.pop_all()
    return links


def hang_up(links: dict[int, Link], indices: Iterable[int]) -> None:
    """Close some of the connections and forget them."""
    for index in indices:
        links.pop(index).close()


def listening(place: Place) -> socket.socket:
    """Return a socket at which the first host can be called.

    Raises
    ------
    CommandError
        If the port is in use, or the address not one of this host.
    """
    try:
        return socket.create_server(place.address, family=family(place))
    except OSError as error:
        raise CommandError(
            f"{place.flag}: {reason_of(error)}; expected an address of this host, the first one, and a "
            "port that is free"
        ) from error


def free_port(place: Place) -> int:
    """Return a port of the first host that nobody uses, for JAX."""
    with socket.create_server((place.address[0], 0), family=family(place)) as server:
        return server.getsockname()[1]


def family(place: Place) -> socket.AddressFamily:
    """Return the kind of a host's address."""
    return socket.getaddrinfo(*place.address, type=socket.SOCK_STREAM)[0][0]


def join_hosts(place: Place, ours: Message, seconds: float) -> tuple[Link, Message]:
    """Call the first host, and return the connection to it and what it says when all have come.

    Parameters
    ----------
    place : Place
        Of one of the other hosts.
    ours : dict
        Its `greeting`.
    seconds : float
        To wait, at most.

    Raises
    ------
    CommandError
        If the first host does not answer, or refuses this one.
    """
    deadline = time.monotonic() + seconds
    link = Link(called(place, deadline, seconds))
    link.send(ours)
    answer = link.receive(max(deadline - time.monotonic(), 0) + ANSWER_SECONDS)
    if answer is None or "refused" in answer:
        link.close()
    if answer is None:
        raise CommandError(
            f"{place.flag}: host 0 has ended before all hosts had come; start all again"
        )
    if "refused" in answer:
        raise CommandError(f"{place.flag}: {answer['refused']}")
    return link, answer


def called(place: Place, deadline: float, seconds: float) -> socket.socket:
    """Return a connection to the first host, which may start later than this one."""
    while True:
        try:
            connection = socket.create_connection(place.address, timeout=ANSWER_SECONDS)
            # A port that nobody listens to may be given to this very call, which then answers itself.
            if connection.getsockname() != connection.getpeername():
                return connection
            connection.close()
            reason = "nobody answers"
        except socket.gaierror as error:
            raise CommandError(f"{place.flag}: {reason_of(error)}; check the name") from error
        except OSError as error:
            reason = reason_of(error)
        if time.monotonic() > deadline:
            raise CommandError(
                f"{place.flag}: {reason}, for {seconds:g} seconds; check the address, and start host 0"
            )
        time.sleep(0.2)


def reason_of(error: OSError) -> str:
    """Return the words of the system for an error."""
    return (
        os.strerror(error.errno)
        if error.errno and error.errno > 0
        else str(error.strerror or error)
    )
