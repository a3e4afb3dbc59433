"""« Signer ici »: an agent chooses what somebody signs on this very device, then hands it over.

Before: whose box, which papers, how the agent knows who it is. Then the session is locked. The family reads, types a
name and signs; the agent takes the device back with their password.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from litestar import Request, Response, get, post
from litestar.di import NamedDependency, Provide
from litestar.params import FromPath, SkipValidation
from litestar.response import Redirect

from materiel.documents.aids.summary import essentials
from materiel.documents.content_json import content_from_json
from materiel.documents.html.document import render_fragment
from materiel.domain.accounts.roles import Actor, Permission
from materiel.domain.accounts.session import Person
from materiel.domain.papers.document import RECEIPTS, Document
from materiel.domain.signing.electronic_signature import TypedSignature, agreed_here
from materiel.domain.signing.in_person import IdentitySeen, attestation, known_as
from materiel.domain.signing.lot import MOST_IN_LOT
from materiel.errors import MaterielError, NotFound
from materiel.settings import Settings
from materiel.use_cases.accounts.second_factor import check_own_password, protection_of
from materiel.use_cases.accounts.session import agent_of
from materiel.use_cases.papers.document import document_pdf, get_document
from materiel.use_cases.signing.in_person import (
    PaperHere,
    ReadHere,
    SignerHere,
    SignInPerson,
    papers_here,
    sign_in_person,
    signers_here,
)
from materiel.web.audience import HANDED_OVER, LOGIN, account_required, handed_required
from materiel.web.http.forms import Form, read_form
from materiel.web.http.session import session_of
from materiel.web.http.visit import visit_of
from materiel.web.pages.acting import pdf_answer, uuid_of
from materiel.web.pages.links.session import note_shown, shown_at
from materiel.web.pages.papers.reading_aid import aid_pages
from materiel.web.pages.shell.filters import plural
from materiel.web.pages.shell.rendering import render, render_form
from materiel.web.pages.signing.handed import HandedOver, handed_in, lock, note_signed, unlock

CLEARS_CACHE = {"Clear-Site-Data": '"cache"'}
"""What the browser kept of the agent's pages goes, those that it would show on the way back included."""
ORDER = ("name", "consent")


@get("/{loan_id:uuid}/signer-ici", name="signing_here:prepare")
async def prepare_page(
    request: Request[Any, Any, Any],
    loan_id: FromPath[UUID],
    actor: NamedDependency[Actor],
    person: NamedDependency[Person],
    now: NamedDependency[datetime],
) -> Response[str]:
    """Who signs, what, and how the agent knows who it is."""
    context = await _to_prepare(loan_id, request.query_params.get("qui", ""), actor, person, now)
    signer: SignerHere | None = context["signer"]
    form = Form.filled(documents=[each.document.id for each in signer.papers[:MOST_IN_LOT]] if signer else None)
    return render(request, "signing/here/prepare.html", {"form": form, **context})


@post("/{loan_id:uuid}/signer-ici", name="signing_here:hand_over")
async def hand_over_device(
    request: Request[Any, Any, Any],
    loan_id: FromPath[UUID],
    actor: NamedDependency[Actor],
    person: NamedDependency[Person],
    now: NamedDependency[datetime],
) -> Response[Any]:
    """Lock the agent's session, and show the page to hand over."""
    form = await read_form(request)
    context = await _to_prepare(loan_id, form.typed("signer"), actor, person, now)
    signer: SignerHere | None = context["signer"]
    if signer is None or not context["has_password"]:
        return render(request, "signing/here/prepare.html", {"form": form, **context})
    ticked = set(form.many("documents"))
    chosen = [each for each in signer.papers if str(each.document.id) in ticked]
    if not chosen or len(chosen) > MOST_IN_LOT:
        form.fault("documents", f"Cochez au moins un document à signer, et {MOST_IN_LOT} au plus.")
    seen = next((each for each in IdentitySeen if each.value == form.typed("seen")), None)
    try:
        attested = attestation(seen, form.text("other"), attests=form.ticked("attests"))
    except MaterielError as refusal:
        form.refuse(refusal)
    if form.faults:
        return render_form(request, "signing/here/prepare.html", form, context)
    assert person.account_id is not None
    await lock(request, person.account_id, person.service_id, loan_id, signer, chosen, attested)
    return Redirect(HANDED_OVER, status_code=303, headers=CLEARS_CACHE)


async def _to_prepare(loan_id: UUID, chosen: str, actor: Actor, person: Person, now: datetime) -> dict[str, Any]:
    signers = await signers_here(loan_id, actor=actor, now=now)
    wanted = uuid_of(chosen)
    only = signers[0] if len(signers) == 1 and wanted is None else None
    assert person.account_id is not None
    return {
        "loan_id": loan_id,
        "signers": signers,
        "signer": next((each for each in signers if each.id == wanted), only),
        "identities": list(IdentitySeen),
        "has_password": (await protection_of(person.account_id)).has_password,
        "most": MOST_IN_LOT,
    }


async def provide_agent(request: Request[Any, Any, Any]) -> Actor:
    """The agent before whom the device is used: read again at each request, with their present rights."""
    return await agent_of(session_of(request).kept)


async def provide_handed(request: Request[Any, Any, Any]) -> HandedOver:
    """To whom the device was handed, and for what."""
    return handed_in(request)


Handed = NamedDependency[SkipValidation[HandedOver]]


@get("/", name="handed:show")
async def show_handed(request: Request[Any, Any, Any], handed: Handed) -> Response[Any]:
    """« Donnez l'appareil à … »: the agent's last page, and the family's first."""
    if handed.is_signed:
        return Redirect(f"{HANDED_OVER}/signe", status_code=303)
    return render(request, "signing/here/handed.html", {"handed": handed})


@get("/lire", name="handed:read")
async def show_papers(
    request: Request[Any, Any, Any], handed: Handed, agent: NamedDependency[Actor], now: NamedDependency[datetime]
) -> Response[Any]:
    """Everything to read, and to sign below."""
    if handed.is_signed:
        return Redirect(f"{HANDED_OVER}/signe", status_code=303)
    papers = await papers_here(handed.boxes, actor=agent)
    return render(request, "signing/here/read.html", {"form": Form(), **_to_read(request, handed, papers, now)})


@get("/documents/{document_id:uuid}/pdf", name="handed:pdf")
async def show_handed_pdf(
    document_id: FromPath[UUID], handed: Handed, agent: NamedDependency[Actor]
) -> Response[bytes]:
    """The PDF of one of these papers as it was issued."""
    _check_handed(document_id, handed)
    document, pdf = await document_pdf(document_id, actor=agent)
    return pdf_answer(pdf, document.number)


async def provide_paper(document_id: FromPath[UUID], handed: Handed, agent: NamedDependency[Actor]) -> Document:
    """One of these papers."""
    _check_handed(document_id, handed)
    return await get_document(document_id, actor=agent)


def _check_handed(document_id: UUID, handed: HandedOver) -> None:
    if all(each.document_id != document_id for each in handed.papers):
        raise NotFound("document.not_found", "Ce document n'est pas de ceux que vous signez ici.")


@post("/signer", name="handed:sign")
async def sign_here(
    request: Request[Any, Any, Any],
    handed: Handed,
    agent: NamedDependency[Actor],
    now: NamedDependency[datetime],
    settings: NamedDependency[Settings],
) -> Response[Any]:
    """Sign all of it, or nothing; sent twice, it is signed once."""
    if handed.is_signed:
        return Redirect(f"{HANDED_OVER}/signe", status_code=303)
    form = await read_form(request)
    papers = await papers_here(handed.boxes, actor=agent)
    read = _read(request, form, handed, papers, now)
    if not form.faults:
        command = SignInPerson(papers=tuple(read), account_id=handed.account_id, identity_seen=handed.identity_seen)
        try:
            await sign_in_person(command, actor=agent, base_url=settings.base_url, now=now)
        except MaterielError as refusal:
            form.refuse(refusal)
    if form.faults:
        return render_form(request, "signing/here/read.html", form, _to_read(request, handed, papers, now))
    await note_signed(request, handed)
    return Redirect(f"{HANDED_OVER}/signe", status_code=303)


@get("/signe", name="handed:signed")
async def show_signed_here(
    request: Request[Any, Any, Any], handed: Handed, agent: NamedDependency[Actor]
) -> Response[Any]:
    """« C'est signé »: the device goes back to the agent."""
    if not handed.is_signed:
        return Redirect(HANDED_OVER, status_code=303)
    papers = await papers_here(handed.boxes, actor=agent)
    return render(request, "signing/here/signed.html", {"handed": handed, "papers": papers})


@get("/reprendre", name="handed:take_back")
async def show_take_back(request: Request[Any, Any, Any], handed: Handed) -> Response[Any]:
    """The agent's password, asked of whoever holds the device."""
    return render(request, "signing/here/take_back.html", {"form": Form(), "handed": handed})


@post("/reprendre", name="handed:unlock", status_code=200)
async def take_back_device(
    request: Request[Any, Any, Any],
    handed: Handed,
    now: NamedDependency[datetime],
    settings: NamedDependency[Settings],
) -> Response[Any]:
    """Bring the agent's session back for their password, and lead to the loan."""
    form = await read_form(request)
    password = form.secret("password", required="Indiquez votre mot de passe.")
    if not form.faults:
        try:
            visit = visit_of(request, settings.base_url)
            await check_own_password(handed.account_id, password, visit=visit, now=now)
        except MaterielError as refusal:
            form.refuse(refusal, "password")
    if form.faults:
        return render_form(request, "signing/here/take_back.html", form, {"handed": handed})
    if not await unlock(request, handed, now):
        return Redirect(f"{LOGIN}?suite=/prets/{handed.loan_id}", status_code=303)
    number = plural(len(handed.papers), "document")
    if handed.is_signed:
        await session_of(request).flash(f"{handed.name} a signé {number} sur place.")
    else:
        await session_of(request).flash("Rien n'a été signé sur place.", "info")
    return Redirect(f"/prets/{handed.loan_id}", status_code=303)


def _read(
    request: Request[Any, Any, Any], form: Form, handed: HandedOver, papers: Sequence[PaperHere], now: datetime
) -> list[ReadHere]:
    """What was typed, for each paper: every fault is noted once, whatever the number of papers that it is about."""
    digests = {each.document_id: each.sha256 for each in handed.papers}
    read, told = [], dict[tuple[str, str], None]()
    for paper in papers:
        remarks = f"remarks/{paper.document.id}"
        typed = TypedSignature(
            name=form.typed("name"),
            consents=form.ticked("consent"),
            strokes=form.typed("strokes"),
            remarks=form.lines(remarks),
        )
        shown = shown_at(request, paper.document.id, now)
        try:
            intent = agreed_here(typed, known_as(paper.box, paper.pupil), paper.box.capacity, shown_at=shown, now=now)
        except MaterielError as refusal:
            for error in refusal.errors:
                name = error.pointer.lstrip("/")
                told[remarks if name == "remarks" else name, error.detail] = None
            continue
        digest = digests[paper.document.id]
        read.append(ReadHere(document_id=paper.document.id, signatory_id=paper.box.id, sha256=digest, intent=intent))
    # In the order of the page: the remarks of each paper, then who signs, then the box.
    for name, detail in sorted(told, key=lambda each: ORDER.index(each[0]) if each[0] in ORDER else -1):
        form.fault(name, detail)
    return read


def _to_read(
    request: Request[Any, Any, Any], handed: HandedOver, papers: Sequence[PaperHere], now: datetime
) -> dict[str, Any]:
    """The papers with their whole text: showing them is noted."""
    shown: dict[str, list[dict[str, Any]]] = {}
    for paper in papers:
        note_shown(request, paper.document.id, now)
        content = content_from_json(paper.document.content)
        shown.setdefault(f"Pour {paper.pupil.first_name}", []).append(
            {
                "document": paper.document,
                "body": render_fragment(content, lowered_by=1),
                "essentials": essentials(content),
                "is_receipt": paper.document.kind in RECEIPTS,
            }
        )
    return {"handed": handed, "groups": list(shown.items()), "number": len(papers), "named": papers[0].box.name}


preparing = account_required("/prets", [prepare_page, hand_over_device], Permission.WRITE)
router = handed_required(
    HANDED_OVER,
    [
        *(show_handed, show_papers, show_handed_pdf, sign_here, show_signed_here, show_take_back, take_back_device),
        *aid_pages("/documents/{document_id:uuid}", "handed"),
    ],
    {"agent": Provide(provide_agent), "handed": Provide(provide_handed), "paper": Provide(provide_paper)},
)
