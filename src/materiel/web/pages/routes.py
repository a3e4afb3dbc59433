"""Every page of the site. A new module of pages adds its router here, and its entry to `navigation.py`."""

from __future__ import annotations

from litestar import Router

from materiel.web.audience import Audience, page_router
from materiel.web.pages import (
    account,
    dashboard,
    document,
    family,
    family_link,
    family_signature,
    identity,
    institution,
    institution_link,
    institution_sheet,
    institution_signature,
    item,
    item_sheet,
    job,
    journal,
    label_sheet,
    legal,
    lending,
    loan,
    loan_change,
    loan_step,
    login,
    municipality,
    outbox,
    pupil,
    scanner,
    scanner_pile,
    school,
    setting,
    setting_access,
    setting_import,
)
from materiel.web.pages import help as help_pages
from materiel.web.pages.label import label_page
from materiel.web.pages.verification import verification_page

ROUTERS: list[Router] = [
    page_router("/", [label_page, verification_page], audience=Audience.PUBLIC),
    login.router,
    identity.router,
    account.router,
    legal.router,
    help_pages.router,
    family_link.router,
    family.router,
    family_signature.router,
    institution_link.router,
    institution.router,
    institution_signature.router,
    institution_sheet.router,
    outbox.router,
    lending.router,
    loan.router,
    loan_step.router,
    loan_change.router,
    document.router,
    pupil.router,
    school.router,
    municipality.router,
    setting.router,
    setting_access.router,
    setting_import.router,
    dashboard.router,
    item.router,
    item_sheet.router,
    job.router,
    journal.router,
    label_sheet.router,
    scanner.router,
    scanner_pile.router,
]
