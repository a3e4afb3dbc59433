"""Pages of documents: one with its boxes, and what people did with it on paper or by e-mail."""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable
from datetime import date, datetime
from typing import Any
from uuid import UUID

from litestar import MediaType, Request, Response, Router, get, post
from litestar.di import NamedDependency, Provide
from litestar.params import FromPath
from litestar.response import Redirect

from materiel.documents.html.document import render_html
from materiel.domain.accounts.roles import Actor, Permission
from materiel.domain.language.french import enumeration
from materiel.domain.links.mailbox import shared_mailbox_warnings
from materiel.domain.papers.document import (
    RECEIPTS,
    Document,
    DocumentStatus,
    NoticeChannel,
    SignatureChannel,
    SignatureStatus,
    SignerKind,
    shown_state,
)
from materiel.domain.people.death import is_silenced
from materiel.domain.signing.electronic_signature import awaited_of_family, email_of, may_be_asked, own_mobile_of
from materiel.domain.signing.evidence import Means
from materiel.domain.signing.order import waits_for_state
from materiel.domain.visitors.institution import awaited_of_depositary
from materiel.errors import MaterielError
from materiel.settings import Settings
from materiel.use_cases.history.correcting import corrections_about
from materiel.use_cases.loan.loan import get_loan
from materiel.use_cases.loan.sheet import read_scan, scans_of
from materiel.use_cases.mail.status import mail_about_document
from materiel.use_cases.papers import document as documents
from materiel.use_cases.papers.issuer import Issuer
from materiel.use_cases.papers.scan_sheet import unsigned_scans
from materiel.use_cases.signing.asking import AskBy, ask_by
from materiel.use_cases.signing.comparing import digests_of
from materiel.use_cases.signing.electronic_signature import evidence_of
from materiel.use_cases.signing.folder import returned_papers, settle_returned
from materiel.use_cases.signing.recording import RecordSignature, record_signature
from materiel.use_cases.signing.remark import read_remarks, remarks_to_read
from materiel.use_cases.signing.request import SendForSignature, asks_somebody, send_for_signature
from materiel.use_cases.signing.signed_copy import Press, signed_copies, signed_document
from materiel.web.acting import provide_issuer, provide_today
from materiel.web.audience import Audience, page_router
from materiel.web.http.forms import Form, read_form
from materiel.web.pages.acting import may_write, pdf_answer
from materiel.web.pages.papers.reading_aid import aid_pages
from materiel.web.pages.shell.filters import plural
from materiel.web.pages.shell.rendering import render, render_form
from materiel.web.pages.work.mailing import Result, queued, say


@get("/{document_id:uuid}", name="document:show")
async def show_page(
    request: Request[Any, Any, Any],
    document_id: FromPath[UUID],
    actor: NamedDependency[Actor],
    today: NamedDependency[date],
    settings: NamedDependency[Settings],
) -> Response[str]:
    """A document: who signs it and when they did, whom it went to, its digest, its scans."""
    context = await _context(document_id, actor, today, sends_sms=settings.sms_gateway is not None)
    return render(request, "papers/show.html", {"form": Form.filled(signed_on=today), **context})


@get("/{document_id:uuid}/pdf", name="document:pdf")
async def pdf_page(document_id: FromPath[UUID], actor: NamedDependency[Actor]) -> Response[bytes]:
    """The bytes issued, unchanged."""
    document, pdf = await documents.document_pdf(document_id, actor=actor)
    return pdf_answer(pdf, f"{document.kind.value}-{document.number}")


@get("/{document_id:uuid}/exemplaire-signe.pdf", name="document:signed")
async def signed_page(
    document_id: FromPath[UUID],
    actor: NamedDependency[Actor],
    press: NamedDependency[Press],
    settings: NamedDependency[Settings],
    now: NamedDependency[datetime],
) -> Response[bytes]:
    """The issued bytes, the page of proof and the seal."""
    document, data = await signed_document(document_id, actor=actor, press=press, base_url=settings.base_url, now=now)
    return pdf_answer(data, f"{document.kind.value}-{document.number}-signe")


@get("/{document_id:uuid}/html", name="document:html", media_type=MediaType.HTML)
async def html_page(document_id: FromPath[UUID], actor: NamedDependency[Actor]) -> str:
    """The same information, for whoever reads a page better than a PDF."""
    document, content = await documents.document_content(document_id, actor=actor)
    return render_html(content, pdf_url=f"/documents/{document.id}/pdf")


async def provide_paper(document_id: FromPath[UUID], actor: NamedDependency[Actor]) -> Document:
    """A document of the service."""
    return await documents.get_document(document_id, actor=actor)


@get("/{document_id:uuid}/numerisations/{scan_id:uuid}", name="document:scan")
async def scan_page(
    document_id: FromPath[UUID], scan_id: FromPath[UUID], actor: NamedDependency[Actor]
) -> Response[bytes]:
    """The scan of the signed paper, to download: what people send is not shown inside our pages."""
    media_type, content = await read_scan(document_id, scan_id, actor=actor)
    name = f"numerisation-{scan_id}.{documents.SCAN_EXTENSIONS[media_type]}"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(content, media_type=media_type, headers=headers)


async def _sign(form: Form, document: Document, issuer: Issuer, settings: Settings) -> str | None:
    """Record the boxes ticked, all signed on one day."""
    on = form.day("signed_on", required="Indiquez la date portée sur le papier.")
    ticked = form.many("signatures")
    chosen = [box for box in document.signatures if str(box.id) in ticked]
    if not chosen:
        form.fault("signatures", "Cochez au moins une personne qui a signé.")
    if form.faults or on is None:
        return None
    for box in chosen:
        command = RecordSignature(
            document_id=document.id, signatory_id=box.id, signed_on=on, channel=SignatureChannel.PAPER
        )
        await record_signature(command, actor=issuer.actor, now=issuer.now)
    names = enumeration([box.name for box in chosen])
    # Several are taken back one by one, from the page of the document.
    page = f"/documents/{document.id}"
    where = f"{page}/signatures/{chosen[0].id}/retirer" if len(chosen) == 1 else page
    done = f"Signature enregistrée : {names}." if len(chosen) == 1 else f"Signatures enregistrées : {names}."
    return Result(done, undo=(where, "tant qu'aucun autre papier ne s'appuie sur celui-ci"))


async def _mark_sent(form: Form, document: Document, issuer: Issuer, settings: Settings) -> str | None:
    channel = form.choice("channel", NoticeChannel, required="Dites comment le document est parti.")
    if channel is None:
        return None
    await documents.mark_sent(document.id, actor=issuer.actor, now=issuer.now, channel=channel)
    return f"L'envoi {channel.label} est noté."


async def _file_scan(form: Form, document: Document, issuer: Issuer, settings: Settings) -> str | None:
    sent = form.file("scan")
    if sent is None:
        form.fault("scan", "Choisissez le fichier numérisé : un PDF ou une image.")
        return None
    command = documents.FileScan(
        document_id=document.id, data=await sent.read(), original_kept_by=form.text("original_kept_by")
    )
    await documents.file_scan(command, actor=issuer.actor, now=issuer.now)
    return "La numérisation est classée. Elle ne signe rien : cochez aussi les signatures que vous y voyez."


async def _send(form: Form, document: Document, issuer: Issuer, settings: Settings) -> str | None:
    sent = await send_for_signature(SendForSignature(document_id=document.id), issuer=issuer)
    on_paper = enumeration(list(sent.to_print))
    more = [f"À faire signer sur papier, faute d'adresse électronique : {on_paper}."] if on_paper else []
    settle = (f"/documents/{document.id}/pdf", "L'ouvrir pour l'imprimer")
    return queued(list(sent.written_to), settings, left=" ".join((*more, *sent.shared)), settle=settle)


async def _compare(form: Form, document: Document, issuer: Issuer, settings: Settings) -> str | None:
    sent = form.file("copy")
    if sent is None:
        form.fault("copy", "Choisissez le fichier PDF à comparer.")
        return None
    digest = hashlib.sha256(await sent.read()).hexdigest()
    if digest == document.sha256:
        return "Ce fichier est identique, octet pour octet, au document émis."
    if digest in await digests_of(document):
        return "Ce fichier est identique, octet pour octet, à un exemplaire signé du document, avec son cachet."
    form.fault("copy", "Ce fichier n'est pas celui qui a été émis : il a été modifié, ou c'est un autre document.")
    return None


Act = Callable[[Form, Document, Issuer, Settings], Awaitable[str | None]]


def _deed(slug: str, name: str, act: Act, permission: Permission = Permission.WRITE) -> Any:
    """The form of one deed: done, the sheet of the loan says so; refused, the document's page says why."""

    @post(f"/{{document_id:uuid}}/{slug}", name=f"document:{name}", opt={"permission": permission})
    async def do(
        request: Request[Any, Any, Any],
        document_id: FromPath[UUID],
        issuer: NamedDependency[Issuer],
        today: NamedDependency[date],
        settings: NamedDependency[Settings],
    ) -> Redirect | Response[str]:
        """Do it, or show the document again with every message."""
        form = await read_form(request)
        document = await documents.get_document(document_id, actor=issuer.actor)
        said = None
        try:
            said = await act(form, document, issuer, settings)
        except MaterielError as refusal:
            form.refuse(refusal)
        if said is None:
            context = await _context(document_id, issuer.actor, today, sends_sms=settings.sms_gateway is not None)
            return render_form(request, "papers/show.html", form, context)
        await say(request, said)
        leads_to_loan = form.typed("retour") == "pret"
        where = f"/prets/{document.loan_id}" if leads_to_loan else f"/documents/{document.id}"
        return Redirect(where, status_code=303)

    return do


async def _context(document_id: UUID, actor: Actor, today: date, *, sends_sms: bool) -> dict[str, Any]:
    document = await documents.get_document(document_id, actor=actor)
    case = await get_loan(document.loan_id, actor=actor)
    writes = may_write(actor)
    pupil, awaited = case.pupil, awaited_of_family(document)
    waits = waits_for_state(document, case.service.state_signs)
    evidence = await evidence_of(document_id, actor=actor)
    online = {each.signature_id for each in evidence}
    signed = [box for box in document.signatures if box.status is SignatureStatus.SIGNED and box.id not in online]
    died = is_silenced(pupil)
    asked = [box for box in awaited if pupil is not None and may_be_asked(box, pupil, today)]
    scans = await scans_of(document_id, actor=actor)
    return {
        "document": document,
        "case": case,
        "scans": scans,
        "scan_states": await _scan_states(document, [scan.id for scan in scans], actor),
        "replaced_by": next((each for each in case.documents if each.replaces == document.id), None),
        "writes": writes,
        "today": today,
        "shown": shown_state(document, today),
        "sendable": writes and (asks_somebody(document, pupil, today) or (died and bool(awaited))) and not waits,
        "waits_for_state": waits,
        "asks_family": bool(asked) or died,
        "without_address": [box.name for box in asked if pupil is not None and not email_of(box, pupil)],
        "no_longer_sign": [
            box.name
            for box in awaited
            if box not in asked and box.asked_channel is None and box.signer is not SignerKind.BEARER
        ],
        "channels": [(SignatureChannel.PAPER.value, "Sur papier"), (SignatureChannel.IN_PERSON.value, "Sur place")],
        "sms_boxes": {box.id for box in asked if sends_sms and pupil is not None and own_mobile_of(box, pupil)},
        "asked_boxes": [box for box in awaited if box in asked or box.asked_channel is not None],
        "asks_depositary": awaited_of_depositary(document) is not None,
        "evidence": evidence,
        "copies": await signed_copies(document_id, actor=actor),
        "returned": [
            each for each in await returned_papers(actor=actor, loan_id=case.loan.id) if each.id == document_id
        ],
        "unread": await remarks_to_read(document_id, actor=actor),
        "withdrawable": signed if writes and document.status is DocumentStatus.IN_FORCE else [],
        "voidable": writes and document.kind in RECEIPTS and document.status is DocumentStatus.IN_FORCE,
        "void_on": await documents.voided_on(document),
        "corrections": await corrections_about([document_id], actor=actor),
        "mail": await mail_about_document(document_id, actor=actor),
        "died": died,
        "shared": shared_mailbox_warnings(pupil) if pupil and awaited else (),
        "pupil_id": pupil.id if pupil else None,
    }


async def _scan_states(document: Document, scan_ids: list[UUID], actor: Actor) -> dict[UUID, str]:
    """What is said of each scan: never « signé » unless a person saw every required signature."""
    seen = await unsigned_scans(document, scan_ids, actor=actor)
    told = {}
    for scan_id in scan_ids:
        missing = seen.get(scan_id)
        if missing:
            told[scan_id] = f"Revenu sans signature de {enumeration(missing)}"
        elif scan_id in seen or document.is_fully_signed:
            told[scan_id] = "Papier signé numérisé"
        else:
            told[scan_id] = "Papier numérisé, signatures à enregistrer"
    return told


async def _read_remarks(_: Form, document: Document, issuer: Issuer, __: Settings) -> str | None:
    number = await read_remarks(document.id, actor=issuer.actor, now=issuer.now)
    return f"{plural(number, 'remarque lue')}." if number else "Ces remarques étaient déjà lues."


async def _back_to_sign(_: Form, document: Document, issuer: Issuer, __: Settings) -> str | None:
    await settle_returned(document.id, actor=issuer.actor, now=issuer.now)
    return f"Le document n° {document.number} est remis au parapheur."


async def _ask_by(form: Form, document: Document, issuer: Issuer, settings: Settings) -> str | None:
    typed, chosen = form.typed("signatory"), form.typed("asked_channel")
    box = next((each for each in document.signatures if str(each.id) == typed), None)
    by_sms = chosen == Means.SMS and settings.sms_gateway is not None
    if box is None or not (by_sms or chosen in ("", SignatureChannel.PAPER, SignatureChannel.IN_PERSON)):
        form.fault("asked_channel", "Choisissez une personne et une manière de signer.")
        return None
    channel = SignatureChannel(chosen) if chosen and not by_sms else None
    command = AskBy(document_id=document.id, signatory_id=box.id, channel=channel, code_by_sms=by_sms)
    await ask_by(command, actor=issuer.actor, now=issuer.now)
    how = "par son lien" if channel is None else channel.label.lower()
    how += ", avec un code par SMS" if by_sms else ""
    return f"La signature de {box.name} est demandée {how}."


DEEDS = [
    _deed("maniere-de-signer", "ask_by", _ask_by),
    _deed("remarques-lues", "read_remarks", _read_remarks),
    _deed("parapheur", "back_to_sign", _back_to_sign),
    _deed("signatures", "sign", _sign),
    _deed("envoi", "mark_sent", _mark_sent),
    _deed("pour-signature", "send_for_signature", _send),
    _deed("verification", "compare", _compare, Permission.READ),
]

router = Router(
    "/",
    route_handlers=[
        page_router(
            "/documents",
            [show_page, pdf_page, signed_page, html_page, scan_page, *DEEDS],
            audience=Audience.ACCOUNT,
            permission=Permission.READ,
        ),
        page_router(
            "/documents",
            list(aid_pages("/{document_id:uuid}", "document")),
            audience=Audience.ACCOUNT,
            permission=Permission.READ,
            dependencies={"paper": Provide(provide_paper)},
        ),
        page_router(
            "/documents",
            [_deed("numerisations", "file_scan", _file_scan)],
            audience=Audience.ACCOUNT,
            permission=Permission.WRITE,
            largest_body=documents.SCAN_MAX_BYTES + 50_000_000,
        ),
    ],
    dependencies={"issuer": Provide(provide_issuer), "today": Provide(provide_today)},
)
