"""What became of the loans of a campaign since: who signed, who is awaited, what is to print, what came back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from materiel.domain.desk.campaign import FollowedState
from materiel.domain.papers.document import Party
from materiel.store.engine.mapper import Mapper
from materiel.store.engine.rows import placeholders
from materiel.store.engine.statement import Statement

_BOXES = "FROM signature AS box WHERE box.document = line.renewal"
_STATE = (
    "CASE WHEN loan.status IN ('returned', 'cancelled', 'closed') THEN 'returned'"
    " WHEN line.choice = 'return' THEN 'not_returned'"
    f" WHEN paper.status <> 'void' AND NOT EXISTS (SELECT 1 {_BOXES} AND box.status = 'pending') THEN 'signed'"
    " WHEN paper.status = 'in_force' THEN 'awaited' ELSE 'overtaken' END"
)
_DONE = (
    "FROM campaign_line AS line JOIN loan ON loan.id = line.loan LEFT JOIN document AS paper ON paper.id = line.renewal"
    " WHERE line.campaign = {} AND line.state = 'done'"
)
_FOLLOWED = f"SELECT line.id, line.loan, line.to_print, {_STATE} AS followed {_DONE}"
_COUNTS = Statement(f"SELECT followed, count(*) AS found FROM ({_FOLLOWED}) AS each_one GROUP BY followed")
_PAGE = Statement(
    f"SELECT loan FROM ({_FOLLOWED}) AS each_one WHERE followed = {{}} AND id > {{}} ORDER BY id LIMIT {{}}"
)
_AWAITED = Statement(
    "SELECT box.party, count(DISTINCT each_one.id) AS found"
    f" FROM (SELECT line.id, line.renewal, {_STATE} AS followed {_DONE}) AS each_one"
    " JOIN signature AS box ON box.document = each_one.renewal"
    " WHERE each_one.followed = 'awaited' AND box.status = 'pending' GROUP BY box.party"
)
_AWAITED_OF = (
    "SELECT box.document, box.party FROM signature AS box WHERE box.status = 'pending' AND box.document IN ({})"
)
_REFUSED = (
    "FROM campaign_line AS line JOIN loan ON loan.id = line.loan WHERE line.campaign = {} AND line.state = 'done'"
    " AND EXISTS (SELECT 1 FROM outbox WHERE outbox.document = line.renewal AND outbox.state = 'failed'"
    " AND outbox.settled_at IS NULL)"
)
_COUNT_REFUSED = Statement(f"SELECT count(*) AS found {_REFUSED}")
_REFUSED_PAGE = Statement(f"SELECT line.loan {_REFUSED} AND line.id > {{}} ORDER BY line.id LIMIT {{}}")
_TO_PRINT = (
    "FROM campaign_line AS line JOIN loan ON loan.id = line.loan JOIN school AS place ON place.id = loan.school"
    " JOIN municipality AS town ON town.insee_code = place.municipality"
    " JOIN document AS paper ON paper.id = line.renewal AND paper.status = 'in_force'"
    " WHERE line.campaign = {} AND line.state = 'done' AND line.to_print = true"
    " AND loan.status NOT IN ('returned', 'cancelled', 'closed')"
    f" AND EXISTS (SELECT 1 {_BOXES} AND box.status = 'pending')"
)
_PILES = Statement(
    f"SELECT place.uai, place.name, town.name AS municipality, count(*) AS papers {_TO_PRINT}"
    " GROUP BY place.uai, place.name, town.name ORDER BY town.name, place.name, place.uai"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class SchoolPile:
    """How many papers of a school are to be printed; `municipality` is the name of its commune."""

    uai: str
    name: str
    municipality: str
    papers: int


_PILE = Mapper(SchoolPile)


async def counts(campaign_id: UUID) -> dict[FollowedState, int]:
    """How many of the loans that were done are in each state since."""
    found = {FollowedState(row["followed"]): row["found"] for row in await _COUNTS.fetch(campaign_id)}
    row = await _COUNT_REFUSED.fetch_one(campaign_id)
    found[FollowedState.MAIL_REFUSED] = row["found"] if row is not None else 0
    return {each: found.get(each, 0) for each in FollowedState}


async def awaited(campaign_id: UUID) -> dict[Party, int]:
    """How many renewals wait for each party."""
    return {Party(row["party"]): row["found"] for row in await _AWAITED.fetch(campaign_id)}


async def page(campaign_id: UUID, wanted: FollowedState, *, limit: int, after: UUID | None = None) -> list[UUID]:
    """Loans of a state since, after the line of one of them."""
    first = after or UUID(int=0)
    if wanted is FollowedState.MAIL_REFUSED:
        return [row["loan"] for row in await _REFUSED_PAGE.fetch(campaign_id, first, limit)]
    return [row["loan"] for row in await _PAGE.fetch(campaign_id, wanted.value, first, limit)]


async def awaited_of(document_ids: Sequence[UUID]) -> dict[UUID, list[Party]]:
    """Whom each of these papers waits for."""
    if not document_ids:
        return {}
    found: dict[UUID, list[Party]] = {}
    for row in await Statement(_AWAITED_OF.format(placeholders(document_ids))).fetch(*document_ids):
        parties = found.setdefault(row["document"], [])
        if Party(row["party"]) not in parties:
            parties.append(Party(row["party"]))
    return found


async def piles(campaign_id: UUID) -> list[SchoolPile]:
    """How many papers are to be printed for each school, commune after commune."""
    return [_PILE.value(row) for row in await _PILES.fetch(campaign_id)]


async def papers_to_print(campaign_id: UUID, schools: Sequence[str] = ()) -> list[UUID]:
    """The papers to print, of some schools if told: those that await a signature, of somebody without a mailbox."""
    where = f" AND place.uai IN ({placeholders(schools)})" if schools else ""
    text = f"SELECT paper.id {_TO_PRINT}{where} ORDER BY line.id"
    return [row["id"] for row in await Statement(text).fetch(campaign_id, *schools)]
