"""Who gets an answer of the server, and who gets none."""

import contextlib
import http.client
import json
import secrets
import socket

import pytest

from lenet.dashboard.board import OVER, Board, Now
from lenet.dashboard.server import PageServer, is_own_name, version_in
from lenet.errors import CommandError

POLICY = "default-src 'none'"


@pytest.fixture(scope="module")
def server():
    board = Board()
    board.publish({"a": 1})
    board.move(Now(OVER))  # so that nobody has to wait
    served = PageServer(0, b"<p>page", POLICY, board)
    yield served
    served.close()


def asked(server, path, method="GET", **headers):
    """Return status, headers and content of an answer; a header of None is not sent."""
    connection = http.client.HTTPConnection("127.0.0.1", server.server.server_port, timeout=30)
    with contextlib.closing(connection):
        connection.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
        for name, value in ({"Host": "127.0.0.1"} | headers).items():
            for each in value if isinstance(value, list) else [value]:
                if each is not None:
                    connection.putheader(name.replace("_", "-"), each)
        connection.endheaders()
        answer = connection.getresponse()
        return answer.status, dict(answer.getheaders()), answer.read()


def test_no_name_is_looked_up(monkeypatch):
    monkeypatch.setattr(socket, "getfqdn", lambda *_: pytest.fail("a name is looked up"))
    served = PageServer(0, b"", POLICY, Board())
    assert served.server.server_name == "127.0.0.1"
    served.close()


def test_page_and_state_are_served_and_kept_nowhere(server):
    assert server.address == f"http://127.0.0.1:{server.server.server_port}/{server.token}"
    assert len(server.token) >= 32
    for path in (f"/{server.token}", f"/{server.token}/"):
        status, headers, content = asked(server, path)
        assert (status, content) == (200, b"<p>page")
        assert headers["Content-Type"] == "text/html; charset=utf-8"
        assert headers["Content-Security-Policy"] == POLICY
    status, headers, content = asked(server, f"/{server.token}/state.json")
    assert (status, json.loads(content)["snapshot"]) == (200, {"a": 1})
    assert headers["Content-Type"] == "application/json; charset=utf-8"
    assert headers["Cache-Control"] == "no-store"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert headers["Server"] == "lenet"
    assert "Access-Control-Allow-Origin" not in headers
    seen = json.loads(asked(server, f"/{server.token}/state.json?seen=1")[2])
    assert seen["snapshot"] is None


@pytest.mark.parametrize(
    "path",
    [
        *("/", "/state.json", "/favicon.ico", "/{0}x", "/x{0}", "/x/{0}", "/{0}/../../etc/passwd"),
        *("/{0}/../{0}", "/../{0}", "/{0}/page.html", "/{0}/state.json/", "/{0}/%2e%2e/state.json", "/{0}//state.json"),
        *("/%2f{0}", "/?{0}", "/é/", "*", "/{0}/state.json;x", "http://evil.example/state.json"),
    ],
)  # fmt: skip
def test_other_paths_are_not_found(path, server):
    wire = path.format(server.token).encode().decode("latin-1")
    answer = raw(server, f"GET {wire} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode("latin-1"))
    assert answer.startswith(b"HTTP/1.0 404 ")
    assert answer.endswith(b"\r\n\r\nNot Found\n")
    assert server.token.encode() not in answer


def raw(server, request):
    """Return all that is answered to some bytes."""
    with socket.create_connection(("127.0.0.1", server.server.server_port), timeout=30) as opened:
        opened.sendall(request)
        opened.shutdown(socket.SHUT_WR)
        return b"".join(iter(lambda: opened.recv(65536), b""))


def test_wrong_tokens_are_compared_in_constant_time(server, monkeypatch):
    seen = []
    compare = secrets.compare_digest
    monkeypatch.setattr(
        secrets, "compare_digest", lambda *both: seen.append(both) or compare(*both)
    )
    for token in (server.token[:-1], server.token[:-1] + "!", "", server.token.swapcase()):
        assert asked(server, f"/{token}/")[0] == 404
    assert [both[1] for both in seen] == [server.token.encode()] * 4


@pytest.mark.parametrize(
    "method", ["POST", "HEAD", "PUT", "DELETE", "OPTIONS", "TRACE", "CONNECT", "X", "get"]
)
def test_only_get_is_answered(method, server):
    status, headers, content = asked(server, f"/{server.token}/", method)
    assert status == 405
    assert headers["Allow"] == "GET"
    assert content == (b"" if method == "HEAD" else b"Method Not Allowed\n")


@pytest.mark.parametrize(
    "host",
    [
        *("evil.example", "127.0.0.1.evil.example", "localhost.evil.example:80", "127.0.0.2", "[::1]"),
        *("evil.example:127.0.0.1", "127.0.0.1:", "127.0.0.1:x", "localhost:1:2", "", None),
        ["127.0.0.1", "evil.example"],
    ],
)  # fmt: skip
def test_other_names_of_the_machine_are_refused(host, server):
    """As those of DNS rebinding, where a page's own name leads here."""
    assert asked(server, f"/{server.token}/", Host=host)[0] == 403


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.1:1", "LocalHost:65535", "localhost"])
def test_its_own_names_are_answered(host, server):
    assert asked(server, f"/{server.token}/", Host=host)[0] == 200
    assert is_own_name([host])


@pytest.mark.parametrize(
    "request_",
    [
        *(b"\r\n", b"GET\r\n\r\n", b"\xff\xfe\x00\r\n\r\n", b"GET / HTTP/9\r\n\r\n", b"GET /"),
        b"GET /" + b"a" * 70_000 + b" HTTP/1.1\r\n\r\n",
        b"GET / HTTP/1.1\r\n" + b"A: b\r\n" * 200 + b"\r\n",
        b"POST /x\r\n",
    ],
)
def test_nonsense_is_refused_without_a_word_on_the_terminal(request_, server, capfd):
    answer = raw(server, request_)
    assert b"200" not in answer
    assert b"Traceback" not in answer
    assert asked(server, f"/{server.token}/")[0] == 200  # it goes on
    assert capfd.readouterr() == ("", "")


def test_more_connections_than_there_are_threads_for_are_closed(server):
    held = [socket.create_connection(("127.0.0.1", server.server.server_port)) for _ in range(40)]
    held[-1].settimeout(30)
    assert held[-1].recv(1) == b""  # closed at once
    for connection in held:
        connection.close()
    while server.server.requests:
        with server.server.left:
            server.server.left.wait(1)
    assert asked(server, f"/{server.token}/")[0] == 200


def test_a_closed_server_is_gone(server):
    port = server.server.server_port
    other = PageServer(0, b"", POLICY, server.server.board)
    other.close()
    assert not other.thread.is_alive()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", other.server.server_address[1]))
    with pytest.raises(CommandError, match=rf"^--dashboard {port}: .*in use; choose another port"):
        PageServer(port, b"", POLICY, server.server.board)


@pytest.mark.parametrize(
    ("query", "version"),
    [("seen=3", 3), ("seen=-1", -1), ("", -1), ("seen=", -1), ("seen=x", -1), ("seen=" + "9" * 99, -1), ("seen=٣", -1)],
)  # fmt: skip
def test_versions_are_read_from_queries(query, version):
    assert version_in(query) == version
