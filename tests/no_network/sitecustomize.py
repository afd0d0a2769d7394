"""A guard that lets sockets of Python reach this machine and no other.

Tests import it; their Python children do so by themselves, as this folder is on their PYTHONPATH.
"""

import functools
import ipaddress
import socket


class NetworkError(BaseException):
    """A test has reached for another machine; no `except Exception` passes over it in silence."""


def stays_here(host: object) -> bool:
    """Return whether a host is this machine's loopback; what is no text is no address of a network."""
    if isinstance(host, bytes):
        host = host.decode("latin-1")
    if not isinstance(host, str) or host in ("", "localhost"):
        return True
    try:
        return ipaddress.ip_address(host.partition("%")[0]).is_loopback
    except ValueError:
        return False


def is_looked_up_here(host: object) -> bool:
    """Return whether nobody needs to be asked what a host is: it is a number, or has a name of none."""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return str(host).endswith(".invalid")  # RFC 2606
    return True


def guard(owner: object, name: str, position: int) -> None:
    """Have a function of sockets refuse what is not on this machine; `position` is that of its address."""
    original = getattr(owner, name)

    @functools.wraps(original)
    def guarded(*args: object, **keywords: object) -> object:
        address = args[position] if len(args) > abs(position) - (position < 0) else None
        # The address of a Unix socket is a path; a look-up has the mere host.
        host = address[0] if isinstance(address, tuple) and address else None
        if owner is socket:
            host = None if is_looked_up_here(address) else address
        if not stays_here(host):
            raise NetworkError(f"{name} {address!r}: expected an address of this machine")
        return original(*args, **keywords)

    setattr(owner, name, guarded)


if hasattr(socket, "NetworkError"):
    # A worker of pytest-xdist has come here by its path before a test imports it by its name.
    NetworkError = socket.NetworkError
else:
    socket.NetworkError = NetworkError
    for called in ("connect", "connect_ex"):
        guard(socket.socket, called, 1)
    guard(socket.socket, "sendto", -1)
    for called in ("getaddrinfo", "gethostbyname", "gethostbyname_ex"):
        guard(socket, called, 0)
