"""Every page of the site. A new module of pages adds its router here, and its entry to `navigation.py`."""

from __future__ import annotations

from litestar import Router

from materiel.web.audience import Audience, page_router
from materiel.web.pages import family, family_link, family_signature, legal, outbox
from materiel.web.pages import help as help_pages
from materiel.web.pages.label import label_page
from materiel.web.pages.verification import verification_page

ROUTERS: list[Router] = [
    page_router("/", [label_page, verification_page], audience=Audience.PUBLIC),
    login.router,
    account.router,
    legal.router,
    help_pages.router,
    family_link.router,
    family.router,
    family_signature.router,
    outbox.router,
]
