"""Reading a document and signing it behind a link: read, type one's name and agree, receive a code, check, sign.

Families and institutions take these steps by the same handlers, each with a `DocumentReading` of its own. Five things
to do from the message: type the name, tick the box, ask for the code, type it, sign. Nothing has a time limit but the
code, which is sent again as often as needed.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.handlers import HTTPRouteHandler
from litestar.params import SkipValidation
from litestar.response import Redirect

from materiel.documents.aids.summary import essentials
from materiel.documents.content import Content
from materiel.documents.html.document import render_fragment
from materiel.domain.accounts.service import ManagingService
from materiel.domain.language.typography import bound
from materiel.domain.papers.document import RECEIPTS, Document, Signature, SignatureStatus
from materiel.domain.signing.electronic_signature import Intent, TypedSignature
from materiel.domain.signing.evidence import Means
from materiel.errors import MaterielError
from materiel.settings import Settings
from materiel.use_cases.signing.electronic_signature import (
    SignElectronically,
    ask_code,
    code_sent,
    sign_electronically,
)
from materiel.use_cases.signing.signed_copy import Press, read_signed
from materiel.use_cases.signing.telling_apart import Signer
from materiel.web.http.forms import Form, read_form
from materiel.web.http.session import session_of
from materiel.web.pages.links.session import (
    Acting,
    acting_in,
    forget_identity,
    forget_intent,
    keep_acting,
    keep_intent,
    kept_identity,
    kept_intent,
    may_leave,
    note_read,
    note_shown,
    shown_at,
)
from materiel.web.pages.papers.reading_aid import aid_pages
from materiel.web.pages.shell.rendering import render, render_form
from materiel.web.pages.signing.offered import ONLY_MAIL, Offered, code_context

ALREADY_SIGNED = "signature.already_signed"


@dataclass(frozen=True, kw_only=True)
class DocumentReading(ABC):
    """A document under the eyes of whoever may have to sign it, and how their pages differ from those of others.

    `root` begins the addresses of these pages, `home` names the first one, `template` is the document's own page.
    `address` is where the code goes, as the pages show it; `on_behalf_of` the institution signed for, if any.
    """

    signer: Signer
    document: Document
    box: Signature | None
    to_sign: bool
    content: Content
    service: ManagingService
    offered: Offered = ONLY_MAIL

    root: ClassVar[str]
    home: ClassVar[str]
    template: ClassVar[str]

    @property
    @abstractmethod
    def address(self) -> str:
        """The address that receives the code."""

    @property
    @abstractmethod
    def on_behalf_of(self) -> str:
        """For whom the person signs; empty when for themselves."""

    @property
    def named(self) -> tuple[str, ...]:
        """The person whom the box names, when it is not an office; nobody without a box."""
        return () if self.box is None else (self.box.name,)

    @property
    def words(self) -> str:
        """What a list calls the document."""
        return bound(f"{self.document.kind.label} n° {self.document.number}")

    @abstractmethod
    def check(self, typed: TypedSignature, *, shown_at: datetime, now: datetime) -> Intent:
        """What was typed, checked: every fault at once."""

    @abstractmethod
    async def pdf(self) -> bytes:
        """The PDF as issued."""

    @abstractmethod
    async def left_to_sign(self) -> Sequence[Any]:
        """The papers that still await this person, each with its `document` and its `box`."""

    def filled(self, acting: Acting) -> Form:
        """The first step, with what was typed for another paper of the session."""
        return Form.filled(name=acting.name, capacity=acting.capacity, stands_in=acting.stands_in)

    def context(self) -> dict[str, Any]:
        """What the page of the document shows."""
        is_receipt = self.document.kind in RECEIPTS
        return {
            "reading": self,
            "body": render_fragment(self.content),
            "essentials": essentials(self.content),
            "is_receipt": is_receipt,
            "offered": self.offered,
        }

    def to(self, page: str = "") -> Redirect:
        """Lead to one of the steps, or to the document itself."""
        return Redirect(f"{self.root}/documents/{self.document.id}{'/' if page else ''}{page}", status_code=303)


async def show_document(
    request: Request[Any, Any, Any],
    reading: NamedDependency[SkipValidation[DocumentReading]],
    now: NamedDependency[datetime],
) -> Response[str]:
    """The document to read, what it asks for, and the first step of the signature."""
    intent = kept_intent(request, reading.document.id)
    form = reading.filled(acting_in(request))
    if intent is not None:
        form = Form.filled(
            name=intent.typed_name, capacity=intent.capacity, remarks=intent.remarks, person=True, consent=True
        )
    reading.offered.choose(form)
    note_read(request, reading.document.id)
    note_shown(request, reading.document.id, now)
    return render(request, reading.template, {"form": form, **reading.context()})


async def show_pdf(reading: NamedDependency[SkipValidation[DocumentReading]]) -> Response[bytes]:
    """The PDF, byte for byte as issued."""
    headers = {"Content-Disposition": f'inline; filename="{reading.document.number}.pdf"'}
    return Response(await reading.pdf(), media_type="application/pdf", headers=headers)


async def provide_paper(reading: NamedDependency[SkipValidation[DocumentReading]]) -> Document:
    """The document, to whoever may read it."""
    return reading.document


async def show_signed_pdf(
    reading: NamedDependency[SkipValidation[DocumentReading]],
    press: NamedDependency[Press],
    settings: NamedDependency[Settings],
    now: NamedDependency[datetime],
) -> Response[Any]:
    """The signed copy; while it waits for its seal, the document as it was issued is still there."""
    _, data = await read_signed(reading.document, press=press, base_url=settings.base_url, now=now)
    headers = {"Content-Disposition": f'inline; filename="{reading.document.number}-signe.pdf"'}
    return Response(data, media_type="application/pdf", headers=headers)


async def receive_code(
    request: Request[Any, Any, Any],
    reading: NamedDependency[SkipValidation[DocumentReading]],
    now: NamedDependency[datetime],
    settings: NamedDependency[Settings],
) -> Response[Any]:
    """Check what was typed, then send the code."""
    document_id = reading.document.id
    form = await read_form(request)
    means = reading.offered.chosen(form)
    typed = TypedSignature(
        name=form.typed("name"),
        capacity=form.typed("capacity"),
        stands_in=form.ticked("stands_in"),
        is_person=form.ticked("person"),
        consents=form.ticked("consent"),
        strokes=form.typed("strokes"),
        remarks=form.lines("remarks"),
        means=means,
    )
    try:
        intent = reading.check(typed, shown_at=shown_at(request, document_id, now), now=now)
        if not form.faults and means is not Means.IDENTITY:
            await ask_code(document_id, signer=reading.signer, means=means, base_url=settings.base_url, now=now)
    except MaterielError as refusal:
        if refusal.code == ALREADY_SIGNED:
            return reading.to("signe")
        if refusal.code != "code.too_soon":
            form.refuse(refusal)
            return render_form(request, reading.template, form, reading.context())
        # The code on its way serves this signature as well: a page sent twice is not a fault.
    if form.faults:
        return render_form(request, reading.template, form, reading.context())
    await keep_intent(request, document_id, intent)
    await keep_acting(request, Acting(typed.name, typed.capacity, typed.stands_in))
    return reading.to("code")


async def resend_code(
    request: Request[Any, Any, Any],
    reading: NamedDependency[SkipValidation[DocumentReading]],
    now: NamedDependency[datetime],
    settings: NamedDependency[Settings],
) -> Response[Any]:
    """Send another code; what was typed before is kept."""
    last = await code_sent(reading.document.id, signer=reading.signer)
    means = reading.offered.again(await read_form(request), last)
    try:
        await ask_code(reading.document.id, signer=reading.signer, means=means, base_url=settings.base_url, now=now)
        await session_of(request).flash("Un nouveau code est écrit. Le précédent ne sert plus.")
    except MaterielError as refusal:
        if refusal.code == ALREADY_SIGNED:
            return reading.to("signe")
        await session_of(request).flash(refusal.message, "warning")
    return reading.to("code")


async def show_code(
    request: Request[Any, Any, Any],
    reading: NamedDependency[SkipValidation[DocumentReading]],
    now: NamedDependency[datetime],
) -> Response[Any]:
    """Check what is about to be signed, and type the code."""
    intent = kept_intent(request, reading.document.id)
    if intent is None or not reading.to_sign:
        return reading.to()
    context = await _to_check(request, reading, intent, now)
    return render(request, "signing/code.html", {"form": Form(), **context})


async def sign(
    request: Request[Any, Any, Any],
    reading: NamedDependency[SkipValidation[DocumentReading]],
    now: NamedDependency[datetime],
    settings: NamedDependency[Settings],
) -> Response[Any]:
    """Sign with the code; sent twice, it is signed once."""
    document_id = reading.document.id
    if not reading.to_sign:
        return reading.to("signe")
    intent = kept_intent(request, document_id)
    if intent is None:
        await session_of(request).flash("Recommencez ici : votre nom et votre accord ont été oubliés.", "warning")
        return reading.to()
    form = await read_form(request)
    identity = kept_identity(request, document_id) if form.typed("given") == Means.IDENTITY else None
    typed = "" if identity else form.text("code", required="Tapez les six chiffres du code reçu.")
    if typed or identity:
        command = SignElectronically(document_id=document_id, intent=intent, code=typed, identity=identity)
        try:
            await sign_electronically(command, signer=reading.signer, base_url=settings.base_url, now=now)
            await forget_intent(request, document_id)
            return reading.to("signe")
        except MaterielError as refusal:
            if refusal.code == ALREADY_SIGNED:
                return reading.to("signe")
            form.fault("code" if refusal.code.startswith("code.") else "", refusal.message)
            if identity:
                await forget_identity(request, document_id)
    context = await _to_check(request, reading, intent, now)
    return render_form(request, "signing/code.html", form, context)


async def show_signed(
    request: Request[Any, Any, Any], reading: NamedDependency[SkipValidation[DocumentReading]]
) -> Response[Any]:
    """Confirm, and say what is left to sign."""
    if reading.box is None or reading.box.status is not SignatureStatus.SIGNED:
        return reading.to()
    context = {"reading": reading, "left": await reading.left_to_sign(), "leaving": may_leave(request)}
    return render(request, "signing/signed.html", context)


async def _to_check(
    request: Request[Any, Any, Any], reading: DocumentReading, intent: Intent, now: datetime
) -> dict[str, Any]:
    code = await code_sent(reading.document.id, signer=reading.signer)
    return {
        "reading": reading,
        "intent": intent,
        "now": now,
        **code_context(reading.offered, code, kept_identity(request, reading.document.id), reading.address, now),
    }


def steps(prefix: str) -> list[HTTPRouteHandler]:
    """The handlers of every step, for a router that provides `reading`; `prefix` begins the names of their routes."""
    document = "/documents/{document_id:uuid}"
    return [
        get(document, name=f"{prefix}:document")(show_document),
        get(f"{document}/pdf", name=f"{prefix}:pdf")(show_pdf),
        *aid_pages(document, prefix),
        get(f"{document}/exemplaire-signe.pdf", name=f"{prefix}:signed_pdf")(show_signed_pdf),
        post(f"{document}/code", name=f"{prefix}:ask_code")(receive_code),
        post(f"{document}/code/renvoyer", name=f"{prefix}:resend_code")(resend_code),
        get(f"{document}/code", name=f"{prefix}:code")(show_code),
        post(f"{document}/signature", name=f"{prefix}:sign")(sign),
        get(f"{document}/signe", name=f"{prefix}:signed")(show_signed),
    ]
