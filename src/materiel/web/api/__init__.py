"""The HTTP API: one module for each thing; parse, call one use case, answer."""

from __future__ import annotations

from litestar import Router

from materiel.web.api import (
    decision,
    document,
    document_correction,
    document_list,
    incident_file,
    incident_routes,
    item,
    item_acts,
    job,
    label,
    leaving,
    loan_routes,
    mailbox,
    mailing,
    municipality,
    pupil,
    pupil_correction,
    reference,
    scan_code,
    school,
    service,
)

ROUTES: list[Router] = [
    school.router,
    item.router,
    item_acts.router,
    pupil.router,
    pupil_correction.router,
    leaving.router,
    decision.router,
    loan_routes.router,
    document.router,
    document_correction.router,
    document_list.router,
    mailing.router,
    incident_routes.router,
    incident_file.router,
    label.router,
    scan_code.router,
    job.router,
    municipality.router,
    mailbox.router,
    reference.router,
    service.router,
]

UPLOADS: list[Router] = [school.uploads, document.uploads, job.uploads]
"""Routes that take a file, hence a body far larger than the others."""
