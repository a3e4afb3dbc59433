"""An institution's documents: read them, say that a notice was read, sign with a code sent to the mailbox."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Redirect

from materiel.documents.html import render_fragment
from materiel.domain.document import RECEIPTS
from materiel.domain.institution import (
    Institution,
    TypedSignature,
    check_may_sign,
    checked_signature,
    names_somebody,
)
from materiel.domain.session import Person
from materiel.errors import MaterielError
from materiel.settings import Settings
from materiel.use_cases.deposit import (
    acknowledge,
    institution_document,
    institution_home,
    institution_paper,
    institution_pdf,
)
from materiel.use_cases.institution_signature import (
    SignForInstitution,
    ask_institution_code,
    institution_code_sent,
    sign_for_institution,
)
from materiel.web.audience import institution_required
from materiel.web.forms import Form, read_form
from materiel.web.pages.family_session import note_shown, shown_at
from materiel.web.pages.institution_session import (
    forget_signature,
    institution_of,
    keep_signature,
    kept_signature,
)
from materiel.web.pages.rendering import render, render_form
from materiel.web.session import session_of

ALREADY_SIGNED = "signature.already_signed"


@get("/documents/{document_id:uuid}", name="institution:document")
async def show_document(
    request: Request[Any, Any, Any],
    document_id: FromPath[UUID],
    person: NamedDependency[Person],
    now: NamedDependency[datetime],
) -> Response[str]:
    """A document to read, with what it asks for: a signature, or that somebody says to have read it."""
    institution = await institution_of(person, now)
    context = await _document(document_id, institution)
    await note_shown(request, document_id, now)
    kept = kept_signature(request, document_id)
    form = Form.filled(name=kept.intent.typed_name, capacity=kept.capacity, consent=True) if kept else Form()
    return render(request, "institution/document.html", {"form": form, **context})


@get("/documents/{document_id:uuid}/pdf", name="institution:pdf")
async def show_pdf(
    document_id: FromPath[UUID], person: NamedDependency[Person], now: NamedDependency[datetime]
) -> Response[bytes]:
    """The PDF, byte for byte as issued."""
    document, data = await institution_pdf(document_id, await institution_of(person, now))
    headers = {"Content-Disposition": f'inline; filename="{document.number}.pdf"'}
    return Response(data, media_type="application/pdf", headers=headers)


@post("/documents/{document_id:uuid}/lecture", name="institution:acknowledge")
async def say_read(
    request: Request[Any, Any, Any],
    document_id: FromPath[UUID],
    person: NamedDependency[Person],
    now: NamedDependency[datetime],
) -> Response[Any]:
    """Note that the notice was read; sent twice, it is noted once."""
    await acknowledge(document_id, institution=await institution_of(person, now), now=now)
    await session_of(request).flash("C'est noté : le service sait que vous avez lu cette notification. Merci.")
    return Redirect("/e", status_code=303)


@post("/documents/{document_id:uuid}/code", name="institution:ask_code")
async def receive_code(
    request: Request[Any, Any, Any],
    document_id: FromPath[UUID],
    person: NamedDependency[Person],
    now: NamedDependency[datetime],
    settings: NamedDependency[Settings],
) -> Response[Any]:
    """Check the name, the capacity and the consent, then send the code."""
    institution = await institution_of(person, now)
    paper = await institution_paper(document_id, institution)
    form = await read_form(request)
    typed = TypedSignature(
        name=form.typed("name"),
        capacity=form.typed("capacity"),
        stands_in=form.ticked("stands_in"),
        consents=form.ticked("consent"),
    )
    try:
        box = check_may_sign(paper)
        signature = checked_signature(box, typed, shown_at=shown_at(request, document_id, now), now=now)
        await ask_institution_code(document_id, institution=institution, base_url=settings.base_url, now=now)
    except MaterielError as refusal:
        if refusal.code == ALREADY_SIGNED:
            return _to(document_id, "signe")
        if refusal.code != "code.too_soon":
            form.refuse(refusal)
            return render_form(request, "institution/document.html", form, await _document(document_id, institution))
        # The code on its way serves this signature as well: a page sent twice is not a fault.
    await keep_signature(request, document_id, signature)
    return _to(document_id, "code")


@post("/documents/{document_id:uuid}/code/renvoyer", name="institution:resend_code")
async def resend_code(
    request: Request[Any, Any, Any],
    document_id: FromPath[UUID],
    person: NamedDependency[Person],
    now: NamedDependency[datetime],
    settings: NamedDependency[Settings],
) -> Response[Any]:
    """Send another code; what was typed before is kept."""
    institution = await institution_of(person, now)
    await institution_paper(document_id, institution)
    try:
        await ask_institution_code(document_id, institution=institution, base_url=settings.base_url, now=now)
        await session_of(request).flash("Un nouveau code est parti. Le précédent ne sert plus.")
    except MaterielError as refusal:
        if refusal.code == ALREADY_SIGNED:
            return _to(document_id, "signe")
        await session_of(request).flash(refusal.message, "warning")
    return _to(document_id, "code")


@get("/documents/{document_id:uuid}/code", name="institution:code")
async def show_code(
    request: Request[Any, Any, Any],
    document_id: FromPath[UUID],
    person: NamedDependency[Person],
    now: NamedDependency[datetime],
) -> Response[Any]:
    """Check what is about to be signed, and type the code."""
    context = await _to_check(request, document_id, await institution_of(person, now), now)
    if context is None:
        return _to(document_id)
    return render(request, "institution/code.html", {"form": Form(), **context})


@post("/documents/{document_id:uuid}/signature", name="institution:sign")
async def sign(
    request: Request[Any, Any, Any],
    document_id: FromPath[UUID],
    person: NamedDependency[Person],
    now: NamedDependency[datetime],
    settings: NamedDependency[Settings],
) -> Response[Any]:
    """Sign with the code; sent twice, it is signed once."""
    institution = await institution_of(person, now)
    paper = await institution_paper(document_id, institution)
    if not paper.to_sign:
        return _to(document_id, "signe")
    kept = kept_signature(request, document_id)
    if kept is None:
        await session_of(request).flash("Recommencez ici : votre nom et votre accord ont été oubliés.", "warning")
        return _to(document_id)
    form = await read_form(request)
    typed = form.text("code", required="Tapez les six chiffres du code reçu par courriel.")
    if typed:
        command = SignForInstitution(document_id=document_id, intent=kept, code=typed)
        try:
            await sign_for_institution(command, institution=institution, base_url=settings.base_url, now=now)
            await forget_signature(request, document_id)
            return _to(document_id, "signe")
        except MaterielError as refusal:
            if refusal.code == ALREADY_SIGNED:
                return _to(document_id, "signe")
            form.fault("code" if refusal.code.startswith("code.") else "", refusal.message)
    context = await _to_check(request, document_id, institution, now)
    return render_form(request, "institution/code.html", form, context)


@get("/documents/{document_id:uuid}/signe", name="institution:signed")
async def show_signed(
    request: Request[Any, Any, Any],
    document_id: FromPath[UUID],
    person: NamedDependency[Person],
    now: NamedDependency[datetime],
) -> Response[Any]:
    """Confirm, and say what is left to sign."""
    institution = await institution_of(person, now)
    paper = await institution_paper(document_id, institution)
    if paper.box is None or paper.to_sign:
        return _to(document_id)
    context = {
        "institution": institution,
        "paper": paper,
        "home": await institution_home(institution),
        "address": institution.link.email,
    }
    return render(request, "institution/signed.html", context)


async def _document(document_id: UUID, institution: Institution) -> dict[str, Any]:
    paper, content = await institution_document(document_id, institution)
    return {
        "institution": institution,
        "paper": paper,
        "body": render_fragment(content),
        "is_receipt": paper.document.kind in RECEIPTS,
        "names_somebody": paper.box is not None and names_somebody(paper.box),
        "address": institution.link.email,
    }


async def _to_check(
    request: Request[Any, Any, Any], document_id: UUID, institution: Institution, now: datetime
) -> dict[str, Any] | None:
    paper = await institution_paper(document_id, institution)
    kept = kept_signature(request, document_id)
    if kept is None or not paper.to_sign:
        return None
    code = await institution_code_sent(document_id, institution=institution)
    return {
        "institution": institution,
        "paper": paper,
        "signature": kept,
        "address": institution.link.email,
        "code_until": code.expires_at if code is not None and code.expires_at > now else None,
        "now": now,
    }


def _to(document_id: UUID, page: str = "") -> Response[Any]:
    return Redirect(f"/e/documents/{document_id}{'/' if page else ''}{page}", status_code=303)


router = institution_required(
    "/e",
    [show_document, show_pdf, say_read, receive_code, resend_code, show_code, sign, show_signed],
)
