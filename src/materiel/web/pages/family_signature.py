"""Reading a document and signing it: read, type one's name and agree, receive a code, check, sign.

Five things to do from the message: type the name, tick the box, ask for the code, type it, sign. Nothing has a time
limit but the code, which is sent again as often as needed.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Redirect

from materiel.documents.html import render_fragment
from materiel.domain.access_link import FamilyPerson
from materiel.domain.document import RECEIPTS
from materiel.domain.electronic_signature import checked_intent, is_blocked, may_disagree, other_borrowers
from materiel.domain.session import Person
from materiel.errors import MaterielError
from materiel.settings import Settings
from materiel.use_cases.electronic_signature import (
    SignElectronically,
    ask_code,
    code_sent,
    declare_disagreement,
    sign_electronically,
)
from materiel.use_cases.family import family_document, family_home, family_pdf
from materiel.web.audience import family_required
from materiel.web.forms import Form, read_form
from materiel.web.pages.family_session import (
    forget_intent,
    keep_intent,
    kept_intent,
    masked,
    note_shown,
    reader_of,
    shown_at,
)
from materiel.web.pages.rendering import render, render_form
from materiel.web.session import session_of

ALREADY_SIGNED = "signature.already_signed"


@get("/documents/{document_id:uuid}", name="family:document")
async def show_document(
    request: Request[Any, Any, Any],
    document_id: FromPath[UUID],
    person: NamedDependency[Person],
    now: NamedDependency[datetime],
) -> Response[str]:
    """The document to read, what signing it means, and the first step of the signature."""
    reader = await reader_of(person, now)
    intent = kept_intent(request, document_id)
    form = Form.filled(name=intent.typed_name, consent=True) if intent else Form()
    context = await _document(document_id, reader, now)
    await note_shown(request, document_id, now)
    return render(request, "family/document.html", {"form": form, **context})


@get("/documents/{document_id:uuid}/pdf", name="family:pdf")
async def show_pdf(
    document_id: FromPath[UUID], person: NamedDependency[Person], now: NamedDependency[datetime]
) -> Response[bytes]:
    """The PDF, byte for byte as issued."""
    document, data = await family_pdf(document_id, await reader_of(person, now))
    headers = {"Content-Disposition": f'inline; filename="{document.number}.pdf"'}
    return Response(data, media_type="application/pdf", headers=headers)


@post("/documents/{document_id:uuid}/code", name="family:ask_code")
async def receive_code(
    request: Request[Any, Any, Any],
    document_id: FromPath[UUID],
    person: NamedDependency[Person],
    now: NamedDependency[datetime],
    settings: NamedDependency[Settings],
) -> Response[Any]:
    """Check the name and the consent, then send the code."""
    reader = await reader_of(person, now)
    context = await _document(document_id, reader, now)
    form = await read_form(request)
    try:
        intent = checked_intent(
            context["paper"].box,
            typed_name=form.typed("name"),
            consents=form.ticked("consent"),
            strokes=form.typed("strokes"),
            shown_at=shown_at(request, document_id, now),
            now=now,
        )
        await ask_code(document_id, person=reader, base_url=settings.base_url, now=now)
    except MaterielError as refusal:
        if refusal.code == ALREADY_SIGNED:
            return _signed_page(document_id)
        if refusal.code != "code.too_soon":
            form.refuse(refusal)
            return render_form(request, "family/document.html", form, context)
        # The code on its way serves this signature as well: a page sent twice is not a fault.
    await keep_intent(request, document_id, intent)
    return Redirect(f"/f/documents/{document_id}/code", status_code=303)


@post("/documents/{document_id:uuid}/code/renvoyer", name="family:resend_code")
async def resend_code(
    request: Request[Any, Any, Any],
    document_id: FromPath[UUID],
    person: NamedDependency[Person],
    now: NamedDependency[datetime],
    settings: NamedDependency[Settings],
) -> Response[Any]:
    """Send another code; what was typed before is kept."""
    reader = await reader_of(person, now)
    await family_document(document_id, reader)
    try:
        await ask_code(document_id, person=reader, base_url=settings.base_url, now=now)
        await session_of(request).flash("Un nouveau code est parti. Le précédent ne sert plus.")
    except MaterielError as refusal:
        if refusal.code == ALREADY_SIGNED:
            return _signed_page(document_id)
        await session_of(request).flash(refusal.message, "warning")
    return Redirect(f"/f/documents/{document_id}/code", status_code=303)


@get("/documents/{document_id:uuid}/code", name="family:code")
async def show_code(
    request: Request[Any, Any, Any],
    document_id: FromPath[UUID],
    person: NamedDependency[Person],
    now: NamedDependency[datetime],
) -> Response[Any]:
    """Check what is about to be signed, and type the code."""
    reader = await reader_of(person, now)
    context = await _to_check(request, document_id, reader, now)
    if context is None:
        return Redirect(f"/f/documents/{document_id}", status_code=303)
    return render(request, "family/code.html", {"form": Form(), **context})


@post("/documents/{document_id:uuid}/signature", name="family:sign")
async def sign(
    request: Request[Any, Any, Any],
    document_id: FromPath[UUID],
    person: NamedDependency[Person],
    now: NamedDependency[datetime],
    settings: NamedDependency[Settings],
) -> Response[Any]:
    """Sign with the code; sent twice, it is signed once."""
    reader = await reader_of(person, now)
    shown = await family_document(document_id, reader)
    if not shown.paper.to_sign:
        return _signed_page(document_id)
    intent = kept_intent(request, document_id)
    if intent is None:
        await session_of(request).flash("Recommencez ici : votre nom et votre accord ont été oubliés.", "warning")
        return Redirect(f"/f/documents/{document_id}", status_code=303)
    form = await read_form(request)
    typed = form.text("code", required="Tapez les six chiffres du code reçu par courriel.")
    if typed:
        try:
            command = SignElectronically(document_id=document_id, intent=intent, code=typed)
            await sign_electronically(command, person=reader, base_url=settings.base_url, now=now)
            await forget_intent(request, document_id)
            return _signed_page(document_id)
        except MaterielError as refusal:
            if refusal.code == ALREADY_SIGNED:
                return _signed_page(document_id)
            form.fault("code" if refusal.code.startswith("code.") else "", refusal.message)
    context = await _to_check(request, document_id, reader, now)
    return render_form(request, "family/code.html", form, context)


@get("/documents/{document_id:uuid}/signe", name="family:signed")
async def show_signed(
    request: Request[Any, Any, Any],
    document_id: FromPath[UUID],
    person: NamedDependency[Person],
    now: NamedDependency[datetime],
) -> Response[Any]:
    """Confirm, and say what comes next."""
    reader = await reader_of(person, now)
    shown = await family_document(document_id, reader)
    if shown.paper.to_sign:
        return Redirect(f"/f/documents/{document_id}", status_code=303)
    context = {"paper": shown.paper, "home": await family_home(reader), "address": masked(reader.link.email)}
    return render(request, "family/signed.html", context)


@get("/documents/{document_id:uuid}/desaccord", name="family:disagree")
async def show_disagreement(
    request: Request[Any, Any, Any],
    document_id: FromPath[UUID],
    person: NamedDependency[Person],
    now: NamedDependency[datetime],
) -> Response[Any]:
    """Explain what declaring a disagreement does, before it is done."""
    reader = await reader_of(person, now)
    context = await _document(document_id, reader, now)
    if not context["may_disagree"]:
        return Redirect(f"/f/documents/{document_id}", status_code=303)
    return render(request, "family/disagreement.html", context)


@post("/documents/{document_id:uuid}/desaccord", name="family:disagree_now")
async def disagree(
    request: Request[Any, Any, Any],
    document_id: FromPath[UUID],
    person: NamedDependency[Person],
    now: NamedDependency[datetime],
    settings: NamedDependency[Settings],
) -> Response[Any]:
    """Note it and tell the service."""
    reader = await reader_of(person, now)
    await family_document(document_id, reader)
    try:
        await declare_disagreement(person=reader, base_url=settings.base_url, now=now)
        await session_of(request).flash("Votre désaccord est enregistré. Le service vous contactera.")
    except MaterielError as refusal:
        await session_of(request).flash(refusal.message, "warning")
    return Redirect("/f", status_code=303)


async def _document(document_id: UUID, reader: FamilyPerson, now: datetime) -> dict[str, Any]:
    shown = await family_document(document_id, reader)
    paper = shown.paper
    return {
        "reader": reader,
        "paper": paper,
        "service": shown.service,
        "body": render_fragment(shown.content),
        "others": other_borrowers(paper.document, paper.box),
        "is_receipt": paper.document.kind in RECEIPTS,
        "may_disagree": may_disagree(reader.pupil, now) and paper.document.kind not in RECEIPTS,
        "blocked": is_blocked(paper.document, reader.pupil),
        "address": masked(reader.link.email),
    }


async def _to_check(
    request: Request[Any, Any, Any], document_id: UUID, reader: FamilyPerson, now: datetime
) -> dict[str, Any] | None:
    shown = await family_document(document_id, reader)
    intent = kept_intent(request, document_id)
    if intent is None or not shown.paper.to_sign:
        return None
    code = await code_sent(document_id, person=reader)
    return {
        "paper": shown.paper,
        "service": shown.service,
        "intent": intent,
        "address": masked(reader.link.email),
        "code_until": code.expires_at if code is not None and code.expires_at > now else None,
        "now": now,
    }


def _signed_page(document_id: UUID) -> Response[Any]:
    return Redirect(f"/f/documents/{document_id}/signe", status_code=303)


router = family_required(
    "/f",
    [
        *(show_document, show_pdf, receive_code, resend_code, show_code, sign, show_signed),
        *(show_disagreement, disagree),
    ],
)
