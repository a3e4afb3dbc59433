"""An institution's documents: the steps of `signing`, and saying that a notice was read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from litestar import Request, Response, post
from litestar.di import NamedDependency, Provide
from litestar.params import FromPath, SkipValidation
from litestar.response import Redirect

from materiel.documents.content_json import content_from_json
from materiel.domain.accounts.session import Person
from materiel.domain.signing.electronic_signature import Intent, TypedSignature
from materiel.domain.visitors.institution import Institution, Paper, check_may_sign, checked_signature, names_somebody
from materiel.errors import NotFound
from materiel.use_cases.links.deposit import acknowledge, institution_document, institution_home, institution_pdf
from materiel.web.audience import institution_required
from materiel.web.http.session import session_of
from materiel.web.pages.links.session import institution_of
from materiel.web.pages.signing.lot import Lot, lot_steps
from materiel.web.pages.signing.signing import DocumentReading, provide_paper, steps


@dataclass(frozen=True, kw_only=True)
class InstitutionReading(DocumentReading):
    """Somebody of an institution before a document that names it."""

    signer: Institution
    paper: Paper

    root = "/e"
    home = "Matériel déposé"
    template = "visitors/institution/document.html"

    @property
    def address(self) -> str:
        """The mailbox in full: several people share it, and must know which one to open."""
        return self.signer.link.email

    @property
    def on_behalf_of(self) -> str:
        """The institution, by the name of its deposits."""
        return self.signer.name

    @property
    def named(self) -> tuple[str, ...]:
        """The person whom the box names; nobody for an office."""
        return super().named if self.box is not None and names_somebody(self.box) else ()

    def check(self, typed: TypedSignature, *, shown_at: datetime, now: datetime) -> Intent:
        """Whoever signs says in what capacity, and is the person named or stands in for them."""
        return checked_signature(check_may_sign(self.paper), typed, shown_at=shown_at, now=now)

    async def pdf(self) -> bytes:
        """The PDF as issued."""
        return (await institution_pdf(self.document.id, self.signer))[1]

    async def left_to_sign(self) -> Sequence[Paper]:
        """What the first page shows under « À faire »."""
        return (await institution_home(self.signer)).to_sign

    def context(self) -> dict[str, Any]:
        """With what the box asks for."""
        return {**super().context(), "names_somebody": self.box is not None and names_somebody(self.box)}


async def provide_reading(
    document_id: FromPath[UUID], person: NamedDependency[Person], now: NamedDependency[datetime]
) -> DocumentReading:
    """The document of the address, when it names this institution."""
    institution = await institution_of(person, now)
    paper, content = await institution_document(document_id, institution)
    return InstitutionReading(
        signer=institution,
        document=paper.document,
        box=paper.box,
        to_sign=paper.to_sign,
        content=content,
        service=institution.service,
        paper=paper,
    )


def lot_of(institution: Institution, to_sign: Sequence[Paper]) -> Lot:
    """What awaits the signature of an institution, school by school."""
    groups: dict[str, list[DocumentReading]] = {}
    for paper in to_sign:
        school_id = paper.document.school_id
        label = institution.school(school_id).name if school_id in institution.school_ids else institution.name
        groups.setdefault(label, []).append(
            InstitutionReading(
                signer=institution,
                document=paper.document,
                box=paper.box,
                to_sign=True,
                content=content_from_json(paper.document.content),
                service=institution.service,
                paper=paper,
            )
        )
    return Lot(
        id=institution.link.id,
        signer=institution,
        service=institution.service,
        root="/e",
        home=InstitutionReading.home,
        address=institution.link.email,
        on_behalf_of=institution.name,
        groups=tuple((label, tuple(readings)) for label, readings in groups.items()),
    )


async def provide_lot(lot_id: FromPath[UUID], person: NamedDependency[Person], now: NamedDependency[datetime]) -> Lot:
    """What awaits the institution of the link of the address."""
    institution = await institution_of(person, now)
    if institution.link.id != lot_id:
        raise NotFound("lot.not_found", "Cette page n'existe pas. Revenez à la liste de ce que vous avez à signer.")
    return lot_of(institution, (await institution_home(institution)).to_sign)


@post("/documents/{document_id:uuid}/lecture", name="institution:acknowledge")
async def say_read(
    request: Request[Any, Any, Any],
    reading: NamedDependency[SkipValidation[InstitutionReading]],
    now: NamedDependency[datetime],
) -> Response[Any]:
    """Note that the notice was read; sent twice, it is noted once."""
    await acknowledge(reading.document.id, institution=reading.signer, now=now)
    await session_of(request).flash("C'est noté : le service sait que vous avez lu cette notification. Merci.")
    return Redirect("/e", status_code=303)


router = institution_required(
    "/e",
    [*steps("institution"), *lot_steps("institution"), say_read],
    {
        "reading": Provide(provide_reading),
        "paper": Provide(provide_paper),
        "lot": Provide(provide_lot),
    },
)
