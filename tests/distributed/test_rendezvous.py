"""Hosts meet, or learn in time why not; all of them in this process."""

import re
import socket
import threading

import pytest

from lenet.distributed.rendezvous import Link, Place, free_port, greeting, join_hosts, receive_hosts
from lenet.errors import CommandError

FLAGS = {"lr": 0.1, "hidden": (3, 4), "num_hosts": 3, "data_dir": "/here", "host_index": 0}
VERSIONS = {"jax": "1.0"}


@pytest.fixture
def address():
    """Return an address of this machine at which nobody listens."""
    return "127.0.0.1", free_port(Place(("127.0.0.1", 1), 3, 0))


class FirstHost(threading.Thread):
    """The first of three hosts, which welcomes the others in a thread of its own."""

    def __init__(self, address, seconds=30):
        super().__init__(daemon=True)
        self.place, self.seconds = Place(address, 3, 0), seconds
        self.links, self.error = {}, None
        self.start()

    def run(self):
        try:
            self.links = receive_hosts(
                self.place, greeting(self.place, FLAGS, VERSIONS), self.seconds
            )
        except CommandError as error:
            self.error = error


def join(address, index, flags=FLAGS, versions=VERSIONS):
    place = Place(address, 3, index)
    return join_hosts(place, greeting(place, flags, versions), seconds=10)


def connect(address):
    """Return a socket of a host that is connected to the first one."""
    while True:
        try:
            return socket.create_connection(address)
        except ConnectionRefusedError:
            continue


def test_hosts_meet_whatever_their_order_and_where_their_data_are(address):
    answers = {}

    def come(index):
        flags = {**FLAGS, "host_index": index, "data_dir": f"/there/{index}"}
        link, answers[index] = join(address, index, flags)
        link.send({"index": index})
        link.close()

    others = [threading.Thread(target=come, args=(index,)) for index in (2, 1)]
    for other in others:
        other.start()
    first = FirstHost(address)
    first.join(30)
    assert first.links.keys() == {1, 2}
    for index, link in first.links.items():
        link.send({"welcome": index})
    for other in others:
        other.join(30)
    assert answers == {1: {"welcome": 1}, 2: {"welcome": 2}}
    for index, link in first.links.items():
        assert link.receive(5) == {"index": index}
        assert link.receive(5) is None  # it has hung up
        link.close()


@pytest.mark.parametrize(
    ("index", "flags", "versions", "message"),
    [
        (1, {"lr": 0.2}, {}, "--lr is 0.2 here, but 0.1 on host 0; start all hosts with the same"),
        (1, {"hidden": []}, {}, "--hidden is not given here, but 3 4 on host 0"),
        (1, {"num_hosts": 4}, {}, "--num_hosts is 4 here, but 3 on host 0"),
        (1, {}, {"jax": "1.1"}, "jax is 1.1 here, but 1.0 on host 0; install the same"),
        (2, {}, {}, "--host_index 2 is taken; each host has one of its own"),
        (5, {}, {}, "--host_index 5 is taken"),
    ],
    ids=["flag", "list", "number", "version", "taken", "out-of-range"],
)
def test_a_host_that_does_not_fit_is_told_why(address, index, flags, versions, message):
    first = FirstHost(address)
    links = [Link(connect(address))]
    links[0].send(greeting(Place(address, 3, 2), FLAGS, VERSIONS))
    with pytest.raises(CommandError, match=re.escape(message)):
        join(address, index, {**FLAGS, **flags}, {**VERSIONS, **versions})
    links.append(Link(connect(address)))
    links[1].send(greeting(Place(address, 3, 1), FLAGS, VERSIONS))
    first.join(30)
    assert first.links.keys() == {1, 2}
    for link in [*links, *first.links.values()]:
        link.close()


def test_a_first_host_that_has_refused_one_says_so(address):
    first = FirstHost(address, seconds=2)
    with pytest.raises(CommandError, match="--lr is"):
        join(address, 1, {**FLAGS, "lr": 0.2})
    first.join(30)
    assert str(first.error).endswith(
        "waited 2 seconds for hosts 1, 2 of 0 to 2; refused one: --lr is 0.2 here, but 0.1 on host 0; "
        "start all hosts with the same flags"
    )


@pytest.mark.parametrize(
    "sent", [b"GET / HTTP/1.1\r\n\r\n", b"[1]\n", b"\xff\n", b"{}\n", b""], ids=repr
)
def test_a_stranger_is_sent_away(address, sent):
    first = FirstHost(address)
    with connect(address) as stranger:
        stranger.sendall(sent)
        stranger.shutdown(socket.SHUT_WR)
        assert b"another program than lenet-train" in stranger.makefile("rb").readline()
    links = [Link(connect(address)) for _ in (1, 2)]
    for index, link in enumerate(links, 1):
        link.send(greeting(Place(address, 3, index), FLAGS, VERSIONS))
    first.join(30)
    assert first.links.keys() == {1, 2}
    for link in [*links, *first.links.values()]:
        link.close()


def test_a_host_that_has_hung_up_can_come_again(address):
    first = FirstHost(address)
    links = [Link(connect(address)) for _ in range(3)]
    for index, link in zip((1, 1, 2), links, strict=True):
        link.send(greeting(Place(address, 3, index), FLAGS, VERSIONS))
        if link is links[0]:
            link.close()
    first.join(30)
    assert first.links.keys() == {1, 2}
    for link in [*links, *first.links.values()]:
        link.close()


def test_hosts_that_do_not_come_are_named(address):
    first = FirstHost(address, seconds=0.2)
    first.join(30)
    assert str(first.error) == (
        f"--coordinator 127.0.0.1:{address[1]}: waited 0.2 seconds for hosts 1, 2 of 0 to 2; start all "
        "of them"
    )


def test_a_first_host_that_cannot_be_reached_is_named(address):
    place = Place(address, 3, 1)
    expected = "Connection refused, for 0.3 seconds; check the address, and start host 0"
    with pytest.raises(CommandError, match=expected):
        join_hosts(place, greeting(place, FLAGS, VERSIONS), seconds=0.3)


def test_an_unknown_name_is_named():
    place = Place(("no-such-host.invalid", 1234), 3, 1)
    with pytest.raises(
        CommandError, match=r"--coordinator no-such-host.invalid:1234: .*; check the name"
    ):
        join_hosts(place, greeting(place, FLAGS, VERSIONS), seconds=5)


def test_a_first_host_that_ends_is_named(address):
    first = FirstHost(address, seconds=2)
    with pytest.raises(CommandError, match="host 0 has ended before all hosts had come"):
        join(address, 1)
    first.join(30)


@pytest.mark.parametrize(
    ("host", "reason"),
    [("127.0.0.1", "Address already in use"), ("192.0.2.1", "Cannot assign requested address")],
    ids=["in-use", "of-another"],
)
def test_an_address_that_is_not_free_is_named(address, host, reason):
    place = Place((host, address[1]), 3, 0)
    with (
        socket.create_server(address),
        pytest.raises(
            CommandError, match=rf"--coordinator {host}:{address[1]}: {reason}; expected"
        ),
    ):
        receive_hosts(place, greeting(place, FLAGS, VERSIONS), seconds=1)
