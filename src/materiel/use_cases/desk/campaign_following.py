"""A campaign followed to its end: its loans as people read them, whom each waits for, what is to print."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from materiel.domain.accounts.roles import Actor, Permission
from materiel.domain.desk.campaign import CampaignLine, FollowedState
from materiel.domain.papers.document import Party
from materiel.domain.papers.printing import PrintOrder
from materiel.domain.work.job import Job
from materiel.errors import NotFound
from materiel.store.desk import campaign as store
from materiel.store.desk import campaign_follow as follow
from materiel.store.desk import dashboard
from materiel.store.desk.campaign_follow import SchoolPile
from materiel.store.desk.dashboard import LoanPlace
from materiel.use_cases.desk.print_together import draw_together, print_documents_together
from materiel.use_cases.papers.printing import PrintDocuments


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownLoan:
    """A line as people read it: where its loan is, and whom its paper waits for."""

    line: CampaignLine
    place: LoanPlace
    awaited: Sequence[Party] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class FollowedCampaign:
    """How many of the loans that were done are where, whom the papers wait for, what is to print for each school."""

    counts: Mapping[FollowedState, int]
    awaited: Mapping[Party, int]
    piles: Sequence[SchoolPile]

    @property
    def done(self) -> int:
        """How many loans were done; a refused message is told beside."""
        return sum(found for each, found in self.counts.items() if each is not FollowedState.MAIL_REFUSED)

    @property
    def to_print(self) -> int:
        """How many papers are to be printed."""
        return sum(pile.papers for pile in self.piles)


@dataclass(frozen=True, slots=True, kw_only=True)
class PrintPile:
    """The papers of a campaign that are to be printed, in piles; of one school or of one commune, if told.

    `letters_by`: a letter goes before what each addressee receives, and asks for an answer before that day.
    """

    campaign_id: UUID
    order: PrintOrder
    school: str = ""
    municipality: str = ""
    separators: bool = False
    letters_by: date | None = None


async def follow_campaign(campaign_id: UUID, *, actor: Actor) -> FollowedCampaign:
    """Where the loans of a campaign of the actor's service are since.

    Raises:
        NotFound: `campaign.not_found`.
    """
    actor.require(Permission.READ)
    campaign = await store.get(campaign_id, actor.service_id)
    return FollowedCampaign(
        counts=await follow.counts(campaign.id),
        awaited=await follow.awaited(campaign.id),
        piles=await follow.piles(campaign.id),
    )


async def list_followed(
    campaign_id: UUID, wanted: FollowedState, *, actor: Actor, limit: int, after: UUID | None = None
) -> list[ShownLoan]:
    """Loans of a campaign that are somewhere since, in their order, after the line of one of them.

    Raises:
        NotFound: `campaign.not_found`.
    """
    actor.require(Permission.READ)
    campaign = await store.get(campaign_id, actor.service_id)
    loan_ids = await follow.page(campaign.id, wanted, limit=limit, after=after)
    return await shown(await store.get_lines(campaign.id, loan_ids), actor=actor)


async def shown(lines: Sequence[CampaignLine], *, actor: Actor) -> list[ShownLoan]:
    """Lines of a campaign of the actor's service, as people read them."""
    actor.require(Permission.READ)
    places = await dashboard.places(actor.service_id, [line.loan_id for line in lines])
    papers = [line.renewal for line in lines if line.renewal is not None]
    awaited = await follow.awaited_of(papers)
    return [
        ShownLoan(
            line=line,
            place=places[line.loan_id],
            awaited=awaited.get(line.renewal, ()) if line.renewal is not None else (),
        )
        for line in lines
    ]


async def print_pile(command: PrintPile, *, actor: Actor, now: datetime) -> bytes | Job:
    """One PDF of the papers to print, in the copies that each announces; or the job that draws it, beyond a few dozens.

    Raises:
        NotFound: `campaign.not_found`; `campaign.nothing_to_print`.
    """
    return await print_documents_together(await _asked(command, actor), actor=actor, now=now)


async def draw_pile(command: PrintPile, *, actor: Actor, now: datetime) -> bytes:
    """The same, whatever their number, for whoever waits.

    Raises:
        NotFound: `campaign.not_found`; `campaign.nothing_to_print`.
    """
    return await draw_together(await _asked(command, actor), actor=actor, now=now)


async def _asked(command: PrintPile, actor: Actor) -> PrintDocuments:
    actor.require(Permission.READ)
    campaign = await store.get(command.campaign_id, actor.service_id)
    wanted = [
        pile.uai
        for pile in await follow.piles(campaign.id)
        if command.school in ("", pile.uai) and command.municipality in ("", pile.municipality)
    ]
    papers = await follow.papers_to_print(campaign.id, wanted) if wanted else []
    if not papers:
        raise NotFound(
            "campaign.nothing_to_print",
            "Rien n'est à imprimer : tout est signé, ou chacun a une adresse électronique.",
        )
    return PrintDocuments(
        document_ids=tuple(papers),
        order=command.order,
        separators=command.separators,
        letters_by=command.letters_by,
    )
