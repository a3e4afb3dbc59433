"""The HTTP API: one module for each thing; parse, call one use case, answer."""

from __future__ import annotations

from litestar import Router

from materiel.web.api.accounts import annex, service
from materiel.web.api.circuit import need, statistics, stocktake, transfer
from materiel.web.api.circuit.workshop import kit, passport, repair, safety
from materiel.web.api.desk import finding
from materiel.web.api.imports import import_file
from materiel.web.api.imports import move as import_move
from materiel.web.api.incident import file as incident_file
from materiel.web.api.incident import routes as incident_routes
from materiel.web.api.item import acts as item_acts
from materiel.web.api.item import code, item, label, label_sheet
from materiel.web.api.links import mailbox
from materiel.web.api.loan import decision, leaving, reference, takeover
from materiel.web.api.loan import routes as loan_routes
from materiel.web.api.papers import correction as document_correction
from materiel.web.api.papers import document, letterhead, scan, signed
from materiel.web.api.papers import list as document_list
from materiel.web.api.people import correction as pupil_correction
from materiel.web.api.people import pupil
from materiel.web.api.places import municipality, school
from materiel.web.api.signing import mailing
from materiel.web.api.work import campaign, job, lot, pause, printing, webhook

ROUTES: list[Router] = [
    school.router,
    item.router,
    item_acts.router,
    pupil.router,
    pupil_correction.router,
    leaving.router,
    decision.router,
    loan_routes.router,
    takeover.router,
    document.router,
    signed.router,
    document_correction.router,
    document_list.router,
    scan.router,
    mailing.router,
    need.router,
    statistics.router,
    stocktake.router,
    transfer.router,
    safety.router,
    kit.router,
    passport.router,
    repair.router,
    incident_routes.router,
    incident_file.router,
    label.router,
    label_sheet.router,
    code.router,
    job.router,
    lot.router,
    campaign.router,
    printing.router,
    import_file.router,
    import_move.router,
    municipality.router,
    mailbox.router,
    reference.router,
    service.router,
    annex.router,
    pause.of_service,
    pause.of_loan,
    webhook.router,
    letterhead.router,
    finding.router,
]

UPLOADS: list[Router] = [
    school.uploads,
    municipality.uploads,
    document.uploads,
    signed.uploads,
    letterhead.uploads,
    takeover.uploads,
    scan.uploads,
    import_file.uploads,
]
"""Routes that take a file, hence a body far larger than the others."""
