"""The HTTP API: one module for each thing; parse, call one use case, answer."""

from __future__ import annotations

from litestar import Router

from materiel.web.api.accounts import annex, service
from materiel.web.api.circuit import disposal, need, pool, referent, statistics, stocktake, transfer, use
from materiel.web.api.circuit.condition import state as condition
from materiel.web.api.circuit.workshop import kit, licence, passport, repair, safety
from materiel.web.api.desk import finding
from materiel.web.api.imports import import_file
from materiel.web.api.imports import move as import_move
from materiel.web.api.incident import file as incident_file
from materiel.web.api.incident import routes as incident_routes
from materiel.web.api.item import acts as item_acts
from materiel.web.api.item import checklist, code, item, label, label_sheet
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
    pool.router,
    disposal.router,
    use.router,
    referent.router,
    safety.router,
    kit.router,
    passport.router,
    repair.router,
    condition.router,
    condition.of_loan,
    licence.router,
    checklist.router,
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
    disposal.uploads,
    scan.uploads,
    import_file.uploads,
    condition.uploads,
]
"""Routes that take a file, hence a body far larger than the others."""
