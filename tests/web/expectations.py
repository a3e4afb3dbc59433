"""What every error answer must look like, whatever went wrong."""

from __future__ import annotations

from typing import Any

import httpx

FRENCH_ONLY = ("Expected", "Invalid", "required", "not found", "Not Found", "Traceback", "object at 0x")


def assert_problem(answer: httpx.Response, status: int, code: str) -> dict[str, Any]:
    """Check the shape of RFC 9457 and give the document back."""
    document: dict[str, Any] = answer.json()
    assert (answer.status_code, document["code"]) == (status, code), document
    assert answer.headers["content-type"] == "application/problem+json"
    assert document["status"] == status
    assert document["type"] == f"urn:materiel:{code}"
    assert document["title"]
    assert document["detail"].endswith((".", "»"))
    assert not any(word in document["detail"] for word in FRENCH_ONLY)
    for fault in document.get("errors", []):
        assert fault["pointer"] == "" or fault["pointer"].startswith("/")
        assert fault["detail"]
    assert "x-request-id" in answer.headers
    return document
