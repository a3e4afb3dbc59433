"""A real gateway of SMS on the loopback interface, in the one form that is spoken: takes, refuses, stalls or dies."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from materiel.domain.work.sms_gateway import Gateway

TOKEN = "jeton-d-essai"


class SmsGateway:
    """What it received, and how it must behave. A reference that it knows already is dropped, and taken again."""

    def __init__(self) -> None:
        self.asked: list[dict[str, Any]] = []
        self.delivered: dict[str, dict[str, Any]] = {}
        self.tokens: list[str] = []
        self.status = 202
        self.answer: bytes = b'{"id": "1"}'
        self.dies_after_taking = False
        self.pause = 0.0
        self.location = ""
        self.port = 0

    @property
    def gateway(self) -> Gateway:
        made = Gateway.from_settings(f"http://127.0.0.1:{self.port}/messages", TOKEN, "Rectorat")
        assert made is not None
        return made

    def receive(self, handler: BaseHTTPRequestHandler) -> None:
        told = json.loads(handler.rfile.read(int(handler.headers["Content-Length"])))
        self.asked.append(told)
        self.tokens.append(handler.headers["Authorization"])
        time.sleep(self.pause)
        if 200 <= self.status < 300:
            self.delivered.setdefault(told["reference"], told)
        if self.dies_after_taking:
            handler.connection.close()
            return
        handler.send_response(self.status)
        if self.location:
            handler.send_header("Location", self.location)
        handler.send_header("Content-Length", str(len(self.answer)))
        handler.end_headers()
        handler.wfile.write(self.answer)


@contextmanager
def sms_gateway() -> Iterator[SmsGateway]:
    """A gateway that serves as long as the block lasts."""
    made = SmsGateway()

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
