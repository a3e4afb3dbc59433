"""The real paper with an annex on it, before anything is saved: a made-up agreement, drawn and forgotten."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from materiel.domain.accounts.roles import Permission
from materiel.domain.language.fields import clean_text
from materiel.domain.papers.annex import Annex, AnnexSection
from materiel.domain.papers.document import DocumentKind
from materiel.store.accounts import service as services
from materiel.store.engine.ids import new_id
from materiel.store.papers import letterhead as letterheads
from materiel.use_cases.accounts.annex import check_printable, read_annex
from materiel.use_cases.papers.issuer import Issuer
from materiel.use_cases.papers.sample import sample_agreement
from materiel.use_cases.work.drawing import draw_paper

UNTITLED = "Charte d'usage"


@dataclass(frozen=True, slots=True, kw_only=True)
class ShowAnnex:
    """What is typed so far, on an agreement of a kind; an empty title and no date are what a first look begins with."""

    title: str
    sections: tuple[AnnexSection, ...]
    starts_on: date | None = None
    kind: DocumentKind = DocumentKind.LOAN_AGREEMENT


async def show_annex(command: ShowAnnex, *, issuer: Issuer) -> bytes:
    """Draw an agreement that prints the annex; nothing is written. It lists an item of each family spoken of.

    Raises:
        PermissionDenied: the actor is no administrator.
        RuleBroken: `service.incomplete`, `text.not_printable`.
    """
    issuer.actor.require(Permission.ADMINISTER)
    check_printable(command.title, command.sections)
    annex = Annex(
        id=new_id(),
        service_id=issuer.actor.service_id,
        rank=1,
        starts_on=command.starts_on or issuer.today,
        title=clean_text(command.title) or UNTITLED,
        sections=command.sections,
        written_at=issuer.now,
        written_by=issuer.actor.id,
    )
    return await _drawn(annex, command.kind, issuer)


async def show_version(rank: int, kind: DocumentKind = DocumentKind.LOAN_AGREEMENT, *, issuer: Issuer) -> bytes:
    """Draw the same with a version as it was saved.

    Raises:
        PermissionDenied: the actor is no administrator.
        NotFound: `annex.not_found`.
        RuleBroken: `service.incomplete`.
    """
    issuer.actor.require(Permission.ADMINISTER)
    return await _drawn(await read_annex(rank, actor=issuer.actor), kind, issuer)


async def _drawn(annex: Annex, kind: DocumentKind, issuer: Issuer) -> bytes:
    service_id = issuer.actor.service_id
    letterhead, _ = await letterheads.of_service(service_id)
    content = sample_agreement(await services.get(service_id), issuer, annex, kind)
    return await draw_paper(content, letterhead)
