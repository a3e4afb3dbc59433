"""The HTTP API: one module for each thing; parse, call one use case, answer."""

from __future__ import annotations

from litestar import Router

from materiel.web.api import (
    decision,
    document,
    item,
    label,
    loan_routes,
    municipality,
    pupil,
    scan_code,
    school,
    service,
)

ALL_ROUTES: list[Router] = [
    school.router,
    item.router,
    pupil.router,
    decision.router,
    loan_routes.router,
    document.router,
    label.router,
    scan_code.router,
    municipality.router,
    service.router,
]
