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

from materiel.documents.content_json import content_from_json
from materiel.domain.accounts.session import Person
from materiel.domain.language.french import enumeration
from materiel.domain.language.typography import bound
from materiel.domain.links.access_link import FamilyPerson, is_same_reader
from materiel.domain.papers.document import RECEIPTS
from materiel.domain.people.person_name import same_name
from materiel.domain.signing.electronic_signature import (
    Intent,
    TypedSignature,
    checked_intent,
    may_disagree,
    other_borrowers,
)
from materiel.domain.signing.record import masked
from materiel.errors import MaterielError, NotFound
from materiel.settings import Settings
from materiel.use_cases.signing.disagreement import declare_disagreement
from materiel.use_cases.visitors.family import FamilyHome, FamilyPaper, family_document, family_home, family_pdf
from materiel.web.audience import family_required
from materiel.web.http.forms import Form
from materiel.web.http.session import session_of
from materiel.web.pages.links.session import Acting, of_whom, readers_of
from materiel.web.pages.shell.rendering import render
from materiel.web.pages.signing.lot import Lot, lot_steps
from materiel.web.pages.signing.offered import offered_to
from materiel.web.pages.signing.signing import DocumentReading, provide_paper, steps


@dataclass(frozen=True, kw_only=True)
class FamilyReading(DocumentReading):
    """A parent, or the adult pupil, before a document on which they have a box.

    `lot`: what awaits them, when there are several papers with this one.
    """

    signer: FamilyPerson
    paper: FamilyPaper
    may_disagree: bool
    lot: Lot | None = None

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

    def filled(self, acting: Acting) -> Form:
        """What another person of the family typed in the same browser is not this one's."""
        known = (self.signer.name, *self.named)
        return super().filled(acting if any(same_name(acting.name, name) for name in known) else Acting())

    async def left_to_sign(self) -> Sequence[FamilyPaper]:
        """What the first page shows under « À signer »."""
        return (await family_home(self.signer)).to_sign

    def context(self) -> dict[str, Any]:
        """With the other parent, whose signature may be awaited too or who may disagree."""
        return {
            **super().context(),
            "others": other_borrowers(self.document, self.box) if self.box else (),
            "shared_with": enumeration(list(self.signer.shares_mailbox_with)),
            "lot": self.lot,
            "blocked": self.paper.is_blocked,
        }


async def provide_reading(
    document_id: FromPath[UUID],
    person: NamedDependency[Person],
    now: NamedDependency[datetime],
    settings: NamedDependency[Settings],
) -> DocumentReading:
    """The document of the address, when it is this person's."""
    readers = await readers_of(person, now)
    reader, shown = await of_whom(readers, lambda each: family_document(document_id, each))
    document = shown.paper.document
    lots = lots_of([(each, await family_home(each)) for each in readers]) if shown.paper.to_sign else []
    box = shown.paper.box
    only_sms = box is not None and box.code_by_sms
    several = (each for each in lots if len(each.readings) > 1)
    return FamilyReading(
        signer=reader,
        document=document,
        box=box,
        to_sign=shown.paper.to_sign,
        content=shown.content,
        service=shown.service,
        offered=offered_to(reader, settings, masked(reader.link.email), only_sms=only_sms),
        paper=shown.paper,
        may_disagree=may_disagree(reader, person.civil_date(now)) and document.kind not in RECEIPTS,
        lot=next((each for each in several if any(one.document.id == document.id for one in each.readings)), None),
    )


def lots_of(homes: Sequence[tuple[FamilyPerson, FamilyHome]], settings: Settings | None = None) -> list[Lot]:
    """What each person behind the links of a session has to sign, mailbox by mailbox, grouped by child and loan."""
    together: list[list[tuple[FamilyPerson, FamilyHome]]] = []
    for reader, home in homes:
        same = next((each for each in together if is_same_reader(each[0][0], reader)), None)
        if same is None:
            together.append([(reader, home)])
        else:
            same.append((reader, home))
    return [_lot(each, settings, is_alone=len(homes) == 1) for each in together]


def _lot(homes: Sequence[tuple[FamilyPerson, FamilyHome]], settings: Settings | None, *, is_alone: bool) -> Lot:
    signer, home = homes[0]
    groups: dict[str, list[DocumentReading]] = {}
    for reader, each in homes:
        loans = {paper.document.loan_id for paper in each.to_sign}
        for paper in each.to_sign:
            of_loan = f" : prêt n° {paper.loan_number}" if len(loans) > 1 and paper.loan_number else ""
            label = "" if is_alone and not of_loan else bound(f"Pour {reader.pupil.first_name}{of_loan}")
            groups.setdefault(label, []).append(
                FamilyReading(
                    signer=reader,
                    document=paper.document,
                    box=paper.box,
                    to_sign=True,
                    content=content_from_json(paper.document.content),
                    service=each.service,
                    paper=paper,
                    may_disagree=False,
                )
            )
    return Lot(
        id=signer.link.id,
        signer=signer,
        service=home.service,
        root="/f",
        home=FamilyReading.home,
        address=masked(signer.link.email),
        groups=tuple((label, tuple(readings)) for label, readings in groups.items()),
        offered=offered_to(
            signer,
            settings,
            masked(signer.link.email),
            only_sms=any(
                paper.box is not None and paper.box.code_by_sms for _, each in homes for paper in each.to_sign
            ),
        ),
        shared_with=enumeration(sorted({name for reader, _ in homes for name in reader.shares_mailbox_with})),
    )


async def provide_lot(
    lot_id: FromPath[UUID],
    person: NamedDependency[Person],
    now: NamedDependency[datetime],
    settings: NamedDependency[Settings],
) -> Lot:
    """What awaits the person of the link of the address, and of their other children."""
    homes = [(reader, await family_home(reader)) for reader in await readers_of(person, now)]
    found = next((each for each in lots_of(homes, settings) if each.id == lot_id), None)
    if found is None:
        raise NotFound("lot.not_found", "Cette page n'existe pas. Revenez à « Mes matériels ».")
    return found


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


router = family_required(
    "/f",
    [*steps("family"), *lot_steps("family"), show_disagreement, disagree],
    {
        "reading": Provide(provide_reading),
        "paper": Provide(provide_paper),
        "lot": Provide(provide_lot),
    },
)
