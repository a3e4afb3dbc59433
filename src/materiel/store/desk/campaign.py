"""Campaigns of a service, and their lines: what is left of one is what its lines say, whoever takes its job up."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from materiel.domain.desk.campaign import TOLD_MAX, Campaign, CampaignKind, CampaignLine, Choice, RenewalOutcome
from materiel.domain.work.lot import LineState
from materiel.errors import NotFound
from materiel.store.engine.mapper import Mapper
from materiel.store.engine.rows import column_names, placeholders
from materiel.store.engine.statement import Statement
from materiel.store.tables import CampaignLineRow, CampaignRow

_CAMPAIGN = Mapper(Campaign, CampaignRow)
_SELECT = f"SELECT {_CAMPAIGN.selected('campaign')} FROM campaign"
_BY_ID = Statement(f"{_SELECT} WHERE id = {{}} AND service = {{}}")
_OF_YEAR = Statement(f"{_SELECT} WHERE service = {{}} AND kind = {{}} AND school_year = {{}}")
_OF_SERVICE = Statement(f"{_SELECT} WHERE service = {{}} ORDER BY school_year DESC, id LIMIT {{}}")
_COLUMNS = column_names(CampaignRow)
_ADD = Statement(
    f"INSERT INTO campaign ({', '.join(_COLUMNS)}) VALUES ({placeholders(_COLUMNS)})"
    " ON CONFLICT (service, kind, school_year) DO NOTHING"
)
_BEGIN = Statement(
    "UPDATE campaign SET job = {}, runs = {}, examination = {}, ends_on = {} WHERE id = {} AND service = {}"
)
_EXAMINED = Statement("UPDATE campaign SET examined_at = {} WHERE id = {}")

_LINE = Mapper(CampaignLine, CampaignLineRow)
_LINES = f"SELECT {_LINE.selected('campaign_line')} FROM campaign_line"
_LINE_COLUMNS = column_names(CampaignLineRow)
_SEEN = ("outcome", "why", "code", "documents", "ends_on", "examination")
# What a manager chose holds as long as the loan is of the same outcome, and what is done stays.
_KEEP_CHOICE = ", ".join(
    f"{column} = CASE WHEN campaign_line.outcome = excluded.outcome THEN campaign_line.{column}"
    f" ELSE excluded.{column} END"
    for column in ("choice", "reason", "said")
)
_SEE = Statement(
    f"INSERT INTO campaign_line ({', '.join(_LINE_COLUMNS)}) VALUES ({placeholders(_LINE_COLUMNS)})"
    " ON CONFLICT (campaign, loan) DO UPDATE SET "
    + ", ".join(f"{column} = excluded.{column}" for column in _SEEN)
    + f", {_KEEP_CHOICE} WHERE campaign_line.state <> 'done'"
)
_UNSEEN = Statement(
    "UPDATE campaign_line SET outcome = 'nothing', why = {}, code = '', documents = '[]', choice = NULL, said = '',"
    " state = 'left' WHERE campaign = {} AND state <> 'done' AND examination < {}"
)
_WANTS = "state IN ('left', 'refused') AND choice IN ('renew', 'move', 'return')"
_NEXT = Statement(f"{_LINES} WHERE campaign = {{}} AND {_WANTS} AND run < {{}} ORDER BY id LIMIT 1")
_TO_DO = Statement(f"SELECT count(*) AS found FROM campaign_line WHERE campaign = {{}} AND {_WANTS} AND run < {{}}")
# The papers of one school leave one after the other: its mailbox is written to once.
_NEXT_TO_SEND = Statement(
    f"{_LINES} JOIN loan ON loan.id = campaign_line.loan WHERE campaign_line.campaign = {{}}"
    " AND campaign_line.state = 'done' AND campaign_line.to_send = true ORDER BY loan.school, campaign_line.id LIMIT 1"
)
_TO_SEND = Statement(
    "SELECT count(*) AS found FROM campaign_line WHERE campaign = {} AND state = 'done' AND to_send = true"
)
_WRITTEN = tuple(each for each in _LINE_COLUMNS if each not in {"id", "campaign", "loan"})
_WRITE = Statement(
    f"UPDATE campaign_line SET {', '.join(f'{each} = {{}}' for each in _WRITTEN)}"
    " WHERE id = {} AND run = {} AND state = {} AND to_send = {} RETURNING id"
)
_COUNTS = Statement(
    "SELECT outcome, choice, state, count(*) AS found FROM campaign_line WHERE campaign = {}"
    " GROUP BY outcome, choice, state"
)
_MAILBOX = (
    "(pupil.email <> '' OR EXISTS (SELECT 1 FROM representative WHERE representative.pupil = pupil.id"
    " AND representative.email <> ''))"
)
_REACH = Statement(
    f"SELECT COALESCE(sum(CASE WHEN {_MAILBOX} THEN 1 ELSE 0 END), 0) AS written,"
    f" COALESCE(sum(CASE WHEN pupil.id IS NOT NULL AND NOT {_MAILBOX} THEN 1 ELSE 0 END), 0) AS unwritten,"
    " COALESCE(sum(CASE WHEN loan.custody = 'school' THEN 1 ELSE 0 END), 0) AS kept"
    " FROM campaign_line JOIN loan ON loan.id = campaign_line.loan LEFT JOIN pupil ON pupil.id = loan.pupil"
    " WHERE campaign_line.campaign = {} AND campaign_line.state IN ('left', 'refused')"
    " AND campaign_line.choice = 'renew'"
)
_CHOOSE = (
    "UPDATE campaign_line SET choice = {}, reason = {}, said = '' WHERE campaign = {} AND outcome = {}"
    " AND state <> 'done'"
)
_ACTIVE = "loan.service = {} AND loan.status IN ('issued', 'partially_signed', 'signed', 'handed_over')"
_ACTIVE_IDS = Statement(f"SELECT loan.id FROM loan WHERE {_ACTIVE} AND loan.id > {{}} ORDER BY loan.id LIMIT {{}}")
_COUNT_ACTIVE = Statement(f"SELECT count(*) AS found FROM loan WHERE {_ACTIVE}")


async def add(campaign: Campaign) -> Campaign:
    """Keep a campaign, or give the one that the service has for that year already; in a write transaction."""
    row = _CAMPAIGN.row(campaign)
    await _ADD.fetch(*(row[column] for column in _COLUMNS))
    kept = await of_year(campaign.service_id, campaign.kind, campaign.school_year)
    assert kept is not None
    return kept


async def get(campaign_id: UUID, service_id: UUID) -> Campaign:
    """The campaign of an id in a service.

    Raises:
        NotFound: `campaign.not_found`.
    """
    row = await _BY_ID.fetch_one(campaign_id, service_id)
    if row is None:
        raise NotFound("campaign.not_found", "Cette campagne n'existe pas dans votre service.")
    return _CAMPAIGN.value(row)


async def of_year(service_id: UUID, kind: CampaignKind, school_year: int) -> Campaign | None:
    """The campaign of a service for a school year, if there is one."""
    row = await _OF_YEAR.fetch_one(service_id, kind.value, school_year)
    return _CAMPAIGN.value(row) if row is not None else None


async def of_service(service_id: UUID, *, limit: int) -> list[Campaign]:
    """The campaigns of a service, the last school year first."""
    return [_CAMPAIGN.value(row) for row in await _OF_SERVICE.fetch(service_id, limit)]


async def begin(campaign: Campaign) -> None:
    """Note the work that begins: its job, how many runs and examinations that makes, the last day asked."""
    values = (campaign.job_id, campaign.runs, campaign.examination, campaign.ends_on)
    await _BEGIN.fetch(*values, campaign.id, campaign.service_id)


async def examined(campaign: Campaign, at: datetime, why_not_seen: str) -> None:
    """Note the end of an examination; the loans that it did not see are over."""
    await _UNSEEN.fetch(why_not_seen, campaign.id, campaign.examination)
    await _EXAMINED.fetch(at, campaign.id)


async def see(lines: Sequence[CampaignLine]) -> None:
    """Write what an examination found; what is done stays, and a choice as long as its outcome does."""
    for line in lines:
        row = _row(line)
        await _SEE.fetch(*(row[column] for column in _LINE_COLUMNS))


async def write(line: CampaignLine, *, was: CampaignLine) -> bool:
    """Write a line, in the transaction of what was done with its loan; False when somebody else did it meanwhile."""
    row = _row(line)
    before = (was.run, was.state.value, was.to_send)
    return await _WRITE.fetch_one(*(row[column] for column in _WRITTEN), line.id, *before) is not None


async def next_to_do(campaign_id: UUID, run: int) -> CampaignLine | None:
    """The first line that a run has not seen and that something was chosen for."""
    row = await _NEXT.fetch_one(campaign_id, run)
    return _LINE.value(row) if row is not None else None


async def next_to_send(campaign_id: UUID) -> CampaignLine | None:
    """The next line whose paper is still to be sent, school after school."""
    row = await _NEXT_TO_SEND.fetch_one(campaign_id)
    return _LINE.value(row) if row is not None else None


async def count_to_do(campaign_id: UUID, run: int) -> int:
    """How many lines a run has still to do."""
    (row,) = await _TO_DO.fetch(campaign_id, run)
    found: int = row["found"]
    return found


async def reach(campaign_id: UUID) -> tuple[int, int, int]:
    """Of the renewals that wait to be done: the families with a mailbox, those without, and the items kept at school.

    Somebody of the family has a mailbox when the pupil or a representative has one; who signs is known as it is sent.
    """
    row = await _REACH.fetch_one(campaign_id)
    return (row["written"], row["unwritten"], row["kept"]) if row is not None else (0, 0, 0)


async def count_to_send(campaign_id: UUID) -> int:
    """How many lines have a paper still to be sent."""
    (row,) = await _TO_SEND.fetch(campaign_id)
    found: int = row["found"]
    return found


async def counts(campaign_id: UUID) -> dict[tuple[RenewalOutcome, Choice | None, LineState], int]:
    """How many loans there are of each outcome, choice and state."""
    return {
        (
            RenewalOutcome(row["outcome"]),
            Choice(row["choice"]) if row["choice"] is not None else None,
            LineState(row["state"]),
        ): row["found"]
        for row in await _COUNTS.fetch(campaign_id)
    }


async def page(
    campaign_id: UUID,
    outcome: RenewalOutcome | None = None,
    state: LineState | None = None,
    *,
    limit: int,
    after: UUID | None = None,
) -> list[CampaignLine]:
    """Lines of a campaign in their order, after one of them; of one outcome, or in one state, if told."""
    wanted = {"outcome": outcome, "state": state}
    told = {name: value.value for name, value in wanted.items() if value is not None}
    where = " AND ".join(("campaign = {}", "id > {}", *(f"{name} = {{}}" for name in told)))
    statement = Statement(f"{_LINES} WHERE {where} ORDER BY id LIMIT {{}}")
    rows = await statement.fetch(campaign_id, after or UUID(int=0), *told.values(), limit)
    return [_LINE.value(row) for row in rows]


async def get_lines(campaign_id: UUID, loan_ids: Sequence[UUID]) -> list[CampaignLine]:
    """The lines of these loans in a campaign; those it does not have are left out."""
    if not loan_ids:
        return []
    statement = Statement(f"{_LINES} WHERE campaign = {{}} AND loan IN ({placeholders(loan_ids)}) ORDER BY id")
    return [_LINE.value(row) for row in await statement.fetch(campaign_id, *loan_ids)]


async def choose(
    campaign_id: UUID,
    outcome: RenewalOutcome,
    choice: Choice | None,
    reason: str,
    loan_ids: Sequence[UUID] | None = None,
) -> int:
    """Note what a manager chose for the loans of an outcome, all or some, but those that are done; how many."""
    values: list[object] = [choice.value if choice else None, reason, campaign_id, outcome.value]
    where = ""
    if loan_ids is not None:
        if not loan_ids:
            return 0
        where = f" AND loan IN ({placeholders(loan_ids)})"
        values += loan_ids
    return len(await Statement(f"{_CHOOSE}{where} RETURNING id").fetch(*values))


async def active_loans(service_id: UUID, *, limit: int, after: UUID | None = None) -> list[UUID]:
    """Loans issued or handed over of a service, oldest first, after one of them."""
    return [row["id"] for row in await _ACTIVE_IDS.fetch(service_id, after or UUID(int=0), limit)]


async def count_active(service_id: UUID) -> int:
    """How many there are."""
    (row,) = await _COUNT_ACTIVE.fetch(service_id)
    found: int = row["found"]
    return found


def _row(line: CampaignLine) -> dict[str, object]:
    return _LINE.row(line, why=line.why[:TOLD_MAX], said=line.said[:TOLD_MAX])
