"""A real program on the loopback interface that webhooks call: takes, refuses, redirects, stalls."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Program:
    """What it received, and how it must behave."""

    def __init__(self) -> None:
        self.bodies: list[str] = []
        self.headers: list[dict[str, str]] = []
        self.status = 204
        self.location = ""
        self.pause = 0.0
        self.released: threading.Event | None = None
        self.port = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/appels?jeton=1"

    def receive(self, handler: BaseHTTPRequestHandler) -> None:
        self.bodies.append(handler.rfile.read(int(handler.headers["Content-Length"])).decode())
        self.headers.append(dict(handler.headers.items()))
        time.sleep(self.pause)
        if self.released is not None:
            self.released.wait()
        handler.send_response(self.status)
        if self.location:
            handler.send_header("Location", self.location)
        handler.send_header("Content-Length", "0")
        handler.end_headers()


@contextmanager
def a_program() -> Iterator[Program]:
    """A program that listens as long as the block lasts."""
    made = Program()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            made.receive(self)

        def log_message(self, format: str, *args: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        made.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield made
        server.shutdown()
        thread.join()
