"""The pauses of the demonstration: the holidays of the service, a disagreement, a death."""

from __future__ import annotations

from datetime import date

from materiel.domain.work.pause import PauseReason
from materiel.use_cases.demo import people
from materiel.use_cases.demo.teller import Teller
from materiel.use_cases.loan.loan import list_loans
from materiel.use_cases.people.pupil import UpdatePupil, get_pupil, update_pupil
from materiel.use_cases.work.pause import AddPause, PauseLoan, add_pause, pause_loan


async def tell_pauses(teller: Teller) -> None:
    """The summer, each year; a loan that the family disputes; one whose pupil has died: nothing is asked of anybody."""
    year = teller.today.year + 1
    # Next year's: the demonstration shows reminders whatever the day on which it is opened.
    summer = AddPause(name="Vacances d'été", starts_on=date(year, 7, 12), ends_on=date(year, 8, 20), yearly=True)
    await add_pause(summer, actor=teller.actor, now=teller.at(150))
    (disputed,) = [
        each.id for each in await list_loans(actor=teller.actor, pupil=teller.pupils["elio"]) if each.is_open
    ]
    command = PauseLoan(loan_id=disputed, reason=PauseReason.SERVICE, ends_on=teller.day(-21))
    await pause_loan(command, actor=teller.actor, now=teller.at(10))
    await teller.begin(await teller.lend("maia", people.ECOLE_RENNES, ["DEMO-REC-004"], ago=37), ago=36)
    pupil = await get_pupil(teller.pupils["maia"], actor=teller.actor)
    died = UpdatePupil(pupil_id=pupil.id, version=pupil.version, died_on=teller.day(24))
    await update_pupil(died, actor=teller.actor, now=teller.at(20))
