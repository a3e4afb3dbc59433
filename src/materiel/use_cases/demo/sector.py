"""The sector of the demonstration: a référent, what was said of some equipment at meetings; and an examination."""

from __future__ import annotations

from datetime import datetime

from materiel.domain.calendar.school_year import last_day, school_year
from materiel.domain.circuit.use import UseLevel
from materiel.domain.item.examination import ExaminationChecks
from materiel.domain.links.referent import Referent, ReferentLink
from materiel.store.engine.database import in_one_visit, write_transaction
from materiel.use_cases.circuit.asking import AskNeed, ask_need
from materiel.use_cases.circuit.use import NoteSectorUses, note_by_referent
from materiel.use_cases.demo import people
from materiel.use_cases.demo.teller import Teller
from materiel.use_cases.item.examination import keep_examination_sheet
from materiel.use_cases.links.referent import RecordReferent, make_referent_link, reader_of_link, record_referent
from materiel.use_cases.people.pupil import get_pupil

FOUNDED = 36
"""Days ago on which the sector was given: after the first hand-overs."""

SAID = (
    (30, "eva", "DEMO-LOU-002", UseLevel.UNUSED),
    (8, "eva", "DEMO-LOU-002", UseLevel.UNUSED),
    (29, "leo", "DEMO-BRA-002", UseLevel.USED),
    (15, "anna", "DEMO-REC-001", UseLevel.LITTLE),
    (12, "paul", "DEMO-TRA-001", UseLevel.USED),
)
"""Days ago, the pupil, the thing, and what was said: one is found without use twice in a row."""


async def tell_sector(teller: Teller) -> None:
    """A sector of two schools until the end of the school year, and some meetings."""
    command = RecordReferent(
        name="Anaïs Imaginaire",
        email="referente@exemple.invalid",
        ends_on=last_day(school_year(teller.today)),
        schools=(people.EREA_REDON, people.LYCEE_RENNES),
    )
    referent = await record_referent(command, actor=teller.actor, now=teller.at(FOUNDED))
    link = await _link(referent, now=teller.at(FOUNDED))
    asked = AskNeed(
        last_name="Majeur",
        first_name="Léo",
        birth_date=(await get_pupil(teller.pupils["leo"], actor=teller.actor)).birth_date,
        wording="Ordinateur avec logiciel de prise de notes en braille",
        notified_on=teller.day(11),
    )
    await ask_need(asked, reader=await reader_of_link(link.id, now=teller.at(7)), now=teller.at(7))
    for ago, pupil, number, level in SAID:
        said = NoteSectorUses(
            pupil_id=teller.pupils[pupil], said_on=teller.day(ago), levels={teller.items[number]: level}
        )
        reader = await reader_of_link(link.id, now=teller.at(ago))
        await note_by_referent(said, reader=reader, now=teller.at(ago))


@in_one_visit
async def _link(referent: Referent, *, now: datetime) -> ReferentLink:
    async with write_transaction():
        return (await make_referent_link(referent, now=now)).link


async def tell_examinations(teller: Teller) -> None:
    """A computer made ready for an examination, whose sheet is kept."""
    checks = ExaminationChecks(
        done_on=teller.day(4),
        sits_on=teller.day(-5),
        emptied=True,
        radio_off=True,
        software="Traitement de texte, correcteur orthographique",
    )
    item_id = teller.items["DEMO-ORD-004"]
    await keep_examination_sheet(item_id, checks, actor=teller.actor, now=teller.at(4))
