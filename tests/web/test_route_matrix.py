"""Every route of the application, tried by everybody: who is served, who is led away, who finds nothing.

The routes are those that the application really has: a new one fails here until a line of the matrix says whom it
serves. What no line allows must be refused.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import date
from uuid import UUID

import httpx
from litestar import Litestar
from litestar.routes import HTTPRoute
from tests.browser.counter import PROPERTY
from tests.stage import family_cast, referent_cast, retention_cast
from tests.stage.signatory_cast import a_signatory
from tests.use_cases import loan_cast as cast
from tests.web import typography
from tests.web.conftest import StoppedClock
from tests.web.no_writer import nothing_written
from tests.web.pages.cast import browser, csrf_of, logged_in

from materiel.domain.accounts.roles import Actor, Role
from materiel.domain.accounts.session import SEEN_EVERY, SubjectKind
from materiel.domain.circuit.condition.state import ConditionMoment
from materiel.domain.circuit.disposal.disposal import AppraisedItem, DisposalOutcome
from materiel.domain.circuit.stocktake import OpenStocktake
from materiel.domain.imports.import_file import ImportKind
from materiel.domain.incident.incident import IncidentKind
from materiel.domain.item.item import Condition
from materiel.domain.loan.reference_change import ChangeKind, FoundChange
from materiel.domain.papers.annex import AnnexSection
from materiel.domain.papers.document import DocumentKind
from materiel.domain.work.webhook import WebhookEvent
from materiel.store.accounts import service as services
from materiel.store.accounts import user as users
from materiel.store.engine.database import write_transaction
from materiel.store.loan import reference_change
from materiel.store.papers import document as documents
from materiel.store.people import pupil as pupils
from materiel.store.places import school as schools
from materiel.use_cases.accounts.annex import WriteAnnex, write_annex
from materiel.use_cases.accounts.session import open_session
from materiel.use_cases.accounts.token import CreateToken, create_token
from materiel.use_cases.circuit.condition.noting import NoteCondition, note_condition
from materiel.use_cases.circuit.disposal import ProposeDisposal, propose_disposal
from materiel.use_cases.circuit.need import RecordNeed, record_need
from materiel.use_cases.circuit.stocktake.opening import open_stocktake
from materiel.use_cases.circuit.workshop.kit import MakeKit, make_kit
from materiel.use_cases.circuit.workshop.licence import AddLicence, add_licence
from materiel.use_cases.circuit.workshop.repair import SendToRepair, send_to_repair
from materiel.use_cases.circuit.workshop.safety import OpenSafetyRecall, open_safety_recall
from materiel.use_cases.circuit.workshop.seat import TakeSeat, take_seat
from materiel.use_cases.imports.import_file import examine_file
from materiel.use_cases.incident.incident import RecordIncident, record_incident
from materiel.use_cases.links.access_link import LinkHolder, make_link
from materiel.use_cases.links.referent import list_referents
from materiel.use_cases.loan.elsewhere.asking import AskTransfer, ask_transfer
from materiel.use_cases.loan.steps import issue_loan
from materiel.use_cases.retention.elimination import prepare_elimination
from materiel.use_cases.work.pause import AddPause, add_pause
from materiel.use_cases.work.webhook import AddWebhook, add_webhook

READER, MANAGER, ADMIN, SIGNATORY = "lecteur", "gestionnaire", "administrateur", "signataire"
COORDINATOR = "coordinateur"
STRANGER, FAMILY, INSTITUTION, ANONYMOUS = "autre service", "famille", "établissement", "anonyme"
REFERENT = "référent"
READING_TOKEN, FOREIGN_TOKEN, COORDINATING_TOKEN = (
    "jeton de lecture",
    "jeton d'un autre service",
    "jeton de coordination",
)
RANKS = {READER: 1, MANAGER: 2, ADMIN: 3, STRANGER: 3, SIGNATORY: 1, COORDINATOR: 0}
SOMEWHERE = UUID("0193f000-0000-7000-8000-00000000000f")


@dataclass(frozen=True)
class Line:
    """Whom the addresses that match serve.

    `read`, `write`: the least role of an account, 1 for a reader, for a GET and for anything else. `scoped`: the
    address names a record, which another service must not find. `signs`: what writes is for who signs for the State.
    `coordinates`: for who coordinates the académie alone.
    """

    pattern: str
    audience: str
    read: int = 1
    write: int = 2
    scoped: bool = False
    signs: bool = False
    coordinates: bool = False


# The first line that matches an address tells whom it serves.
MATRIX = (
    Line(r"/(healthz|readyz|aide|lien-necessaire|plan-du-site|accessibilite)", "public"),
    Line(r"/(demonstration|mentions-legales|donnees-personnelles|nouveau-mot-de-passe)", "public"),
    Line(r"/[qQvV]/.*|/static/.*|/(connexion|deconnexion|invitation)(/.*)?", "public"),
    Line(r"/api/(openapi\.json|docs|framework-schema.*)", "public"),
    Line(r"/api/verify", "public"),
    Line(r"/[fer]/\{token:str\}(/.*)?|/nouveau-lien", "public"),
    Line(r"/r(/.*)?", "referent"),
    Line(r"/f(/.*)?", "family"),
    Line(r"/e(/.*)?", "institution"),
    Line(r"/sur-place(/.*)?", "handed"),
    Line(r"/compte(/.*)?", "account", 0, 0),
    Line(r"/dormants(/.*)?", "account", coordinates=True),
    Line(r"/agenda/\{secret:str\}", "public"),
    Line(r"/vues/\{.*", "account", 1, 1, scoped=True),
    Line(r"/vues", "account", 1, 1),
    Line(r"/reglages/verifications(/.*)?", "account", 3, 3),
    Line(r"/reglages/.*\{.*", "account", 3, 3, scoped=True),
    Line(r"/reglages(/.*)?", "account", 3, 3),
    Line(r"/courriels/\{.*", "account", 2, 2, scoped=True),
    Line(r"/courriels(/vue\.(csv|xlsx))?|/notifications", "account", 2, 2),
    Line(r"/journal/verification", "account", 3, 3),
    Line(r"/journal(/export)?", "account", 2, 2),
    Line(r"/imports/fichiers/\{.*", "account", 2, 2, scoped=True),
    Line(r"/preter|/imports(/.*)?|/(eleves|materiels)/nouveau", "account", 2, 2),
    Line(r"/prets/\{loan_id:uuid\}/documents(\.pdf|/bon-a-remplir\.pdf)?", "account", 1, 2, scoped=True),
    Line(r"/prets/\{loan_id:uuid\}/ancien-papier/\{scan_id:uuid\}", "account", 1, 1, scoped=True),
    Line(r"/prets/\{loan_id:uuid\}/etats/\{item_id:uuid\}(/comparaison\.pdf)?", "account", 1, 2, scoped=True),
    Line(r"/prets/reprise(/plusieurs)?", "account", 2, 2),
    Line(r"/prets/\{loan_id:uuid\}/.+|/eleves/\{pupil_id:uuid\}/.+", "account", 2, 2, scoped=True),
    Line(r"/documents/impression", "account", 1, 1),
    Line(r"/documents/\{document_id:uuid\}/verification", "account", 1, 1, scoped=True),
    Line(r"/documents/\{document_id:uuid\}/(signatures/\{.*/retirer|annuler)", "account", 2, 2, scoped=True),
    Line(r"/materiels/\{item_id:uuid\}/examen/\{sheet_id:uuid\}/pdf", "account", 1, 1, scoped=True),
    Line(r"/materiels/\{item_id:uuid\}/(corriger|signaler|examen|etats/nouveau)", "account", 2, 2, scoped=True),
    Line(
        r"/materiels/\{item_id:uuid\}/(preparer|retrouver|accessoires|annuler-etat|etiquette)",
        "account",
        2,
        2,
        scoped=True,
    ),
    Line(r"/incidents/\{incident_id:uuid\}/fichiers/\{part_id:uuid\}/supprimer", "account", 2, 2, scoped=True),
    Line(r"/(prets|documents|eleves|materiels|taches|incidents)/\{.*", "account", 1, 2, scoped=True),
    Line(r"/besoins/\{need_id:uuid\}/.+", "account", 2, 2, scoped=True),
    Line(r"/besoins/\{need_id:uuid\}", "account", 1, 1, scoped=True),
    Line(r"/chiffres(/.+)?", "account", 1, 1),
    Line(r"/recolements/\{stocktake_id:uuid\}/(compter|relancer|cloture|materiels/.+)", "account", 2, 2, scoped=True),
    Line(r"/recolements/\{.*", "account", 1, 1, scoped=True),
    Line(r"/recolements/nouveau", "account", 2, 2),
    Line(r"/recolements", "account", 1, 1),
    Line(r"/besoins/nouveau", "account", 2, 2),
    Line(r"/fins-de-vie/\{disposal_id:uuid\}/(decider|refuser)", "account", 1, 1, scoped=True, signs=True),
    Line(r"/fins-de-vie/\{disposal_id:uuid\}/(effacement|retirer|papier|sortie)", "account", 2, 2, scoped=True),
    Line(r"/fins-de-vie/\{.*", "account", 1, 1, scoped=True),
    Line(r"/fins-de-vie/(nouvelle|choisir)", "account", 2, 2),
    Line(r"/fins-de-vie", "account", 1, 2),
    Line(
        r"/transferts/\{transfer_id:uuid\}/(accepter|refuser|retirer|rendre|prolonger|prolongation)",
        "account",
        2,
        2,
        scoped=True,
    ),
    Line(r"/transferts/\{.*", "account", 1, 1, scoped=True),
    Line(r"/transferts/(nouveau|choisir)", "account", 2, 2),
    Line(r"/transferts", "account", 1, 2),
    Line(r"/besoins(/vue\.(csv|xlsx))?", "account", 1, 1),
    Line(r"/licences/\{licence_id:uuid\}/.+", "account", 2, 2, scoped=True),
    Line(r"/licences/\{licence_id:uuid\}", "account", 1, 1, scoped=True),
    Line(r"/licences/(nouvelle|installer)", "account", 2, 2),
    Line(r"/licences(/vue\.(csv|xlsx))?", "account", 1, 1),
    Line(r"/kits/\{kit_id:uuid\}/.+", "account", 2, 2, scoped=True),
    Line(r"/kits/\{kit_id:uuid\}", "account", 1, 1, scoped=True),
    Line(r"/kits/nouveau", "account", 2, 2),
    Line(r"/kits(/vue\.(csv|xlsx))?", "account", 1, 1),
    Line(r"/reparations/\{repair_id:uuid\}/.+", "account", 2, 2, scoped=True),
    Line(r"/reparations/\{repair_id:uuid\}", "account", 1, 1, scoped=True),
    Line(r"/reparations/nouvelle", "account", 2, 2),
    Line(r"/reparations(/vue\.(csv|xlsx))?", "account", 1, 1),
    Line(r"/rappels/\{recall_id:uuid\}/.+", "account", 2, 2, scoped=True),
    Line(r"/rappels/\{recall_id:uuid\}", "account", 1, 1, scoped=True),
    Line(r"/rappels/nouveau", "account", 2, 2),
    Line(r"/rappels", "account", 1, 1),
    Line(r"/referents/\{referent_id:uuid\}/.+", "account", 2, 2, scoped=True),
    Line(r"/referents/\{referent_id:uuid\}", "account", 1, 1, scoped=True),
    Line(r"/referents/nouveau", "account", 2, 2),
    Line(r"/referents", "account", 1, 1),
    Line(r"/etiquettes/planches/\{.*", "account", 2, 2, scoped=True),
    Line(r"/scanner/(pile/.+|bilan/defaire)|/materiels/etats/annuler|/etiquettes(/.*)?", "account", 2, 2),
    Line(r"/scanner(/.*)?", "account", 1, 1),
    Line(r"/a-faire/changements/\{.*", "account", 2, 2, scoped=True),
    Line(r"/(etablissements|communes)/\{\w+:str\}/(nature|contact|modifier|changements)", "account", 2, 2),
    Line(r"/(etablissements|communes)(/.*)?", "account", 1, 2),
    Line(r"/numerisations/\{.*", "account", 1, 2, scoped=True),
    Line(r"/signatures(/.*)?|/recherche|/numerisations", "account", 1, 2),
    Line(r"/parapheur/\{.*", "account", 1, 1, scoped=True),
    Line(r"/parapheur(/exemples)?", "account", 1, signs=True),
    Line(r"/rentree/\{campaign_id:uuid\}/impression", "account", 1, 1, scoped=True),
    Line(r"/rentree/\{.*", "account", 1, 2, scoped=True),
    Line(r"/rentree(/.*)?", "account", 1, 2),
    Line(r"/(prets|documents|eleves|materiels|incidents|exports|a-faire)(/.*)?|/", "account", 1, 2),
    Line(r"/api/pool(/.*)?", "api", coordinates=True),
    Line(r"/api/webhooks/\{.*", "api", 3, 3, scoped=True),
    Line(r"/api/webhooks", "api", 3, 3),
    Line(r"/api/service/pauses/\{.*", "api", 1, 3, scoped=True),
    Line(r"/api/service/pauses", "api", 1, 3),
    Line(r"/api/(schools|municipalities|labels/sheets|service|decisions)(/.*)?", "api"),
    Line(r"/api/imports/\{.*", "api", 2, 2, scoped=True),
    Line(r"/api/.*\{.*", "api", scoped=True),
    Line(r"/api/(items|pupils|loans|needs|transfers|stocktakes|statistics)", "api"),
    Line(r"/api/(documents|labels|scans|incidents|imports)", "api"),
    Line(r"/api/(safety-recalls|repairs|disposals|licences|kits)", "api"),
    Line(
        r"/api/(references/changes|notices/send|signatures|search|lots|campaigns|labels/(jobs|own-sheets)|documents/print)",
        "api",
    ),
    Line(r"/api/loans/(take-over|unused)|/api/referents", "api"),
)


LETS_IN = r"/[fer]/\{token:str\}(/.*)?|/invitation/.*|/connexion/.+"
"""The only addresses that write when they are read: a try of a secret is counted, and a session begins."""


@dataclass(frozen=True)
class Cell:
    """One route, one method, and the line that speaks of it."""

    path: str
    method: str
    line: Line


def cells(app: Litestar) -> Iterator[Cell]:
    """Every route that the application has, from the application itself."""
    for route in app.routes:
        assert isinstance(route, HTTPRoute), f"{route.path}: only HTTP is served"
        for method in sorted(set(route.methods) - {"OPTIONS", "HEAD"}):
            line = next((each for each in MATRIX if re.fullmatch(each.pattern, route.path)), None)
            assert line is not None, f"{method} {route.path} has no line in the matrix: say whom it serves"
            yield Cell(route.path, method, line)


SERVED, REFUSED, MISSING, FORBIDDEN = "served", "refused", "missing", "forbidden"
LOGIN, LINK, UNIDENTIFIED = "led to the login", "told that a link is needed", "unidentified"
HOME = "led to their own first page"


def outcome(cell: Cell, answer: httpx.Response) -> str:
    """What became of the request. A form that is wrong is a form that was read."""
    where = answer.headers.get("location", "") if answer.status_code == 303 else ""
    if where.partition("?")[0] in {"/connexion", "/lien-necessaire"}:
        return LOGIN if where.startswith("/connexion") else LINK
    if cell.path == "/" and where in {"/f", "/e", "/r", "/dormants"}:
        return HOME
    named = {401: UNIDENTIFIED, 403: FORBIDDEN, 404: MISSING}
    if answer.status_code in named:
        return named[answer.status_code]
    assert answer.status_code < 500 or answer.status_code == 503, f"{answer.status_code}: {answer.text[:500]}"
    return SERVED if answer.status_code < 400 else REFUSED


def expected(cell: Cell, who: str) -> set[str]:
    """What may become of the request of somebody, by the declared line alone."""
    line, reads = cell.line, cell.method == "GET"
    match line.audience:
        case "public":
            return {SERVED, REFUSED, MISSING, LOGIN, LINK}
        case "family" | "institution" | "referent":
            mine = who == {"family": FAMILY, "institution": INSTITUTION, "referent": REFERENT}[line.audience]
            return {SERVED, REFUSED, MISSING} if mine else {LINK}
        case "handed":
            # Nobody of the cast holds a device handed over: `test_here.py` walks these pages, and what they lock.
            return {LOGIN}
        case "api":
            return _expected_of_api(line, who, reads=reads)
    if who not in RANKS:
        # The name of the service, at the head of each page, leads to « / ».
        return {HOME} if cell.path == "/" and who in {FAMILY, INSTITUTION, REFERENT} else {LOGIN}
    if cell.path == "/" and who == COORDINATOR and reads:
        return {HOME}
    if line.coordinates:
        return {SERVED, REFUSED, MISSING} if who == COORDINATOR else {FORBIDDEN}
    if line.signs and not reads:
        return {SERVED, REFUSED, MISSING} if who == SIGNATORY else {FORBIDDEN}
    if RANKS[who] < (line.read if reads else line.write):
        return {FORBIDDEN}
    if who == STRANGER and line.scoped:
        # A form whose page lists several records tells its refusal there.
        return {MISSING} if reads or not cell.path.startswith("/reglages") else {MISSING, REFUSED}
    return {SERVED, REFUSED, MISSING}


def _expected_of_api(line: Line, who: str, *, reads: bool) -> set[str]:
    """Cookies open nothing. An empty body, or search, may be refused before the right is asked; nothing is served."""
    if who not in {READING_TOKEN, FOREIGN_TOKEN, COORDINATING_TOKEN}:
        return {UNIDENTIFIED}
    if line.coordinates or who == COORDINATING_TOKEN:
        if line.coordinates and who == COORDINATING_TOKEN:
            return {SERVED, REFUSED, MISSING}
        return {FORBIDDEN, REFUSED}
    if not reads:
        return {FORBIDDEN, REFUSED, MISSING} if who == READING_TOKEN or line.scoped else {REFUSED, SERVED}
    if who == READING_TOKEN and line.read > 1:
        return {FORBIDDEN}
    return {MISSING} if who == FOREIGN_TOKEN and line.scoped else {SERVED, MISSING, REFUSED}


class Everybody:
    """One browser or program for each role, and a fresh session for each request that might end one."""

    def __init__(self, clients: dict[str, httpx.AsyncClient], tokens: dict[str, str]) -> None:
        self.clients = clients
        self.tokens = tokens

    async def ask(self, cell: Cell, who: str, path: str) -> httpx.Response:
        client = self.clients[who]
        if cell.method == "GET":
            return await client.get(path)
        if cell.line.audience == "api":
            return await client.request(cell.method, path, json={})
        if who == ANONYMOUS:
            # A try to come in changes the visitor's identifier, and the token of the forms with it.
            self.tokens[who] = csrf_of((await client.get("/connexion")).text)
        return await client.request(cell.method, path, data={"_csrf": self.tokens.get(who, "")})


async def everybody(app: Litestar) -> Everybody:
    """The cast of the loans, and whoever may come."""
    await family_cast.set_up()
    ours, theirs = Actor("tests", Role.ADMIN, cast.SERVICE), Actor("tests", Role.ADMIN, cast.OTHER_SERVICE)
    clients = {
        READER: await logged_in(app, ours, Role.READER, "lecture@exemple.fr"),
        MANAGER: await logged_in(app, ours, Role.MANAGER, "gestion@exemple.fr"),
        ADMIN: await logged_in(app, ours, Role.ADMIN, "admin@exemple.fr"),
        SIGNATORY: await who_signs(app),
        COORDINATOR: await logged_in(app, ours, Role.COORDINATOR, "coordination@exemple.fr"),
        STRANGER: await logged_in(app, theirs, Role.ADMIN, "autre@exemple.fr"),
        FAMILY: await of_a_parent(app),
        INSTITUTION: await of_a_school(app),
        REFERENT: await of_a_referent(app),
        ANONYMOUS: browser(app),
    }
    for who, actor, role in (
        (READING_TOKEN, ours, Role.READER),
        (FOREIGN_TOKEN, theirs, Role.ADMIN),
        (COORDINATING_TOKEN, ours, Role.COORDINATOR),
    ):
        made = await create_token(CreateToken(role=role, label=who), actor=actor, now=cast.NOW)
        clients[who] = browser(app)
        clients[who].headers["Authorization"] = f"Bearer {made.secret}"
    tokens = {}
    for who in (
        *(READER, MANAGER, ADMIN, SIGNATORY, COORDINATOR, STRANGER),
        *(FAMILY, INSTITUTION, REFERENT, ANONYMOUS),
    ):
        page = await clients[who].get("/connexion" if who == ANONYMOUS else "/aide")
        tokens[who] = csrf_of(page.text)
    return Everybody(clients, tokens)


async def who_signs(app: Litestar) -> httpx.AsyncClient:
    """A browser of somebody who signs for the State, and whose second factor is set up."""
    user = (await a_signatory()).user
    return browser(app, (await open_session(SubjectKind.ACCOUNT, user.id, user.service_id, now=cast.NOW)).secret)


async def of_a_parent(app: Litestar) -> httpx.AsyncClient:
    """A browser in which a mother opened the link of a message."""
    lise = (await pupils.get(cast.TWO_HOMES, cast.SERVICE)).representatives[0]
    holder = LinkHolder(
        service_id=cast.SERVICE,
        email=lise.email,
        name=lise.full_name,
        pupil_id=cast.TWO_HOMES,
        representative_id=lise.id,
    )
    return await behind_link(app, SubjectKind.FAMILY, holder)


async def of_a_school(app: Litestar) -> httpx.AsyncClient:
    """A browser in which a school opened the link sent to its mailbox."""
    school = await schools.by_uai(cast.COLLEGE, cast.SERVICE)
    holder = LinkHolder(service_id=cast.SERVICE, email=school.email, name=school.name, school_uai=school.uai)
    return await behind_link(app, SubjectKind.INSTITUTION, holder)


async def of_a_referent(app: Litestar) -> httpx.AsyncClient:
    """A browser in which a référent opened the link of a sector."""
    link_id = await referent_cast.a_link(await referent_cast.a_referent())
    return browser(app, (await open_session(SubjectKind.REFERENT, link_id, cast.SERVICE, now=cast.NOW)).secret)


async def behind_link(app: Litestar, kind: SubjectKind, holder: LinkHolder) -> httpx.AsyncClient:
    async with write_transaction():
        made = await make_link(holder, actor_id="tests", now=cast.NOW)
    opened = await open_session(kind, made.link.id, cast.SERVICE, now=cast.NOW)
    return browser(app, opened.secret)


async def our_records() -> dict[str, str]:
    """What the parameters of the addresses name: records of our service; another's must not find them."""
    loan_id = await cast.a_draft()
    await issue_loan(loan_id, issuer=cast.ISSUER)
    papers = await documents.of_loan(loan_id)
    agreement = next(each for each in papers if each.kind is DocumentKind.LOAN_AGREEMENT)
    told = RecordIncident(item_id=cast.LAPTOP, kind=IncidentKind.BREAKDOWN, description="Plus d'image")
    incident = await record_incident(told, actor=cast.MANAGER, now=cast.NOW)
    waited = RecordNeed(pupil_id=cast.CHILD, wording="Plage braille", notified_on=cast.TODAY)
    need = await record_need(waited, actor=cast.MANAGER, now=cast.NOW)
    asked = OpenStocktake(name="Récolement", closes_on=cast.TODAY)
    stocktake = await open_stocktake(asked, actor=cast.MANAGER, now=cast.NOW)
    # Another than that of the stranger: a transfer is read by both of its services.
    await services.insert(cast.a_service(UUID(int=22), "DSDEN22", "22"))
    offered = AskTransfer(items=(cast.SPARE,), to="DSDEN22", reason="Réorganisation")
    passing = await ask_transfer(offered, actor=cast.MANAGER, now=cast.NOW)
    days = AddPause(name="Vacances", starts_on=date(2027, 7, 10), ends_on=date(2027, 8, 20))
    pause = await add_pause(days, actor=Actor("tests", Role.ADMIN, cast.SERVICE), now=cast.NOW)
    hook = AddWebhook(url="https://outil.exemple.fr/m", events=(WebhookEvent.LOAN_ISSUED,))
    admin = Actor("tests", Role.ADMIN, cast.SERVICE)
    webhook = (await add_webhook(hook, networks="", secret_key="", actor=admin, now=cast.NOW)).webhook
    danger = OpenSafetyRecall(
        title="Batterie", to_do="Éteignez-le.", model="Ordinateur", published_on=cast.TODAY, items=(cast.SPARE,)
    )
    recall = await open_safety_recall(danger, actor=cast.MANAGER, now=cast.NOW)
    broken = SendToRepair(item_id=cast.LAST, provider="Atelier", fault="Écran noir", sent_on=cast.TODAY)
    repair = await send_to_repair(broken, actor=cast.MANAGER, now=cast.NOW)
    pictured = NoteCondition(item_id=cast.LAPTOP, moment=ConditionMoment.OTHER, seen_on=cast.TODAY)
    state = await note_condition(pictured, actor=cast.MANAGER, now=cast.NOW)
    worn = AppraisedItem(item_id=cast.SOFTWARE, value_cents=0, condition=Condition.WORN)
    ends = ProposeDisposal(
        outcome=DisposalOutcome.DESTRUCTION, reason="Trop ancien", beneficiary="Éco-organisme", items=(worn,)
    )
    disposal = await propose_disposal(ends, actor=cast.MANAGER, now=cast.NOW)
    buying = AddLicence(software="Voix Haute", bought_on=cast.TODAY, key="CLE-D-UNE-LICENCE")
    licence = await add_licence(buying, secret_key="secret", actor=cast.MANAGER, now=cast.NOW)
    taking = TakeSeat(licence_id=licence.id, item_id=cast.SPARE, taken_on=cast.TODAY)
    seat = await take_seat(taking, actor=cast.MANAGER, now=cast.NOW)
    pair = MakeKit(number="KIT-01", designation="Lecture", items=(cast.KEYBOARD, cast.BRAILLE))
    kit = await make_kit(pair, actor=cast.MANAGER, now=cast.NOW)
    known = await list_referents(actor=cast.MANAGER)
    referent = known[0] if known else await referent_cast.a_referent()
    user = await users.by_email("lecture@exemple.fr", cast.SERVICE)
    school = await schools.by_uai(cast.BAULON, cast.SERVICE)
    manager = Actor("tests", Role.MANAGER, cast.SERVICE)
    table = "Numéro d'inventaire;Désignation\nMPA-1;Loupe\n;Sans numéro\n".encode()
    sent = await examine_file(ImportKind.ITEMS, "parc.csv", table, actor=manager, now=cast.NOW)
    await retention_cast.a_bare_loan(1, ended=cast.TODAY.replace(year=2020))
    ours = Actor("tests", Role.ADMIN, cast.SERVICE)
    elimination = await prepare_elimination(cast.TODAY, actor=ours, now=cast.NOW)
    charter = WriteAnnex(
        known=0, starts_on=cast.TODAY, title="Charte", sections=(AnnexSection(text="Prenez-en soin."),)
    )
    await write_annex(charter, actor=ours, now=cast.NOW)
    closed = FoundChange(school_id=school.id, uai=school.uai, kind=ChangeKind.CLOSED)
    await reference_change.note(closed, cast.SERVICE, cast.NOW)
    (changed,) = await reference_change.page(cast.SERVICE, limit=1)
    return {
        "change_id": str(changed.id),
        "loan_id": str(loan_id),
        "document_id": str(agreement.id),
        "pupil_id": str(cast.CHILD),
        "item_id": str(cast.LAPTOP),
        "incident_id": str(incident.id),
        "need_id": str(need.id),
        "stocktake_id": str(stocktake.id),
        "transfer_id": str(passing.transfer.id),
        "pause_id": str(pause.id),
        "webhook_id": str(webhook.id),
        "disposal_id": str(disposal.id),
        "recall_id": str(recall.id),
        "repair_id": str(repair.id),
        "state_id": str(state.id),
        "licence_id": str(licence.id),
        "family": "computer",
        "moment": "retour",
        "seat_id": str(seat.id),
        "kit_id": str(kit.id),
        "referent_id": str(referent.id),
        "user_id": str(user.id),
        "file_id": str(sent.id),
        "elimination_id": str(elimination.id),
        "uai": cast.BAULON,
        "insee": school.municipality_insee,
        "insee_code": school.municipality_insee,
    }


def address(path: str, records: dict[str, str]) -> str:
    """The address of a route, its parameters filled with our records, or with what is nowhere."""

    def value(found: re.Match[str]) -> str:
        name, kind = found[1], found[2]
        return records.get(name, {"uuid": str(SOMEWHERE), "int": "1"}.get(kind, "ABCDEFGHJKM99"))

    return re.sub(r"\{(\w+):(\w+)\}", value, path)


async def test_every_route_serves_whom_it_must_and_nobody_else(
    app: Litestar, stopped_clock: StoppedClock, record_property: Callable[[str, object], None]
) -> None:
    stopped_clock.now = cast.NOW
    people = await everybody(app)
    records = await our_records()
    every = list(cells(app))
    wrong = []
    # Reading first, then writing, the least powerful first: what one changes must not hide what another may do.
    weak = (
        ANONYMOUS,
        READING_TOKEN,
        FOREIGN_TOKEN,
        COORDINATING_TOKEN,
        FAMILY,
        INSTITUTION,
        REFERENT,
        STRANGER,
        COORDINATOR,
    )
    order = (*weak, READER, SIGNATORY, MANAGER, ADMIN)
    for who in order:
        # Every session deserves to be noted as used.
        stopped_clock.now += SEEN_EVERY
        for cell in every:
            if cell.method == "GET":
                with nullcontext() if re.fullmatch(LETS_IN, cell.path) else nothing_written():
                    wrong += await tried(people, cell, who, records)
    for who, cell in [(who, cell) for who in order for cell in every if cell.method != "GET"]:
        if not leaves(cell, who):
            wrong += await tried(people, cell, who, records)
    for client in people.clients.values():
        await client.aclose()
    record_property(PROPERTY, f"routes × rôles essayés : {len(every)} × {len(order)}")
    assert not wrong, "\n".join(wrong)


async def tried(people: Everybody, cell: Cell, who: str, records: dict[str, str]) -> list[str]:
    """What is wrong with the answer that somebody gets, the typography of its texts included."""
    answer = await people.ask(cell, who, address(cell.path, records))
    got, may = outcome(cell, answer), expected(cell, who)
    ill_set = [f"{who}: {cell.method} {cell.path}: « {fault} »" for fault in typography.faults(answer)]
    if got in may:
        return ill_set
    return [f"{who}: {cell.method} {cell.path}: {got} ({answer.status_code}), not {sorted(may)}", *ill_set]


def leaves(cell: Cell, who: str) -> bool:
    """What ends the session of whoever asks, which would make the rest of the walk say nothing."""
    return (cell.line.audience == "public" and cell.method == "POST" and who != ANONYMOUS) or (
        cell.path.startswith("/reglages/comptes/") and who == ADMIN and cell.method == "POST"
    )


def test_a_route_without_a_line_is_refused() -> None:
    assert not any(re.fullmatch(line.pattern, "/nouvelle-page") for line in MATRIX)
    assert not any(re.fullmatch(line.pattern, "/api/nouveau") for line in MATRIX)
