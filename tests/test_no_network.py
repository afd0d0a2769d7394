"""The guard that keeps tests, and the Python processes that they start, on this machine."""

import socket
import subprocess
import sys

import pytest
import requests

from tests.no_network.sitecustomize import NetworkError

ELSEWHERE = ("192.0.2.1", 9)  # of a network for documentation (RFC 5737), which leads nowhere


@pytest.mark.parametrize("call", ["connect", "connect_ex"])
def test_another_machine_is_not_called(call):
    with (
        socket.socket() as sock,
        pytest.raises(NetworkError, match=rf"{call} \('192\.0\.2\.1', 9\)"),
    ):
        getattr(sock, call)(ELSEWHERE)


@pytest.mark.parametrize("more", [(), (0,)], ids=["", "flags"])
def test_another_machine_gets_no_packet(more):
    kinds = socket.AF_INET, socket.SOCK_DGRAM
    with socket.socket(*kinds) as sock, pytest.raises(NetworkError):
        sock.sendto(b"x", *more, ELSEWHERE)


def test_a_name_is_not_looked_up():
    with pytest.raises(NetworkError, match=r"getaddrinfo 'mirror\.example'"):
        requests.get("https://mirror.example/train.gz", timeout=5)


@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "localhost"])
def test_this_machine_may_be_called(host):
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        server = socket.create_server((host, 0), family=family)
    except OSError:
        pytest.skip(f"this machine has no {host}")
    with server, socket.create_connection((host, server.getsockname()[1]), timeout=10):
        pass


def test_unix_sockets_may_be_called(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with socket.socket(socket.AF_UNIX) as server, socket.socket(socket.AF_UNIX) as caller:
        server.bind("s")
        server.listen()
        caller.connect("s")


def test_children_are_guarded_too():
    code = f"import socket; socket.socket().connect({ELSEWHERE!r})"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "NetworkError: connect ('192.0.2.1', 9)" in done.stderr
