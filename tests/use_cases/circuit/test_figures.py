"""Figures counted on a base whose every loan is known, on both engines."""

from __future__ import annotations

import io
from datetime import date, datetime, timedelta
from uuid import UUID

import pypdfium2
import pytest
from python_calamine import CalamineWorkbook
from tests.stage.refusals import refused
from tests.use_cases import loan_cast as cast

from materiel.domain.circuit.figures import COUNTS, Delay, FigureLine, Grouping, Readership, ServiceFigures
from materiel.domain.item.item import Condition, ItemStatus
from materiel.domain.loan.steps import HandedItem, ReturnedItem
from materiel.domain.papers.document import AGREEMENTS, SignatureChannel
from materiel.domain.usage import Custody, Usage
from materiel.errors import RuleBroken
from materiel.exchange.tabular import TableFormat
from materiel.store.item import item as items
from materiel.store.papers import document as documents
from materiel.use_cases.circuit.figures import AskFigures, statistics
from materiel.use_cases.circuit.need import RecordNeed, record_need
from materiel.use_cases.circuit.register import held_on, inventory_on
from materiel.use_cases.circuit.yearly_report import yearly_report, yearly_table
from materiel.use_cases.item.item import SetItemStatus, set_item_status
from materiel.use_cases.loan.loan import create_loan
from materiel.use_cases.loan.steps import HandOver, TakeBack, hand_over, issue_loan, take_back
from materiel.use_cases.papers.issuer import Issuer
from materiel.use_cases.signing.recording import RecordSignature, record_signature

YEAR = {"starts_on": date(2026, 9, 1), "ends_on": date(2027, 8, 31)}
LATER = cast.NOW + timedelta(days=100)
BACK_ON = date(2026, 12, 1)


@pytest.fixture
async def _year(db: object) -> None:
    """Three loans: Zoé at home since 7 September after 98 days, met and signed the same day; an adult's braille display
    kept by the collège; a keyboard shared by the école of Cardroc, lost in October. Zoé's laptop is back in December.
    """
    await cast.set_up()
    need = await record_need(
        RecordNeed(pupil_id=cast.CHILD, wording="Ordinateur portable", notified_on=date(2026, 6, 1)),
        actor=cast.MANAGER,
        now=cast.NOW,
    )
    await record_need(
        RecordNeed(pupil_id=cast.ADULT, wording="Plage braille", notified_on=date(2026, 9, 2)),
        actor=cast.MANAGER,
        now=cast.NOW,
    )
    at_home = await out(need=need.id)
    await out(pupil=cast.ADULT, school=cast.COLLEGE, custody=Custody.SCHOOL, items=(cast.BRAILLE,))
    await out(pupil=None, school=cast.CARDROC, usage=Usage.SHARED, custody=Custody.SCHOOL, items=(cast.KEYBOARD,))
    await sign(at_home, date(2026, 9, 16))
    lost = await items.get(cast.KEYBOARD, cast.SERVICE)
    change = SetItemStatus(item_id=lost.id, status=ItemStatus.LOST, reason="Introuvable", version=lost.version)
    await set_item_status(change, actor=cast.MANAGER, now=datetime(2026, 10, 5, 10, tzinfo=cast.NOW.tzinfo))
    back = TakeBack(
        loan_id=at_home,
        returned_on=BACK_ON,
        items=(ReturnedItem(item_id=cast.LAPTOP, condition=Condition.GOOD),),
    )
    await take_back(back, issuer=Issuer(actor=cast.MANAGER, now=LATER, base_url="https://pret.example.fr"))


pytestmark = pytest.mark.usefixtures("_year")


async def out(**asked: object) -> UUID:
    """A loan issued and handed over on the day of the cast."""
    loan = (await create_loan(cast.a_request(**asked), actor=cast.MANAGER, now=cast.NOW)).case.loan
    await issue_loan(loan.id, issuer=cast.ISSUER)
    handed = tuple(HandedItem(item_id=line.item_id) for line in loan.items)
    await hand_over(HandOver(loan_id=loan.id, handed_over_on=cast.TODAY, items=handed), issuer=cast.ISSUER)
    return loan.id


async def sign(loan_id: UUID, day: date) -> None:
    """Every box of its agreement."""
    for document in (await documents.of_loans([loan_id]))[loan_id]:
        for box in document.signatures if document.kind in AGREEMENTS else ():
            command = RecordSignature(
                document_id=document.id, signatory_id=box.id, signed_on=day, channel=SignatureChannel.PAPER
            )
            await record_signature(command, actor=cast.MANAGER, now=LATER)


async def figures(by: Grouping = Grouping.LEVEL, reader: Readership = Readership.SERVICE) -> ServiceFigures:
    return await statistics(AskFigures(by=by, reader=reader, **YEAR), actor=cast.READER, now=LATER)  # type: ignore[arg-type]


def text_of(pdf: bytes) -> str:
    """What a PDF says, with plain blanks."""
    document = pypdfium2.PdfDocument(pdf)
    text = " ".join(page.get_textpage().get_text_range() for page in document)
    document.close()
    return " ".join(text.split())


def counts(line: FigureLine) -> dict[str, int | None]:
    """What is counted of a line, zeros left out."""
    return {name: value for name in COUNTS if (value := getattr(line, name))}


async def test_the_whole_is_what_was_done() -> None:
    total = (await figures()).total
    assert counts(total) == {
        "loans": 2,
        "deposits": 2,
        "items": 2,
        "handed_over": 3,
        "returned": 1,
        "losses": 1,
        "needs": 1,
        "met": 1,
        "waiting": 1,
    }
    assert total.to_hand_over == Delay(1, 98, 98)
    assert total.to_signature == Delay(1, 9, 9)
    assert total.coverage == 50


@pytest.mark.parametrize(
    ("by", "expected"),
    [
        (Grouping.LEVEL, {"Collège": (1, 1), "École élémentaire ou primaire": (1, 1)}),
        (
            Grouping.BASIS,
            {"Notification de la CDAPH": (0, 0), "Sans fondement (usage collectif)": (2, 2)},
        ),
        (Grouping.FAMILY, {"Matériel pédagogique": (2, 2), "Nature non précisée": (0, 0)}),
        (Grouping.CATEGORY, {"ordinateur portable": (2, 2), "Sans catégorie": (0, 0)}),
    ],
)
async def test_each_thing_they_are_told_by(by: Grouping, expected: dict[str, tuple[int, int]]) -> None:
    told = await figures(by)
    assert {line.label: (line.loans, line.deposits) for line in told.lines} == expected


async def test_what_sleeps_is_told_by_what_it_is() -> None:
    much_later = cast.NOW + timedelta(days=500)
    told = await statistics(AskFigures(by=Grouping.CATEGORY), actor=cast.READER, now=much_later)
    # What came back waits to be prepared: it does not sleep.
    assert {line.label: line.idle for line in told.lines if line.idle} == {"ordinateur portable": 4, "logiciel": 1}
    assert told.total.idle == 5


async def test_by_school_and_by_commune_each_place_has_its_own() -> None:
    schools = {line.key: counts(line) for line in (await figures(Grouping.SCHOOL)).lines}
    assert schools[cast.COLLEGE] == {"loans": 1, "deposits": 1, "items": 1, "handed_over": 1, "needs": 1, "waiting": 1}
    assert schools[cast.CARDROC] == {"deposits": 1, "items": 1, "handed_over": 1, "losses": 1}
    assert schools[cast.BAULON]["returned"] == 1
    communes = await figures(Grouping.MUNICIPALITY)
    # What the wider tables call the places that hold a school: they must not give back what is masked of it.
    (college,) = [line for line in (await figures(Grouping.SCHOOL)).lines if line.key == cast.COLLEGE]
    levels = await figures(Grouping.LEVEL)
    wider = {f"{told.grouping}:{line.key}" for told in (communes, levels) for line in told.lines}
    assert college.within < wider
    assert len(college.within) == 2
    assert {line.label for line in communes.lines} >= {"Baulon", "Cardroc"}
    assert {line.idle for line in communes.lines} == {None}


async def test_a_period_counts_what_was_in_hands_in_it() -> None:
    asked = AskFigures(starts_on=date(2026, 12, 2), ends_on=date(2026, 12, 31))
    after = (await statistics(asked, actor=cast.READER, now=LATER)).total
    assert (after.loans, after.deposits, after.handed_over, after.returned, after.losses) == (1, 2, 0, 0, 0)


async def test_outside_nobody_is_told_apart() -> None:
    told = await figures(Grouping.SCHOOL, Readership.OUTSIDE)
    assert [line.key for line in told.lines] == ["few"]
    assert {getattr(told.lines[0], name) for name in COUNTS} <= {None, 0}
    assert told.total.loans is None


async def test_another_service_counts_none_of_it_and_days_must_make_sense() -> None:
    other = await statistics(AskFigures(**YEAR), actor=cast.STRANGER, now=LATER)  # type: ignore[arg-type]
    assert other.lines == ()
    assert counts(other.total) == {}
    with refused(RuleBroken, "statistics.period"):
        await statistics(AskFigures(starts_on=date(2027, 1, 1), ends_on=date(2026, 1, 1)), actor=cast.READER, now=LATER)


async def test_the_report_of_a_year_names_nobody_and_masks() -> None:
    text = text_of(await yearly_report(2026, actor=cast.READER, now=LATER))
    assert "2026-2027" in text
    assert "masqué" in text
    for name in ("Exemple", "Zoé", "Baulon", "Cardroc"):
        assert name not in text
    data = b"".join([piece async for piece in yearly_table(2026, actor=cast.READER, now=LATER)])
    rows = CalamineWorkbook.from_filelike(io.BytesIO(data)).get_sheet_by_index(0).to_python()
    assert rows[0][:3] == ["Réparti par", "Groupe", "Prêts à un élève"]
    assert rows[1][2] == "masqué"
    assert "Matériels qui dorment, le jour de ce rapport" in text
    other = text_of(await yearly_report(2026, actor=cast.STRANGER, now=LATER))
    assert "masqué" not in other.split("Ce que disent")[0]


async def test_the_registers_of_a_day_in_the_past() -> None:
    async def table(register: object, day: date, actor: object = cast.READER) -> list[list[str]]:
        pieces = register(day, actor=actor, now=LATER, form=TableFormat.CSV)  # type: ignore[operator]
        text = b"".join([piece async for piece in pieces]).decode("utf-8-sig")
        return [line.split(";") for line in text.splitlines()]

    before, autumn, winter = date(2026, 9, 6), date(2026, 10, 10), date(2026, 12, 10)
    assert len(await table(held_on, before)) == 1
    assert len(await table(held_on, autumn)) == 4
    assert len(await table(held_on, winter)) == 3
    (laptop,) = [row for row in await table(held_on, autumn) if row[3] == "35-2026-00001"]
    assert laptop[5:9] == ["Exemple", "Zoé", cast.BAULON, "Ecole primaire publique les Lucioles"]
    assert laptop[9:] == ["07/09/2026", "31/08/2027", "01/12/2026"]
    assert len(await table(held_on, autumn, cast.STRANGER)) == 1

    assert len(await table(inventory_on, before)) == 1
    heading, *rows = await table(inventory_on, autumn)
    at = heading.index("État ce jour-là")
    states = {row[0]: row[at] for row in rows}
    assert len(states) == 8
    assert (states["35-2026-00001"], states["35-2026-00002"], states["35-2026-00003"]) == ("Prêté", "Déposé", "Perdu")
    assert states["35-2026-00007"] == "Au service"
    winter_rows = {row[0]: row[at] for row in (await table(inventory_on, winter))[1:]}
    assert winter_rows["35-2026-00001"] == "Au service"
    assert not any("Exemple" in cell for row in rows for cell in row)
    with refused(RuleBroken, "register.future"):
        await table(inventory_on, LATER.date() + timedelta(days=2))
