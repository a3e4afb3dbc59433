"""Holds the API to its OpenAPI description: every answer of every test is checked against it."""

from __future__ import annotations

import re
from typing import Any

import httpx
from jsonschema import Draft202012Validator
from litestar import Litestar

from materiel.web.api.openapi import schema_of

UNDESCRIBED = ("/api/openapi.json", "/api/docs", "/api/framework-schema", "/api/broken")


class Described:
    """The description of an application, asked about answers; it is the same for every application of the tests."""

    _kept: dict[str, Any] | None = None

    def __init__(self, app: Litestar) -> None:
        Described._kept = Described._kept or schema_of(app)
        self.document = Described._kept
        self._paths = [
            (re.compile(re.sub(r"\{[^}]+\}", "[^/]+", path)), path)
            for path in sorted(self.document["paths"], key=lambda path: path.count("{"))
        ]
        self._validators: dict[tuple[str, str, int, str], Draft202012Validator] = {}

    def operation(self, method: str, path: str) -> tuple[str, dict[str, Any]] | None:
        """The template and the operation of a request, None for what is not described."""
        path = path.rstrip("/")
        for pattern, template in self._paths:
            operation = self.document["paths"][template].get(method.lower())
            if operation and pattern.fullmatch(path):
                return template, operation
        return None

    async def check(self, answer: httpx.Response) -> None:
        """Assert that this status, media type and body are described for this route."""
        path = answer.request.url.path
        if not path.startswith("/api/") or path.startswith(UNDESCRIBED):
            return
        found = self.operation(answer.request.method, path)
        if found is None:
            assert answer.status_code in {404, 405}, f"{answer.request.method} {path} is not described"
            return
        template, operation = found
        described = operation["responses"].get(str(answer.status_code))
        assert described is not None, f"{answer.status_code} of {template} is not described"
        if answer.status_code in {204, 304}:
            return
        await answer.aread()
        media_type = answer.headers["content-type"].split(";")[0]
        assert media_type in described["content"], f"{media_type} of {template} is not described"
        if media_type.endswith("json"):
            key = (template, answer.request.method, answer.status_code, media_type)
            if key not in self._validators:
                schema = {"components": self.document["components"], **described["content"][media_type]["schema"]}
                self._validators[key] = Draft202012Validator(schema)
            self._validators[key].validate(answer.json())
