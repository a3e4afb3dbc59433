"""What follows a request from end to end: its identifier, its start, and its one line in the access log.

The line holds the method, the route's template, the status and the time: never a query string, a token, a name
or the opaque code of a label or a document, which all stay out of the template.
"""

from __future__ import annotations

import logging
import re
from random import Random
from time import perf_counter
from typing import Any

from litestar.types import Scope

ACCEPTED_ID = re.compile(r"[A-Za-z0-9._-]{8,64}")

logger = logging.getLogger("materiel.access")

# An identifier is no secret. The system's generator lets go of the interpreter's lock: beside SQLite's threads,
# the event loop then waited for it longer than the whole read takes.
_numbers = Random()


def request_id(scope: Scope) -> str:
    """The caller's `X-Request-ID` when it is well formed, else a random one; the same for the whole request."""
    state: dict[str, Any] = scope["state"]
    known = state.get("request_id")
    if known is None:
        sent = next((value for name, value in scope["headers"] if name == b"x-request-id"), b"").decode("latin-1")
        known = sent if sent and ACCEPTED_ID.fullmatch(sent) else f"{_numbers.getrandbits(64):016x}"
        state["request_id"] = known
    return str(known)


def start_clock(scope: Scope) -> None:
    """Note when the request came in; the access line tells the time since then."""
    scope["state"]["started"] = perf_counter()


def log_access(scope: Scope, status: int) -> None:
    """Write the access line of a request whose answer begins."""
    if not logger.isEnabledFor(logging.INFO):
        return
    started = scope["state"].get("started")
    elapsed_ms = (perf_counter() - started) * 1000 if started is not None else 0.0
    template = scope.get("path_template") or "-"
    logger.info("%s %s %d %.1f ms %s", scope.get("method"), template, status, elapsed_ms, request_id(scope))
