"""Every page of the site. A new module of pages adds its router here, and its entry to `navigation.py`."""

from __future__ import annotations

from litestar import Router

from materiel.web.audience import Audience, page_router
from materiel.web.pages.accounts import access as setting_access
from materiel.web.pages.accounts import account, agenda, identity, login, saved_view, setting
from materiel.web.pages.accounts import annex as setting_annex
from materiel.web.pages.circuit import disposal, disposal_step, figures, need, pool, transfer
from materiel.web.pages.circuit import list as need_list
from materiel.web.pages.circuit import referent as sector_setting
from materiel.web.pages.circuit.condition import comparing as condition_comparing
from materiel.web.pages.circuit.condition import noting as condition_noting
from materiel.web.pages.circuit.stocktake import counting as stocktake_counting
from materiel.web.pages.circuit.stocktake import gaps as stocktake_gaps
from materiel.web.pages.circuit.stocktake import opening as stocktake_opening
from materiel.web.pages.circuit.stocktake import sheet as stocktake_sheet
from materiel.web.pages.circuit.workshop import (
    kit,
    kit_list,
    licence,
    licence_list,
    passport,
    repair,
    repair_list,
    safety,
)
from materiel.web.pages.desk import awaited, campaign, dashboard, finding, notice, today
from materiel.web.pages.history import journal, reading
from materiel.web.pages.imports import export, import_file, other_sheet
from materiel.web.pages.imports import moves as import_moves
from materiel.web.pages.incident import file as incident_file
from materiel.web.pages.incident import incident
from materiel.web.pages.incident import list as incident_list
from materiel.web.pages.incident import treatment as incident_treatment
from materiel.web.pages.item import checklist, item, label_sheet, own_sheet, photo, place, preparing, replacing, scanner
from materiel.web.pages.item import examination as item_examination
from materiel.web.pages.item import family as item_family
from materiel.web.pages.item import preparation as item_preparation
from materiel.web.pages.item import sheet as item_sheet
from materiel.web.pages.item.label import label_page
from materiel.web.pages.links import family_link, institution_link, institution_sheet, new_link, referent_link
from materiel.web.pages.loan import change as loan_change
from materiel.web.pages.loan import cover_letter as loan_cover_letter
from materiel.web.pages.loan import drafts as loan_drafts
from materiel.web.pages.loan import hold as loan_hold
from materiel.web.pages.loan import leaving, lending, loan, reference, takeover
from materiel.web.pages.loan import list as loan_list
from materiel.web.pages.loan import old_scan as takeover_scan
from materiel.web.pages.loan import pile as scanner_pile
from materiel.web.pages.loan import recall as loan_recall
from materiel.web.pages.loan import step as loan_step
from materiel.web.pages.loan import use as loan_use
from materiel.web.pages.papers import correction as document_correction
from materiel.web.pages.papers import document, letterhead, returned
from materiel.web.pages.papers import list as document_list
from materiel.web.pages.papers.verification import (
    LARGEST_COMPARED,
    compare_page,
    document_verification_page,
    form_verification_page,
    proof_verification_page,
    verification_page,
)
from materiel.web.pages.people import correction as pupil_correction
from materiel.web.pages.people import data as pupil_data
from materiel.web.pages.people import list as pupil_list
from materiel.web.pages.people import pupil
from materiel.web.pages.places import list as place_lists
from materiel.web.pages.places import moves as school_moves
from materiel.web.pages.places import municipality, school
from materiel.web.pages.retention import elimination, retention
from materiel.web.pages.signing import daily as reminders
from materiel.web.pages.signing import family as family_signature
from materiel.web.pages.signing import folder as signing_folder
from materiel.web.pages.signing import here as signing_here
from materiel.web.pages.signing import identity as family_identity
from materiel.web.pages.signing import institution as institution_signature
from materiel.web.pages.site import demonstration, legal
from materiel.web.pages.site import help as help_pages
from materiel.web.pages.site import setting as setting_site
from materiel.web.pages.visitors import condition as family_condition
from materiel.web.pages.visitors import family, institution, institution_scanner, referent
from materiel.web.pages.work import job, lot, outbox, pause, printing, webhook

ROUTERS: list[Router] = [
    page_router(
        "/",
        [
            label_page,
            verification_page,
            document_verification_page,
            form_verification_page,
            proof_verification_page,
        ],
        audience=Audience.PUBLIC,
    ),
    page_router("/", [compare_page], audience=Audience.PUBLIC, largest_body=LARGEST_COMPARED),
    login.router,
    demonstration.router,
    identity.router,
    account.router,
    agenda.router,
    saved_view.router,
    legal.router,
    help_pages.router,
    family_link.router,
    family.router,
    family_condition.router,
    family_signature.router,
    family_identity.router,
    institution_link.router,
    referent_link.router,
    referent.router,
    sector_setting.router,
    institution_scanner.router,
    institution.router,
    institution_signature.router,
    signing_here.preparing,
    signing_here.router,
    institution_sheet.router,
    notice.router,
    awaited.router,
    campaign.router,
    finding.router,
    outbox.router,
    lending.router,
    loan_drafts.router,
    loan.router,
    loan_list.router,
    loan_step.router,
    loan_use.router,
    item_examination.router,
    loan_change.router,
    loan_cover_letter.router,
    loan_hold.router,
    takeover.router,
    takeover_scan.router,
    takeover_scan.downloads,
    loan_recall.router,
    document.router,
    document_list.router,
    printing.router,
    document_correction.router,
    pupil.router,
    pupil_list.router,
    pupil_correction.router,
    pupil_data.router,
    leaving.router,
    school.router,
    school_moves.router,
    place_lists.schools,
    place_lists.municipalities,
    municipality.router,
    reference.router,
    new_link.router,
    setting.router,
    setting_access.router,
    letterhead.router,
    setting_annex.router,
    pause.router,
    webhook.router,
    setting_site.router,
    reading.router,
    import_file.router,
    other_sheet.router,
    import_moves.router,
    export.router,
    retention.router,
    elimination.router,
    dashboard.router,
    today.router,
    item.router,
    item_family.router,
    place.router,
    item_preparation.router,
    preparing.router,
    item_sheet.router,
    replacing.router,
    need_list.router,
    need.router,
    figures.router,
    stocktake_opening.router,
    stocktake_sheet.router,
    stocktake_counting.router,
    stocktake_gaps.router,
    transfer.router,
    disposal.router,
    disposal_step.router,
    pool.router,
    safety.router,
    kit_list.router,
    kit.router,
    repair_list.router,
    repair.router,
    licence_list.router,
    licence.router,
    checklist.router,
    passport.router,
    condition_noting.router,
    condition_comparing.router,
    incident.router,
    incident_list.router,
    incident_treatment.router,
    incident_file.router,
    reminders.router,
    signing_folder.router,
    job.router,
    lot.router,
    journal.router,
    label_sheet.router,
    own_sheet.router,
    scanner.router,
    photo.router,
    returned.router,
    returned.uploads,
    scanner_pile.router,
]
