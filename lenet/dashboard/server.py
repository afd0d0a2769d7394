"""HTTP server of one page, for this machine alone and read only.

It answers GET, at an address with a secret in it, and asked for by the name of this machine: other users of the machine and
pages of other sites in its browser, also those that have their own name lead here (DNS rebinding), learn nothing. No
file is opened.
"""

import re
import secrets
import threading
import time
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socket import socket
from socketserver import TCPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from lenet.dashboard.board import Board
from lenet.errors import CommandError

HOST = "127.0.0.1"
OWN_NAME = re.compile(r"(127\.0\.0\.1|localhost)(:[0-9]{1,5})?", re.IGNORECASE)
STATE = "state.json"
TOKEN_BYTES = 24
# Requests at a time, seconds for one to arrive, and for which it waits for news.
MOST_REQUESTS, ARRIVAL_SECONDS, NEWS_SECONDS = 32, 10, 1.0
# At the end: whoever has asked so shortly before is waited for so long.
RECENT_SECONDS, CLOSING_SECONDS = 2.0, 1.5
POLL_SECONDS = 0.1
HEADERS = {
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
}
NOTHING = "default-src 'none'; frame-ancestors 'none'"


class PageServer:
    """Server of a page and of the state of a board, in threads of its own.

    Parameters
    ----------
    port : int
        0 for one of the system's choice.
    page : bytes
        HTML.
    policy : str
        Its Content-Security-Policy.
    board : Board

    Raises
    ------
    CommandError
        If the port cannot be had.
    """

    def __init__(self, port: int, page: bytes, policy: str, board: Board) -> None:
        self.token = secrets.token_urlsafe(TOKEN_BYTES)
        try:
            self.server = Server(port, self.token, page, policy, board)
        except OSError as error:
            raise CommandError(
                f"--dashboard {port}: {error.strerror}; choose another port, or leave it to the system by --dashboard "
                "alone"
            ) from error
        self.thread = threading.Thread(
            target=self.server.serve_forever,
            args=(POLL_SECONDS,),
            name="lenet-dashboard",
            daemon=True,
        )
        self.thread.start()

    @property
    def address(self) -> str:
        """The address of the page."""
        return f"http://{HOST}:{self.server.server_port}/{self.token}"

    def close(self) -> None:
        """Be gone, once a page that is open has heard of the end, if it asks soon."""
        try:
            with self.server.left:
                self.server.left.wait_for(self.is_done, CLOSING_SECONDS)
        finally:
            self.server.shutdown()
            self.server.server_close()
            self.thread.join()

    def is_done(self) -> bool:
        """Return whether no page waits for an answer, or is about to ask."""
        board = self.server.board
        is_looked_at = time.perf_counter() - board.asked < RECENT_SECONDS
        return not self.server.requests and (board.is_told or not is_looked_at)


class Server(ThreadingHTTPServer):
    """Server below `PageServer`, with a thread for each of its few requests."""

    daemon_threads = True
    request_queue_size = MOST_REQUESTS

    def __init__(self, port: int, token: str, page: bytes, policy: str, board: Board) -> None:
        self.token, self.page, self.policy, self.board = token, page, policy, board
        self.requests, self.left = 0, threading.Condition()
        super().__init__((HOST, port), Handler)

    def server_bind(self) -> None:
        """Take the port without asking for a name, as `HTTPServer` does."""
        TCPServer.server_bind(self)
        self.server_name, self.server_port = HOST, self.server_address[1]

    def process_request(self, request: Any, client_address: Any) -> None:
        """Answer a request in a thread, unless there are too many."""
        with self.left:
            is_refused = self.requests >= MOST_REQUESTS
            self.requests += not is_refused
        if is_refused:
            self.shutdown_request(request)
            return
        try:
            super().process_request(request, client_address)
        except RuntimeError:  # no thread can be started
            self.shutdown_request(request)
            self.leave()

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        """Answer a request."""
        try:
            super().process_request_thread(request, client_address)
        finally:
            self.leave()

    def leave(self) -> None:
        """Take note that a request has been answered."""
        with self.left:
            self.requests -= 1
            self.left.notify_all()

    def handle_error(self, request: socket | tuple[bytes, socket], client_address: Any) -> None:
        """Say nothing: a browser that goes away is no error of the training."""


class Handler(BaseHTTPRequestHandler):
    """Answers of the server."""

    server: Server
    timeout = ARRIVAL_SECONDS

    def parse_request(self) -> bool:
        """Return whether a request has arrived that is a GET; else it is refused."""
        if not super().parse_request():
            return False
        if self.command != "GET":
            self.send_error(HTTPStatus.METHOD_NOT_ALLOWED)
            return False
        return True

    def do_GET(self) -> None:
        """Answer with the page or the state, or refuse."""
        if not is_own_name(self.headers.get_all("Host", [])):
            self.send_error(HTTPStatus.FORBIDDEN)
            return
        address = urlsplit(self.path)
        token, _, name = address.path.removeprefix("/").partition("/")
        # In constant time, so that nobody finds it letter by letter.
        if not secrets.compare_digest(token.encode(), self.server.token.encode()):
            self.send_error(HTTPStatus.NOT_FOUND)
        elif name == "":
            self.respond(HTTPStatus.OK, "text/html", self.server.page, self.server.policy)
        elif name == STATE:
            state = self.server.board.answer(version_in(address.query), NEWS_SECONDS)
            self.respond(HTTPStatus.OK, "application/json", state)
        else:
            self.send_error(HTTPStatus.NOT_FOUND)

    def respond(self, status: int, kind: str, content: bytes, policy: str = NOTHING) -> None:
        """Send an answer."""
        self.send_response(status)
        headers = {"Content-Type": f"{kind}; charset=utf-8", "Content-Length": str(len(content))}
        if status == HTTPStatus.METHOD_NOT_ALLOWED:
            headers["Allow"] = "GET"
        for name, value in (headers | HEADERS | {"Content-Security-Policy": policy}).items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """Refuse a request, without its own words."""
        self.respond(code, "text/plain", f"{HTTPStatus(code).phrase}\n".encode())

    def version_string(self) -> str:
        """Return the name of the server."""
        return "lenet"

    def log_message(self, format: str, *values: Any) -> None:
        """Print nothing."""


def is_own_name(hosts: list[str]) -> bool:
    """Return whether this machine is asked for by its own name.

    A tunnel may have changed the port behind it.
    """
    return len(hosts) == 1 and OWN_NAME.fullmatch(hosts[0]) is not None


def version_in(query: str) -> int:
    """Return the version of a snapshot in a query such as ``seen=3``; -1 without one."""
    (text,) = parse_qs(query).get("seen", ["-1"])[:1]
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 18 else -1
