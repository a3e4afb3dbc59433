"""Every page of the site, walked from link to link on the demonstration, as each audience sees it.

The routes are the application's own. A page that no link leads to fails here until somebody says how it is reached.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit
from uuid import UUID

import pytest
from litestar import Litestar
from litestar.routes import HTTPRoute
from playwright.sync_api import Page
from tests.browser.conftest import (
    SECRET_KEY,
    Site,
    Visit,
    check_accessibility,
    check_no_sideways_scroll,
    space_text,
)
from tests.browser.counter import PROPERTY

from materiel.documents.proof.page import MARK as PROOF_MARK
from materiel.domain.accounts.roles import Actor, Role
from materiel.domain.desk.campaign import CampaignKind
from materiel.domain.desk.dashboard import Concern
from materiel.domain.desk.lot import LotAct
from materiel.domain.imports.import_file import ImportFile, ImportKind
from materiel.domain.incident.incident import IncidentFilter
from materiel.domain.item.item import ItemStatus
from materiel.domain.item.label_sheet import DescribedSheet, OwnSheet
from materiel.domain.loan.loan import LoanStatus, RecallGround
from materiel.domain.papers.document import DocumentKind, SignatureStatus
from materiel.domain.papers.reading_aid import ReadingAid
from materiel.domain.usage import Custody, Usage
from materiel.domain.work.job import Job
from materiel.domain.work.outbox import Purpose
from materiel.settings import Settings
from materiel.store.accounts import service as services
from materiel.store.incident import file as incident_files
from materiel.store.item import item as items
from materiel.store.loan import loan as loans
from materiel.store.papers import document as documents
from materiel.store.people import pupil as pupils
from materiel.store.work import outbox
from materiel.use_cases.desk.campaign import OpenCampaign
from materiel.use_cases.desk.campaign_at_once import run_campaign_at_once
from materiel.use_cases.desk.lots.lot import StartLot, start_lot
from materiel.use_cases.imports.import_file import examine_file
from materiel.use_cases.incident.incident import list_incident_lines
from materiel.use_cases.item.item import RegisterItem, register_item
from materiel.use_cases.item.label_sheet import keep_sheet
from materiel.use_cases.loan.elsewhere.leaving import RecordLeaving, record_leaving
from materiel.use_cases.loan.handover_form import MARK
from materiel.use_cases.loan.recall import recall_loan
from materiel.use_cases.papers.issuer import Issuer
from materiel.use_cases.people.pupil import RegisterPupil, UpdatePupil, register_pupil, update_pupil
from materiel.web.app import create_app, read_clock
from materiel.web.audience import Audience

ADMIN = "admin@exemple.invalid"
FIRST_SCREEN = 640
"""Pixels of a small telephone, in which the title of every page must hold."""

FILES = {
    *("document:pdf", "document:scan", "loan:print", "scan:receipts", "family:pdf", "institution:pdf"),
    *(f"{reader}:{aid}_pdf" for reader in ("document", "family", "institution", "handed") for aid in ReadingAid),
    *("handed:pdf", "document:signed", "family:signed_pdf", "institution:signed_pdf"),
    *("loan:handover_form", "takeover:scan", "agenda:read"),
    *("loan:handover_form", "takeover:scan", "loan:attestation", "item:examination_sheet"),
    *("letterhead:picture", "letterhead:proposed_picture", "letterhead:sample", "letterhead:proposed_sample"),
    *("returned:page", "returned:box", "item:photo", "item:thumbnail", "item:passport_pdf", "condition:compare_pdf"),
    *("export:table", "incident:file", "item:export", "loan:export", "job:events", "job:file"),
    *("import:model", "import:rejected", "elimination:list", "elimination:paper", "annex:paper", "loan:route_sheet"),
    *("institution_sheet:list_school", "institution_sheet:list_municipality", "institution_sheet:list_authority"),
    *("document:view", "incident:view", "item:check_list", "item:view", "licence:view", "loan:view"),
    *("figures:report", "figures:report_table", "figures:register"),
    *("stocktake:report", "stocktake:export"),
    *("disposal:act", "disposal:commitment", "disposal:domaine_list", "disposal:domaine_table", "disposal:paper"),
    *("transfer:act", "pupil:liaison_paper", "family:liaison"),
    *("municipality:view", "need:view", "outbox:view", "pupil:view", "school:view"),
    *("municipality:view", "need:view", "outbox:view", "pupil:view", "kit:view", "repair:view", "school:view"),
}
"""Routes that answer a file or a stream, not a page."""

DOORS = {
    *("family:open", "family:open_document", "institution:open", "sector:open", "login:open_invitation"),
    "campaign:list",
    *("identity:start", "identity:back", "identity:leave", "told:former_address"),
    *("family:identify", "family:lot_identify", "family:identified", "family:leave_provider"),
}
"""Routes that only lead to another page."""

AFTER_AN_ACT = {
    *("family:code", "family:signed", "family:declared", "family:condition", "told:files", "link:asked"),
    *("institution:code", "institution:signed"),
    *("handed:show", "handed:read", "handed:signed", "handed:take_back"),
    *(f"handed:{aid}" for aid in ReadingAid),
    *("family:lot_code", "family:lot_signed", "institution:lot_code", "institution:lot_signed"),
    *(
        "login:show_second_factor",
        "login:show_new_password",
        *("scan:result", "scan:undo", "item:undo_all"),
        "elimination:show",
        # Of whoever coordinates an académie, who sees nothing else: see `test_manager_park`.
        *("pool:list", "pool:choose"),
        # Of a loan taken over, of which the demonstration has none.
        "takeover:undo",
        "takeover:file_scan",
    ),
}
"""Pages that only an act shows: the journeys of the other files look at them."""

NOWHERE = (
    "/nulle-part",
    "/v/0123456789ABC",
    "/v/0123456789ABC/1",
    f"/v/0123456789ABC/{MARK}",
    f"/v/0123456789ABC/{PROOF_MARK}",
)
OUTSIDE = [*("/connexion", "/deconnexion", "/lien-necessaire", "/Q/0123456789ABC"), *NOWHERE]
UNLIKE = (Concern.CAME_OF_AGE, Concern.REFERENCE, Concern.LIAISON, Concern.TO_PREPARE, Concern.IDLE)
"""Lists of the home page that look like no other."""
OF_AN_ACCOUNT = [
    *("/", "/a-faire/incidents-ouverts", "/materiels?q=introuvable", "/prets?q=personne", "/communes?q=rennes"),
    *("/communes/35050", "/courriels?etat=refuses"),
    *("/recherche", "/recherche?q=rennes", "/recherche?q=alix", "/recherche?q=introuvable"),
    *(f"/a-faire/{concern.value}" for concern in UNLIKE),
    *("/preter?usage=shared&school=0352069J", "/nulle-part"),
]


@dataclass(frozen=True)
class PageRoute:
    """One page of the application: its name, whom it serves, the addresses it answers."""

    name: str
    audience: Audience
    pattern: re.Pattern[str]
    parameters: int


@pytest.fixture(scope="module")
def routes(tmp_path_factory: pytest.TempPathFactory) -> list[PageRoute]:
    """Every page, those without a parameter first, as the router prefers them."""
    folder = tmp_path_factory.mktemp("routes")
    settings = Settings.from_env({"MATERIEL_DATA_DIR": str(folder), "MATERIEL_SECRET_KEY": SECRET_KEY})
    return sorted(page_routes(create_app(settings)), key=lambda each: each.parameters)


def page_routes(app: Litestar) -> Iterator[PageRoute]:
    for route in app.routes:
        for handler in route.route_handlers if isinstance(route, HTTPRoute) else ():
            if "GET" in handler.http_methods and "audience" in handler.opt:
                assert handler.name, route.path
                pattern, parameters = re.subn(r"\{\w+:\w+\}", "[^/]+", route.path)
                yield PageRoute(handler.name, handler.opt["audience"], re.compile(pattern, re.IGNORECASE), parameters)


class Walk:
    """Goes from link to link, to one address at least of each page, and looks at each."""

    def __init__(self, page: Page, routes: list[PageRoute]) -> None:
        self._page = page
        self._routes = routes
        self.seen: set[str] = set()
        self.looked = 0

    def from_(self, *addresses: str) -> None:
        """Look at these addresses, then at every kind of page that their links lead to."""
        kinds: set[tuple[str, str]] = set()
        waiting: list[str] = []
        for address in addresses:
            kinds.add(self._kind_of(address))
            waiting += self._visit(address)
        for address in waiting:
            kind = self._kind_of(address)
            if kind not in kinds and kind[0] not in FILES | DOORS:
                kinds.add(kind)
                waiting += self._visit(address)
        self.seen |= {name for name, _ in kinds}

    def _kind_of(self, address: str) -> tuple[str, str]:
        """The route of an address and what is asked of it, whatever the record."""
        path, query = urlsplit(address).path, urlsplit(address).query
        name = next((each.name for each in self._routes if each.pattern.fullmatch(path)), "")
        return name, " ".join(sorted(each.partition("=")[0] for each in query.split("&")))

    def _visit(self, address: str) -> list[str]:
        answer = self._page.goto(address)
        assert answer is not None
        expected = 404 if address in NOWHERE else 200
        assert answer.status == expected, f"{answer.status} at {address}, reached from {self._page.url}"
        look_at(self._page)
        self.looked += 1
        inside = self._page.evaluate(
            "[...document.querySelectorAll('a[href]')].map((link) => new URL(link.href))"
            ".filter((to) => to.origin === location.origin && to.pathname !== location.pathname)"
            ".map((to) => to.pathname + to.search)"
        )
        return [each for each in inside if not each.startswith(("/static/", "/api/", "/deconnexion"))]


def look_at(page: Page) -> None:
    """A wide screen in the light, then a phone in the dark: each page is opened once for both."""
    page.set_viewport_size({"width": 1280, "height": FIRST_SCREEN})
    page.emulate_media(color_scheme="light")
    check_accessibility(page)
    page.set_viewport_size({"width": 320, "height": FIRST_SCREEN})
    page.emulate_media(color_scheme="dark")
    check_phone(page)


def check_phone(page: Page) -> None:
    """Rules of accessibility, the title in the first screen, letters spread without a sideways scroll."""
    check_accessibility(page)
    box = page.locator("h1").first.bounding_box()
    assert box is not None
    assert box["y"] + box["height"] <= FIRST_SCREEN, f"{page.url}: the title is below the first screen"
    space_text(page)
    check_no_sideways_scroll(page)


async def states_of(service_id: UUID) -> list[str]:
    """The sheet of a loan and of an item in each state that the demonstration has, and one whose condition is noted."""
    pictured = await items.by_inventory_number(service_id, "DEMO-CLA-003")
    assert pictured is not None
    found = [f"/materiels/{pictured.id}/etats"]
    for loan_status in LoanStatus:
        found += [f"/prets/{each.id}" for each in await loans.page(service_id, status=loan_status, limit=1)]
    for item_status in ItemStatus:
        found += [f"/materiels/{each.id}" for each in await items.page(service_id, status=item_status, limit=1)]
    return found


async def decisions_of(service_id: UUID) -> list[str]:
    """« Prêter » with all that it asks: allowed, then refused by the texts."""
    (item,) = await items.page(service_id, status=ItemStatus.IN_STOCK, limit=1)
    (pupil,) = await pupils.page(service_id, q="alix", limit=1)
    return [
        f"/preter?pupil={pupil.id}&item={item.id}&custody=home",
        f"/preter?usage=shared&school=0350839X&item={item.id}",
    ]


async def a_job(actor: Actor, base_url: str) -> Job:
    """What is done in number, in the background."""
    now = read_clock()
    made = [
        await register_item(RegisterItem(inventory_number=f"TACHE-{rank}", designation="Souris"), actor=actor, now=now)
        for rank in range(25)
    ]
    references = tuple(each.id for each in made)
    command = StartLot(act=LotAct.SET_STATUS, references=references, status=ItemStatus.IN_REPAIR, reason="Révision")
    return await start_lot(command, issuer=Issuer(actor=actor, now=now, base_url=base_url))


async def an_examined_file(actor: Actor) -> ImportFile:
    """What an import would do, some lines being refused."""
    table = "Numéro d'inventaire;Désignation;Remarque\nTACHE-0;Souris sans fil;\n;Sans numéro;\n".encode()
    return await examine_file(ImportKind.ITEMS, "parc.csv", table, actor=actor, now=read_clock())


async def a_sheet(actor: Actor) -> OwnSheet:
    """A sheet of labels that the service measured."""
    measures = {"left_mm": 7.2, "top_mm": 15.15, "pitch_x_mm": 66.0, "pitch_y_mm": 38.1}
    described = DescribedSheet(title="Rouge", columns=3, rows=7, label_width_mm=63.5, label_height_mm=38.1, **measures)
    return await keep_sheet(described, actor=actor, now=read_clock())


async def a_list_of_moves(actor: Actor) -> ImportFile:
    """A known pupil in another school, another one where nothing is lent."""
    (lent,) = await pupils.page(actor.service_id, q="jade", limit=1)
    (excluded,) = await pupils.page(actor.service_id, q="tom", limit=1)
    lines = [
        f"{each.last_name};{each.first_name};{each.birth_date};{uai}"
        for each, uai in ((lent, "0350965J"), (excluded, "0350693N"))
    ]
    table = "\n".join(["Nom;Prénom;Date de naissance;UAI", *lines, ""]).encode()
    return await examine_file(ImportKind.PUPILS, "rentree.csv", table, actor=actor, now=read_clock())


async def mistakes_of_pupils(actor: Actor) -> list[str]:
    """The ways back from what was recorded by mistake: a pupil twice, whose death is noted on one record."""
    (known,) = await pupils.page(actor.service_id, q="alix", limit=1)
    typed = RegisterPupil(
        last_name=known.last_name,
        first_name=known.first_name,
        birth_date=known.birth_date,
        school=known.school_uai,
        homes=known.homes,
    )
    twice = await register_pupil(typed, actor=actor, now=read_clock())
    alone = await register_pupil(typed, actor=actor, now=read_clock())
    gone = RecordLeaving(pupil_id=alone.id, left_on=known.birth_date, academie="17")
    issuer = Issuer(actor=actor, now=read_clock(), base_url="https://materiel.exemple.invalid")
    left = (await record_leaving(gone, issuer=issuer)).leaving
    depart = f"/eleves/{alone.id}/depart"
    died = UpdatePupil(pupil_id=twice.id, version=twice.version, died_on=known.birth_date)
    await update_pupil(died, actor=actor, now=read_clock())
    return [
        *(f"/eleves/{twice.id}", f"/eleves/{twice.id}/deces/retirer"),
        *(f"/eleves/{alone.id}/reunir", f"/eleves/{alone.id}/supprimer", f"/eleves/{alone.id}/deces"),
        f"/eleves/{known.id}/depart",
        *(f"{depart}/{left.id}/contact", f"{depart}/{left.id}/fiche", f"{depart}/{left.id}/retirer"),
    ]


async def of_a_running_loan(actor: Actor, base_url: str) -> list[str]:
    """What is held at home: claiming it back, the letters of a claim, the ways back of a claim and of a signature."""
    held = await loans.page(actor.service_id, status=LoanStatus.HANDED_OVER, limit=100)
    home = [each for each in held if each.usage is Usage.INDIVIDUAL and each.custody is Custody.HOME]
    claimed, running = [each for each in home if each.recalled_on is None][:2]
    issuer = Issuer(actor=actor, now=read_clock(), base_url=base_url)
    await recall_loan(claimed.id, reason="Accord du 5 septembre", ground=RecallGround.BORROWER_AGREES, issuer=issuer)
    signed = [
        (document, box)
        for each in home
        for document in await documents.of_loan(each.id)
        for box in document.signatures
        if box.status is SignatureStatus.SIGNED
    ]
    document, box = signed[0]
    papers = await documents.of_loan(running.id)
    receipt = next(each for each in papers if each.kind is DocumentKind.HANDOVER_RECEIPT)
    return [
        *(f"/prets/{claimed.id}/rappel-retire", f"/prets/{claimed.id}/rappel/lettres", f"/prets/{running.id}/rappel"),
        *(f"/documents/{document.id}/signatures/{box.id}/retirer", f"/documents/{receipt.id}/annuler"),
        f"/prets/{running.id}/documents",
    ]


async def of_a_campaign(actor: Actor, base_url: str) -> list[str]:
    """A campaign that was run, a group of it, and what became of it."""
    issuer = Issuer(actor=actor, now=read_clock(), base_url=base_url)
    command = OpenCampaign(kind=CampaignKind.RENEWAL, school_year=issuer.today.year + 1, send=False)
    report = await run_campaign_at_once(command, issuer=issuer, clock=read_clock, progress=lambda done, total: None)
    page = f"/rentree/{report.campaign.id}"
    return ["/rentree/nouvelle", page, f"{page}/groupes/renew", f"{page}/suivi?etat=awaited"]


async def of_an_incident(actor: Actor) -> list[str]:
    """The file that was sent for one, to be removed."""
    told = await list_incident_lines(IncidentFilter(), actor=actor, limit=20)
    kept = [file for each in told for file in await incident_files.of_incident(each.incident.id)]
    return [f"/incidents/{file.incident_id}/fichiers/{file.id}/supprimer" for file in kept[:1]]


@pytest.fixture(scope="module")
def account_pages(site: Site) -> list[str]:
    """Where the walk of an account begins."""
    service = site.run(lambda: services.by_code("DEMO35"))
    admin = Actor("tests", Role.ADMIN, service.id)
    job = site.run(lambda: a_job(admin, site.url))
    decided = site.run(lambda: decisions_of(service.id))
    examined = site.run(lambda: an_examined_file(admin))
    moving = site.run(lambda: a_list_of_moves(admin))
    sheet = site.run(lambda: a_sheet(admin))
    states = site.run(lambda: states_of(service.id))
    mistakes = site.run(lambda: mistakes_of_pupils(admin))
    of_a_loan = site.run(lambda: of_a_running_loan(admin, site.url))
    of_incident = site.run(lambda: of_an_incident(admin))
    of_campaign = site.run(lambda: of_a_campaign(admin, site.url))
    return [
        *OF_AN_ACCOUNT,
        *mistakes,
        *of_a_loan,
        *of_incident,
        *of_campaign,
        *decided,
        f"/taches/{job.id}",
        f"/imports/fichiers/{examined.id}",
        f"/imports/fichiers/{moving.id}",
        f"/etiquettes/planches/{sheet.id}",
        *states,
    ]


def test_every_page_of_an_account(
    visit: Visit,
    routes: list[PageRoute],
    account_pages: list[str],
    record_property: Callable[[str, object], None],
) -> None:
    page = visit("about:blank", width=320, height=FIRST_SCREEN, account=ADMIN)
    walk = Walk(page, routes)
    walk.from_(*account_pages)
    record_property(PROPERTY, f"axe, pages d'un compte, vues de deux façons : {walk.looked}, aucune violation")
    assert never_seen(routes, walk.seen, {Audience.ACCOUNT}) == set()


async def parent_link() -> str:
    """The link in the last letter: to one of two parents who live apart, who may disagree."""
    service = await services.by_code("DEMO35")
    letters = await outbox.page(service.id, limit=200)
    letter = next(each for each in letters if each.purpose is Purpose.SIGNATURE_REQUEST)
    found = re.search(r"^http\S+/f/\S+$", letter.text, re.MULTILINE)
    assert found
    return urlsplit(found[0]).path


def test_every_page_without_an_account(
    visit: Visit,
    site: Site,
    routes: list[PageRoute],
    record_property: Callable[[str, object], None],
) -> None:
    seen: set[str] = set()
    looked = 0
    links = [*site.told["access"]["links"].values(), site.run(parent_link)]
    for begin in [OUTSIDE, *([link] for link in links)]:
        page = visit(begin[0], width=320, height=FIRST_SCREEN)
        walk = Walk(page, routes)
        walk.from_(urlsplit(page.url).path, *begin[1:])
        seen |= walk.seen
        looked += walk.looked
    record_property(PROPERTY, f"axe, pages sans compte, vues de deux façons : {looked}, aucune violation")
    audiences = {Audience.PUBLIC, Audience.FAMILY, Audience.INSTITUTION, Audience.REFERENT}
    assert never_seen(routes, seen, audiences) == set()


def never_seen(routes: list[PageRoute], seen: set[str], audiences: set[Audience]) -> set[str]:
    """The pages of these audiences that a walk should have found."""
    return {each.name for each in routes if each.audience in audiences} - FILES - DOORS - AFTER_AN_ACT - seen
