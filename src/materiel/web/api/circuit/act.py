"""The PDF of an act as it was kept: the browser shows it, and asks again before it shows it another time."""

from __future__ import annotations

from litestar import Response

PDF = "application/pdf"


def act_answer(data: bytes, name: str) -> Response[bytes]:
    """The bytes of an act; `name` is that of the file, in plain ASCII, without extension."""
    headers = {"Content-Disposition": f'inline; filename="{name}.pdf"', "Cache-Control": "private, no-cache"}
    return Response(data, media_type=PDF, headers=headers)
