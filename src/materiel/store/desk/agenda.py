"""What ends or is expected on the days that a calendar shows: days and numbers, and nobody's name."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from materiel.domain.desk.agenda import EndingLoan, Meeting
from materiel.domain.papers.document import AGREEMENTS
from materiel.store.desk.dashboard import ACTIVE
from materiel.store.engine.statement import Statement, words

MOST = 20_000

# Our own numbers: the reference of an older paper is what somebody typed.
_NUMBER = (
    "(SELECT document.number FROM document WHERE document.loan = loan.id"
    f" AND document.kind IN ({words(AGREEMENTS)}) ORDER BY document.id DESC LIMIT 1) AS number"
)
_ENDINGS = Statement(
    f"SELECT loan.ends_on, {_NUMBER},"
    " EXISTS (SELECT 1 FROM loan_item WHERE loan_item.loan = loan.id AND loan_item.handed_over_on IS NOT NULL"
    " AND loan_item.removed_on IS NULL) AS is_out"
    " FROM loan LEFT JOIN pupil ON pupil.id = loan.pupil"
    f" WHERE loan.service = {{}} AND {ACTIVE} AND loan.ends_on >= {{}} AND loan.ends_on <= {{}}"
    " AND pupil.died_on IS NULL ORDER BY loan.ends_on, loan.id LIMIT {}"
)
_MEETINGS = Statement(
    f"SELECT loan.meets_on, {_NUMBER} FROM loan LEFT JOIN pupil ON pupil.id = loan.pupil"
    f" WHERE loan.service = {{}} AND {ACTIVE} AND loan.meets_on >= {{}} AND loan.meets_on <= {{}}"
    " AND pupil.died_on IS NULL ORDER BY loan.meets_on, loan.id LIMIT {}"
)
_STOCKTAKES = Statement(
    "SELECT closes_on FROM stocktake WHERE service = {} AND closed_at IS NULL AND closes_on >= {} AND closes_on <= {}"
    " ORDER BY closes_on, id LIMIT {}"
)
_DELIVERIES = Statement(
    "SELECT need.expected_on FROM need JOIN pupil ON pupil.id = need.pupil WHERE need.service = {}"
    " AND need.state = 'open' AND need.received_on IS NULL AND need.expected_on >= {} AND need.expected_on <= {}"
    " AND pupil.died_on IS NULL ORDER BY need.expected_on, need.id LIMIT {}"
)
_MEET = Statement("UPDATE loan SET meets_on = {} WHERE id = {}")


async def note_meeting(loan_id: UUID, on: date) -> None:
    """Keep the day of the appointment given last about a loan."""
    await _MEET.fetch(on, loan_id)


async def endings(service_id: UUID, first: date, last: date) -> list[EndingLoan]:
    """The loans of a service under way that end between two days."""
    rows = await _ENDINGS.fetch(service_id, first, last, MOST)
    return [EndingLoan(ends_on=row["ends_on"], number=row["number"] or "", is_out=bool(row["is_out"])) for row in rows]


async def deliveries(service_id: UUID, first: date, last: date) -> list[date]:
    """The days on which what was ordered for needs is expected, one for each."""
    return [row["expected_on"] for row in await _DELIVERIES.fetch(service_id, first, last, MOST)]


async def meetings(service_id: UUID, first: date, last: date) -> list[Meeting]:
    """The appointments given about loans under way, between two days; the last one of each loan."""
    rows = await _MEETINGS.fetch(service_id, first, last, MOST)
    return [Meeting(meets_on=row["meets_on"], number=row["number"] or "") for row in rows]


async def stocktakes(service_id: UUID, first: date, last: date) -> list[date]:
    """The last days of the stocktakes under way, between two days."""
    return [row["closes_on"] for row in await _STOCKTAKES.fetch(service_id, first, last, MOST)]
