"""The bare server: Litestar on uvicorn, one handler that answers bytes made beforehand, and nothing else.

`python -m benchmarks.api_peer PORT FOLDER` answers the file `<name>` of the folder to `/<name>`.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import uvicorn
from litestar import Litestar, Response, get, post
from litestar.params import FromPath, JSONBody

FOLDER = Path(sys.argv[2]) if len(sys.argv) > 2 else Path()
BODIES: dict[str, bytes] = {}


def body(name: str) -> bytes:
    """The bytes of an answer, read once."""
    if name not in BODIES:
        BODIES[name] = (FOLDER / name).read_bytes()
    return BODIES[name]


@get("/{name:str}")
async def read(name: FromPath[str]) -> Response[bytes]:
    """Answer bytes."""
    return Response(body(name), media_type="application/json")


@post("/{name:str}", status_code=200)
async def write(name: FromPath[str], data: JSONBody[dict[str, Any]]) -> Response[bytes]:
    """Read a JSON body, answer bytes."""
    return Response(body(name), media_type="application/json")


if __name__ == "__main__":
    app = Litestar([read, write], openapi_config=None, logging_config=None)
    uvicorn.run(app, port=int(sys.argv[1]), log_level="warning", access_log=False)
