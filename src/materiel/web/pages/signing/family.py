"""A family's documents: the steps of `signing`, and declaring that the parents disagree."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from litestar import Request, Response, get, post
from litestar.di import NamedDependency, Provide
from litestar.params import FromPath, SkipValidation
from litestar.response import Redirect

from materiel.domain.accounts.session import Person
from materiel.domain.language.french import enumeration
from materiel.domain.links.access_link import FamilyPerson
from materiel.domain.papers.document import RECEIPTS
from materiel.domain.signing.electronic_signature import (
    Intent,
    TypedSignature,
    checked_intent,
    is_blocked,
    may_disagree,
    other_borrowers,
)
from materiel.errors import MaterielError
from materiel.settings import Settings
from materiel.use_cases.signing.disagreement import declare_disagreement
from materiel.use_cases.visitors.family import FamilyPaper, family_document, family_home, family_pdf
from materiel.web.audience import family_required
from materiel.web.http.session import session_of
from materiel.web.pages.links.session import masked, reader_of
from materiel.web.pages.shell.rendering import render
from materiel.web.pages.signing.signing import DocumentReading, steps


@dataclass(frozen=True, kw_only=True)
class FamilyReading(DocumentReading):
    """A parent, or the adult pupil, before a document on which they have a box."""

    signer: FamilyPerson
    paper: FamilyPaper
    may_disagree: bool

    root = "/f"
    home = "Mes matériels"
    template = "visitors/family/document.html"

    @property
    def address(self) -> str:
        """Masked: other people may look at the same screen."""
        return masked(self.signer.link.email)

    @property
    def on_behalf_of(self) -> str:
        """Nobody else: the capacity says for which child."""
        return ""

    def check(self, typed: TypedSignature, *, shown_at: datetime, now: datetime) -> Intent:
        """The name must be the one that the box bears."""
        assert self.box is not None
        return checked_intent(self.box, typed, self.signer, shown_at=shown_at, now=now)

    async def pdf(self) -> bytes:
        """The PDF as issued."""
        return (await family_pdf(self.document.id, self.signer))[1]

    async def left_to_sign(self) -> Sequence[FamilyPaper]:
        """What the first page shows under « À signer »."""
        return (await family_home(self.signer)).to_sign

    def context(self) -> dict[str, Any]:
        """With the other parent, whose signature may be awaited too or who may disagree."""
        return {
            **super().context(),
            "others": other_borrowers(self.document, self.box) if self.box else (),
            "shared_with": enumeration(list(self.signer.shares_mailbox_with)),
            "blocked": is_blocked(self.document, self.signer.pupil),
        }


async def provide_reading(
    document_id: FromPath[UUID], person: NamedDependency[Person], now: NamedDependency[datetime]
) -> DocumentReading:
    """The document of the address, when it is this person's."""
    reader = await reader_of(person, now)
    shown = await family_document(document_id, reader)
    document = shown.paper.document
    return FamilyReading(
        signer=reader,
        document=document,
        box=shown.paper.box,
        to_sign=shown.paper.to_sign,
        content=shown.content,
        service=shown.service,
        paper=shown.paper,
        may_disagree=may_disagree(reader, person.civil_date(now)) and document.kind not in RECEIPTS,
    )


@get("/documents/{document_id:uuid}/desaccord", name="family:disagree")
async def show_disagreement(
    request: Request[Any, Any, Any], reading: NamedDependency[SkipValidation[FamilyReading]]
) -> Response[Any]:
    """Explain what declaring a disagreement does, before it is done."""
    if not reading.may_disagree:
        return reading.to()
    return render(request, "visitors/family/disagreement.html", {"reading": reading})


@post("/documents/{document_id:uuid}/desaccord", name="family:disagree_now")
async def disagree(
    request: Request[Any, Any, Any],
    reading: NamedDependency[SkipValidation[FamilyReading]],
    now: NamedDependency[datetime],
    settings: NamedDependency[Settings],
) -> Response[Any]:
    """Note it and tell the service."""
    try:
        await declare_disagreement(person=reading.signer, base_url=settings.base_url, now=now)
        await session_of(request).flash("Votre désaccord est enregistré. Le service vous contactera.")
    except MaterielError as refusal:
        await session_of(request).flash(refusal.message, "warning")
    return Redirect("/f", status_code=303)


router = family_required("/f", [*steps("family"), show_disagreement, disagree], {"reading": Provide(provide_reading)})
