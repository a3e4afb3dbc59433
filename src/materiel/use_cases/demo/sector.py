"""The sector of the demonstration: a référent, and what was said of some equipment at the meetings of the teams."""

from __future__ import annotations

from materiel.domain.calendar.school_year import last_day, school_year
from materiel.domain.circuit.use import UseLevel
from materiel.store.engine.database import write_transaction
from materiel.use_cases.circuit.asking import AskNeed, ask_need
from materiel.use_cases.circuit.use import NoteSectorUses, note_by_referent
from materiel.use_cases.demo import people
from materiel.use_cases.demo.teller import Teller
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
    async with write_transaction():
        link = (await make_referent_link(referent, now=teller.at(FOUNDED))).link
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
