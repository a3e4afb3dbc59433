"""A park imported as it is kept: each line an item, its pupil and the loan that runs, whole or not at all."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from tests.conftest import Weight
from tests.stage.cut_short import cut, is_cut_short
from tests.stage.refusals import refused
from tests.use_cases import loan_cast as cast
from tests.use_cases.import_cast import everything, imported, run, undone

from materiel.domain.desk.campaign import CampaignKind
from materiel.domain.imports.import_file import Dependence, ImportFile, ImportKind, ImportState
from materiel.domain.item.item import Condition, ItemStatus
from materiel.domain.loan.loan import Loan, LoanOrigin, LoanStatus
from materiel.domain.loan.steps import ReturnedItem
from materiel.domain.people.pupil import Pupil
from materiel.domain.usage import BasisKind, Custody, Usage
from materiel.errors import Conflict
from materiel.exchange.report import FileReport
from materiel.store.imports import import_change as import_changes
from materiel.store.imports import import_file as import_files
from materiel.store.loan import loan as loans
from materiel.use_cases.desk.campaign import OpenCampaign, list_campaign_lines, open_campaign
from materiel.use_cases.imports.import_file import confirm_import, examine_file, get_import
from materiel.use_cases.imports.prepared import LINES_AT_ONCE
from materiel.use_cases.imports.undoing import look_at_undo, undo_import
from materiel.use_cases.item.item import find_item
from materiel.use_cases.loan.case import load_case
from materiel.use_cases.loan.steps import TakeBack, take_back
from materiel.use_cases.people.pupil import list_pupils
from materiel.use_cases.process import turns
from materiel.use_cases.work.job import LEASE

TITLES = (
    *("N° inv.", "Type de matériel", "Marque", "Modèle", "NOM élève", "Prénom élève", "Né(e) le", "Établissement"),
    *("Commune", "Date de remise", "Fin de convention", "Convention", "Convention signée (O/N)", "Notif. MDPH du"),
    *("Fin notification", "Garde", "Date de retour", "Observations"),
)
PLAIN = {
    "N° inv.": "P-1",
    "Type de matériel": "Loupe",
    "NOM élève": "Morvan",
    "Prénom élève": "Zoé",
    "Né(e) le": "04/03/2015",
    "Établissement": cast.BAULON,
    "Date de remise": "06/10/2025",
    "Fin de convention": "04/07/2027",
    "Convention signée (O/N)": "N",
}


@pytest.fixture(autouse=True)
async def known_world(db: object) -> None:
    await cast.set_up()


def a_line(**said: str) -> dict[str, str]:
    """The plain line, with other cells; `""` empties one."""
    return PLAIN | {name.replace("_", " "): cell for name, cell in said.items()}


def numbered(number: str, cells: dict[str, str] | None = None) -> dict[str, str]:
    return PLAIN | {"N° inv.": number} | (cells or {})


def park(*lines: dict[str, str]) -> bytes:
    """A sheet as offices keep it: a title, a row of groups, then the titles of the columns on the third line."""
    rows = [
        "SUIVI DU PARC" + ";" * (len(TITLES) - 1),
        "MATÉRIEL" + ";" * (len(TITLES) - 1),
        ";".join(TITLES),
        *(";".join(line.get(title, "") for title in TITLES) for line in lines),
    ]
    return "\n".join(rows).encode()


async def take(*lines: dict[str, str], kind: ImportKind = ImportKind.INVENTORY) -> tuple[ImportFile, FileReport]:
    file = await imported(park(*lines), kind)
    return file, await report_of(file)


async def report_of(file: ImportFile) -> FileReport:
    report = (await get_import(file.id, actor=cast.MANAGER, now=cast.NOW)).report
    assert report is not None
    return report


async def loan_of(number: str) -> Loan:
    item = await find_item(number, actor=cast.MANAGER)
    loan = await loans.open_loan_of(item.id)
    assert loan is not None
    return loan


async def pupil_of(words: str) -> Pupil:
    (found,) = await list_pupils(actor=cast.MANAGER, q=words)
    return found


def codes(report: FileReport) -> list[tuple[int, str]]:
    return [(each.line, each.code) for each in report.rejected]


async def test_a_line_makes_the_item_the_pupil_and_the_loan_that_runs() -> None:
    signed = {
        "Convention": "Conv. 12/2025",
        "Convention signée (O/N)": "oui",
        "Notif. MDPH du": "15/01/2024",
        "Fin notification": "31/08/2027",
        "Observations": "écran fêlé",
    }
    _, report = await take(PLAIN | signed, numbered("P-2", {"NOM élève": "Morvan", "Prénom élève": "Yann"}))
    assert (report.read, report.created, report.rejected) == (2, 2, [])
    assert report.made == {"item": 2, "pupil": 2, "loan": 2}
    loan = await loan_of("P-1")
    assert (loan.usage, loan.custody, loan.status) == (Usage.INDIVIDUAL, Custody.HOME, LoanStatus.HANDED_OVER)
    assert (loan.origin, loan.pupil_id) == (LoanOrigin.TAKEN_OVER, (await pupil_of("morvan zoe")).id)
    assert (loan.handed_over_on, loan.ends_on) == (date(2025, 10, 6), date(2027, 7, 4))
    assert loan.paper is not None
    assert loan.paper.covers
    assert loan.paper.reference == "Conv. 12/2025"
    assert loan.basis is not None
    assert (loan.basis.kind, loan.basis.decided_on, loan.basis.valid_until) == (
        BasisKind.CDAPH,
        date(2024, 1, 15),
        date(2027, 8, 31),
    )
    item = await find_item("P-1", actor=cast.MANAGER)
    assert (item.status, item.note) == (ItemStatus.ON_LOAN, "écran fêlé")
    unsigned = await loan_of("P-2")
    assert unsigned.paper is not None
    assert not unsigned.paper.covers
    # Nothing is issued, hence numbered, awaited or sent.
    assert (await load_case(loan.id, cast.MANAGER)).documents == ()


async def test_what_one_pupil_was_handed_on_one_day_is_one_loan_however_far_apart() -> None:
    between = [
        numbered(f"Q-{n}", {"NOM élève": "Autre", "Né(e) le": f"{1 + n % 28:02}/02/2012", "Prénom élève": f"Jo{n}"})
        for n in range(LINES_AT_ONCE)
    ]
    later = {"Date de remise": "07/10/2025"}
    file, report = await take(PLAIN, numbered("P-2"), *between, numbered("P-3"), numbered("P-4", later))
    assert report.rejected == []
    made = {"item": LINES_AT_ONCE + 4, "pupil": LINES_AT_ONCE + 1, "loan": LINES_AT_ONCE + 2}
    assert report.made == made
    first = await loan_of("P-1")
    held = [(await find_item(f"P-{n}", actor=cast.MANAGER)).id for n in (1, 2, 3)]
    assert [line.item_id for line in first.items] == held
    assert (await loan_of("P-4")).id != first.id
    assert first.version == 1
    assert (await look_at_undo(file.id, actor=cast.MANAGER, now=cast.NOW)).figures.made == sum(made.values())


@pytest.mark.parametrize(
    ("cells", "code"),
    [
        ({"Né(e) le": ""}, "pupil.birth_date_required"),
        ({"Né(e) le": "un jour"}, "pupil.unreadable"),
        ({"Établissement": "Collège Nulle Part"}, "pupil.school_unknown"),
        ({"Établissement": cast.IME}, "loan.refused"),
        ({"Date de remise": ""}, "loan.handover_required"),
        ({"Date de remise": "bientôt"}, "loan.handover_required"),
        ({"Date de remise": "06/10/2031"}, "loan.date_in_future"),
        ({"N° inv.": ""}, "item.invalid"),
        ({"N° inv.": "sans"}, "item.invalid"),
        ({"N° inv.": "TOTAL"}, "line.total"),
        ({"Type de matériel": ""}, "item.unknown"),
    ],
)
async def test_a_line_goes_in_whole_or_not_at_all(cells: dict[str, str], code: str) -> None:
    before = await everything()
    _, report = await take(PLAIN | cells)
    assert codes(report) == [(4, code)]
    assert (report.created, sum(report.made.values())) == (0, 0)
    assert await everything() == before


async def test_a_refused_line_holds_no_other_back() -> None:
    """The first line of the pupil is refused for its item: the second tells of them."""
    _, report = await take(PLAIN | {"N° inv.": ""}, numbered("P-2"))
    assert codes(report) == [(4, "item.invalid")]
    assert report.made == {"item": 1, "pupil": 1, "loan": 1}
    assert (await loan_of("P-2")).pupil_id == (await pupil_of("morvan zoe")).id


async def test_a_known_pupil_is_recognised_without_a_date_of_birth() -> None:
    known = {"NOM élève": "EXEMPLE", "Prénom élève": "zoe", "Né(e) le": "", "Établissement": ""}
    _, report = await take(PLAIN | known)
    assert report.rejected == []
    assert report.made == {"item": 1, "loan": 1}
    assert (await loan_of("P-1")).pupil_id == cast.CHILD
    (told,) = [each.detail for each in report.warnings if each.code == "pupil.named_alone"]
    assert "exemple" not in told.casefold()
    _, report = await take(numbered("P-2", known | {"Établissement": cast.COLLEGE}))
    assert codes(report) == [(4, "pupil.two_schools")]


async def test_a_pupil_of_two_lines_attends_one_school() -> None:
    _, report = await take(PLAIN, numbered("P-2", {"Établissement": cast.COLLEGE}))
    assert codes(report) == [(5, "pupil.two_schools")]
    assert report.made == {"item": 1, "pupil": 1, "loan": 1}


async def test_what_is_worked_out_is_told() -> None:
    about = {"Date de remise": "rentrée 2025", "Convention signée (O/N)": "O"}
    _, report = await take(
        PLAIN | about | {"Type de matériel": "", "Marque": "HP"},
        numbered("P-2", {"Date de remise": "sept. 2025", "Convention signée (O/N)": "", "Né(e) le": "05/03/2015"}),
    )
    assert report.rejected == []
    assert [(await loan_of(number)).handed_over_on for number in ("P-1", "P-2")] == [date(2025, 9, 1)] * 2
    paper = (await loan_of("P-1")).paper
    assert paper is not None
    assert paper.signed_on == date(2025, 9, 1)
    assert (await find_item("P-1", actor=cast.MANAGER)).designation == "HP"
    told = {each.code for each in report.warnings}
    assert told >= {
        "loan.day_worked_out",
        "loan.signature_day_unknown",
        "loan.signature_unknown",
        "item.named_by_brand",
    }


async def test_a_bad_cell_that_a_loan_may_do_without_is_set_aside() -> None:
    _, report = await take(
        PLAIN | {"Fin de convention": "01/09/2020", "Notif. MDPH du": "jadis", "Convention signée (O/N)": "peut-être"}
    )
    assert report.rejected == []
    assert {each.column for each in report.left} == {
        "Fin de la convention",
        "Notification du",
        "Convention signée (oui ou non)",
    }
    assert (await loan_of("P-1")).ends_on is None


async def test_an_item_that_nobody_has_is_in_stock_and_its_loan_cells_are_told() -> None:
    nobody = {"NOM élève": "", "Prénom élève": "", "Né(e) le": ""}
    _, report = await take(
        PLAIN | nobody | {"Établissement": "", "Date de remise": "", "Fin de convention": ""},
        numbered("P-2", nobody | {"Établissement": ""}),
    )
    assert report.rejected == []
    assert report.made == {"item": 2}
    assert (await find_item("P-2", actor=cast.MANAGER)).status is ItemStatus.IN_STOCK
    assert {(each.line, each.cell) for each in report.left} == {
        (4, "N"),
        (5, "N"),
        (5, "06/10/2025"),
        (5, "04/07/2027"),
    }


async def test_a_loan_that_is_over_is_not_taken_over() -> None:
    """Its item is in stock; one that is to come back on a day ahead is out until then."""
    ahead = {"Fin de convention": "", "Date de retour": "03/07/2027", "Prénom élève": "Yann"}
    _, report = await take(PLAIN | {"Date de retour": "30/06/2026"}, numbered("P-2", ahead))
    assert report.rejected == []
    assert report.made == {"item": 2, "pupil": 2, "loan": 1}
    assert (await find_item("P-1", actor=cast.MANAGER)).status is ItemStatus.IN_STOCK
    assert (4, "30/06/2026") in {(each.line, each.cell) for each in report.left}
    assert (await loan_of("P-2")).ends_on == date(2027, 7, 3)
    _, report = await take(numbered("P-2", ahead | {"Date de retour": "01/09/2026"}))
    assert "loan.known_returned" in {each.code for each in report.warnings}


async def test_a_return_that_comes_before_its_loan_stops_nothing() -> None:
    ahead = {"Date de remise": "06/10/2031", "Fin de convention": "", "Date de retour": "06/10/2030"}
    _, report = await take(PLAIN | ahead, numbered("P-2"))
    assert codes(report) == [(4, "loan.date_in_future")]
    assert report.made == {"item": 1, "pupil": 1, "loan": 1}


@pytest.mark.parametrize("word", ["STOCK", "en stock", "-", "Disponible", "EN PANNE"])
async def test_a_word_that_is_no_pupil_says_that_nobody_has_it(word: str) -> None:
    stored = {"Prénom élève": "", "Né(e) le": "", "Date de remise": "", "Fin de convention": ""}
    _, report = await take(PLAIN | stored | {"NOM élève": word, "Convention signée (O/N)": "", "Établissement": ""})
    assert report.rejected == []
    assert report.made == {"item": 1}
    assert [(each.column, each.cell) for each in report.left] == [("Nom", word)]


async def test_what_a_school_shares_is_a_deposit_and_never_in_a_private_one() -> None:
    nobody = {"NOM élève": "", "Prénom élève": "", "Né(e) le": ""}
    _, report = await take(PLAIN | nobody, numbered("P-2", nobody | {"Établissement": cast.PRIVATE}))
    assert codes(report) == [(5, "loan.refused")]
    loan = await loan_of("P-1")
    assert (loan.usage, loan.custody, loan.school_uai) == (Usage.SHARED, Custody.SCHOOL, cast.BAULON)
    assert (await find_item("P-1", actor=cast.MANAGER)).status is ItemStatus.DEPOSITED


async def test_an_item_that_stays_at_school_is_told_by_its_column() -> None:
    _, report = await take(PLAIN | {"Garde": "école"}, numbered("P-2", {"Garde": "à la cave"}))
    assert (await loan_of("P-1")).custody is Custody.SCHOOL
    assert [(each.line, each.column) for each in report.left] == [(5, "Domicile ou école")]


async def test_an_item_that_somebody_else_has_is_not_taken_over() -> None:
    await take(PLAIN)
    _, report = await take(PLAIN | {"Prénom élève": "Yann"})
    assert codes(report) == [(4, "loan.held_by_another")]
    _, report = await take(PLAIN | {"Date de remise": "01/12/2025"})
    assert (report.rejected, report.unchanged) == ([], 1)
    assert [each.code for each in report.warnings if each.code.startswith("loan.")] == ["loan.known_differs"]


async def test_the_same_park_twice_changes_nothing() -> None:
    lines = (PLAIN, numbered("P-2"), numbered("P-3", {"NOM élève": "", "Prénom élève": "", "Né(e) le": ""}))
    await take(*lines)
    before = await everything()
    _, report = await take(*lines)
    assert (report.created, report.updated, report.unchanged, report.rejected) == (0, 0, 3, [])
    assert await everything() == before


async def test_a_list_of_loans_takes_over_those_of_known_items_and_leaves_the_items() -> None:
    _, report = await take(
        numbered("35-2026-00001", {"Type de matériel": "Autre chose"}),
        numbered("35-2026-00099"),
        kind=ImportKind.LOANS,
    )
    assert codes(report) == [(5, "item.unknown")]
    assert report.made == {"pupil": 1, "loan": 1}
    assert "Type de matériel" in report.ignored
    item = await find_item("35-2026-00001", actor=cast.MANAGER)
    assert (item.designation, item.status) == ("Ordinateur portable", ItemStatus.ON_LOAN)


async def test_an_examination_writes_nothing_and_tells_the_same() -> None:
    before = await everything()
    lines = (PLAIN, numbered("P-2"), numbered("P-3", {"Établissement": cast.IME, "NOM élève": "Bel"}))
    file = await examine_file(ImportKind.INVENTORY, "parc.csv", park(*lines), actor=cast.MANAGER, now=cast.NOW)
    looked = await report_of(file)
    assert await everything() == before
    assert looked.made == {"item": 2, "pupil": 1, "loan": 1}
    await confirm_import(file.id, actor=cast.MANAGER, now=cast.NOW)
    assert await run()
    done = await report_of(file)
    assert (done.made, codes(done)) == (looked.made, codes(looked))


async def test_an_undone_park_leaves_the_base_as_it_was() -> None:
    known = numbered("35-2026-00001", {"Type de matériel": "Ordinateur corrigé", "NOM élève": "Exemple"})
    known |= {"Prénom élève": "Zoé", "Né(e) le": "04/05/2016"}
    unsaid = numbered("35-2026-00002", {"Type de matériel": "", "NOM élève": "Bel"})
    before = await everything()
    file, report = await take(PLAIN, numbered("P-2"), known, unsaid)
    assert report.made == {"item": 2, "pupil": 2, "loan": 3}
    assert (await find_item("35-2026-00002", actor=cast.MANAGER)).status is ItemStatus.ON_LOAN
    await undone(file)
    assert await everything() == before
    assert (await get_import(file.id, actor=cast.MANAGER, now=cast.NOW)).state is ImportState.UNDONE
    _, report = await take(PLAIN, numbered("P-2"), known, unsaid)
    assert report.made == {"item": 2, "pupil": 2, "loan": 3}


async def test_a_loan_that_a_campaign_only_looked_at_is_taken_back_with_its_line() -> None:
    file, _ = await take(PLAIN)
    asked = OpenCampaign(kind=CampaignKind.RENEWAL, school_year=2027)
    opened = await open_campaign(asked, issuer=cast.ISSUER)
    await run()
    assert len(await list_campaign_lines(opened.campaign.id, actor=cast.MANAGER, limit=9)) == 1
    await undone(file)
    assert (await get_import(file.id, actor=cast.MANAGER, now=cast.NOW)).state is ImportState.UNDONE
    assert await list_campaign_lines(opened.campaign.id, actor=cast.MANAGER, limit=9) == []


async def bring_back(number: str) -> None:
    loan = await loan_of(number)
    item = await find_item(number, actor=cast.MANAGER)
    command = TakeBack(
        loan_id=loan.id, returned_on=cast.TODAY, items=(ReturnedItem(item_id=item.id, condition=Condition.GOOD),)
    )
    await take_back(command, issuer=cast.ISSUER)


async def test_a_loan_that_went_on_keeps_the_whole_import() -> None:
    file, _ = await take(PLAIN, numbered("P-2", {"Né(e) le": "05/03/2015"}))
    await bring_back("P-1")
    before = await everything()
    with refused(Conflict, "import.in_use") as caught:
        await undo_import(file.id, actor=cast.MANAGER, now=cast.NOW)
    told = {(each["kind"], each["why"]) for each in caught.value.facts["in_use"]}
    assert ("loan", Dependence.CHANGED.value) in told
    assert "Morvan" not in caught.value.message
    assert await everything() == before


async def test_a_loan_used_while_the_undoing_runs_is_left_with_its_item_and_its_pupil(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    known = numbered("35-2026-00001", {"Type de matériel": "", "NOM élève": "Bel"})
    file, _ = await take(PLAIN, known)
    written, asked = import_changes.written, []

    async def meddle(*args: Any, **said: Any) -> Any:
        if not asked:
            await bring_back("35-2026-00001")
        asked.append(1)
        return await written(*args, **said)

    monkeypatch.setattr(import_changes, "written", meddle)
    await undone(file)
    look = await look_at_undo(file.id, actor=cast.MANAGER, now=cast.NOW)
    # The loan, its item and its pupil.
    assert (look.figures.left, look.figures.removed) == (3, 3)
    assert await pupil_of("bel zoe")
    assert (await find_item("35-2026-00001", actor=cast.MANAGER)).status is ItemStatus.TO_PREPARE


MANY = tuple(numbered(f"P-{n}", {"Prénom élève": f"Zoé{n // 2}"}) for n in range(2 * LINES_AT_ONCE - 1, -1, -1))


async def test_an_import_cut_short_makes_each_loan_once(monkeypatch: pytest.MonkeyPatch) -> None:
    before = await everything()
    # Of one pupil on the first line and on the last: the loan is made before the cut, and has one more item after.
    nobody = {"NOM élève": "", "Prénom élève": "", "Né(e) le": ""}
    first = (numbered("P-A"), numbered("S-A", nobody))
    lines = (*first, *MANY, numbered("P-B"), numbered("S-B", nobody))
    file = await examine_file(ImportKind.INVENTORY, "parc.csv", park(*lines), actor=cast.MANAGER, now=cast.NOW)
    await confirm_import(file.id, actor=cast.MANAGER, now=cast.NOW)
    add, batches = import_changes.add, []

    async def die(*args: Any) -> None:
        if len(batches) == 1:
            await cut()
        batches.append(1)
        await add(*args)

    monkeypatch.setattr(import_changes, "add", die)
    await is_cut_short(run(worker="dead"))
    monkeypatch.setattr(import_changes, "add", add)
    assert await run(cast.NOW + LEASE + timedelta(seconds=1), "w2")
    report = await report_of(file)
    assert report.rejected == []
    assert report.made == {"item": 2 * LINES_AT_ONCE + 4, "pupil": LINES_AT_ONCE + 1, "loan": LINES_AT_ONCE + 2}
    assert report.created == 2 * LINES_AT_ONCE + 4
    assert len((await loan_of("P-A")).items) == 2
    assert (await loan_of("P-B")).id == (await loan_of("P-A")).id
    assert (await loan_of("S-B")).id == (await loan_of("S-A")).id
    await undone(file)
    assert await everything() == before


LONG = tuple(numbered(f"P-{n}", {"Prénom élève": f"Zoé{n // 2}"}) for n in range(3 * LINES_AT_ONCE))


async def test_a_slow_machine_imports_and_undoes_the_same_by_smaller_batches(
    transactions: list[Weight], monkeypatch: pytest.MonkeyPatch
) -> None:
    before = await everything()
    monkeypatch.setattr(turns, "LONGEST_HOLD", 0.0)
    file = await examine_file(ImportKind.INVENTORY, "parc.csv", park(*LONG), actor=cast.MANAGER, now=cast.NOW)
    await confirm_import(file.id, actor=cast.MANAGER, now=cast.NOW)
    transactions.clear()
    assert await run()
    # The next lines are read already while a batch is written: two whole ones, then halves.
    assert len([each for each in transactions if each.values > 1_000]) == 4
    report = await report_of(file)
    assert (report.rejected, report.created) == ([], 3 * LINES_AT_ONCE)
    assert report.made == {"item": 3 * LINES_AT_ONCE, "pupil": 3 * LINES_AT_ONCE // 2, "loan": 3 * LINES_AT_ONCE // 2}
    await undone(file)
    assert await everything() == before


async def test_an_import_cut_short_at_its_end_tells_all_that_it_made(monkeypatch: pytest.MonkeyPatch) -> None:
    file = await examine_file(ImportKind.INVENTORY, "parc.csv", park(PLAIN), actor=cast.MANAGER, now=cast.NOW)
    await confirm_import(file.id, actor=cast.MANAGER, now=cast.NOW)
    keep_longer = import_files.keep_longer

    async def die(*args: Any) -> None:
        await cut()

    monkeypatch.setattr(import_files, "keep_longer", die)
    await is_cut_short(run(worker="dead"))
    monkeypatch.setattr(import_files, "keep_longer", keep_longer)
    assert await run(cast.NOW + LEASE + timedelta(seconds=1), "w2")
    report = await report_of(file)
    assert (report.created, report.made) == (1, {"item": 1, "pupil": 1, "loan": 1})


async def test_an_undoing_cut_short_is_taken_up(monkeypatch: pytest.MonkeyPatch) -> None:
    before = await everything()
    file, _ = await take(*MANY)
    await undo_import(file.id, actor=cast.MANAGER, now=cast.NOW)
    written, batches = import_changes.written, []

    async def die(*args: Any, **asked: Any) -> Any:
        if len(batches) == 3:
            await cut()
        batches.append(1)
        return await written(*args, **asked)

    monkeypatch.setattr(import_changes, "written", die)
    await is_cut_short(run(worker="dead"))
    monkeypatch.setattr(import_changes, "written", written)
    assert await run(cast.NOW + LEASE + timedelta(seconds=1), "w2")
    assert await everything() == before
