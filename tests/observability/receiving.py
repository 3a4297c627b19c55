"""Receivers of alerts on loopback: a webhook, and a mail server with as much of SMTP as a client needs."""

from __future__ import annotations

import json
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class Received:
    """What came in, and how it is answered: HTTP's `status`; whether mail's recipients are taken."""

    port: int = 0
    posts: list[dict[str, Any]] = field(default_factory=list)
    mails: list[str] = field(default_factory=list)
    status: int = 200
    takes_mail: bool = True


@contextmanager
def webhook() -> Iterator[Received]:
    told = Received()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            if told.status == 200:
                told.posts.append(json.loads(body))
            self.send_response(told.status)
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with _running(ThreadingHTTPServer(("127.0.0.1", 0), Handler), told):
        yield told


@contextmanager
def mail_server() -> Iterator[Received]:
    told = Received()

    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            self._say("220 ready")
            for line in self.rfile:
                verb = line[:4].upper().strip()
                if verb == b"DATA":
                    self._say("354 go on")
                    told.mails.append(b"".join(iter(self.rfile.readline, b".\r\n")).decode())
                if verb == b"QUIT":
                    return  # without the farewell that a server owes
                self._say("550 nobody here" if verb == b"RCPT" and not told.takes_mail else "250 ok")

        def _say(self, text: str) -> None:
            self.wfile.write(f"{text}\r\n".encode())

    with _running(socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler), told):
        yield told


@contextmanager
def _running(server: socketserver.TCPServer, told: Received) -> Iterator[None]:
    told.port = server.socket.getsockname()[1]
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
