"""The pupils whom a file says to be in another school: told by the import, moved by the rules of the single move."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from uuid import UUID

import pytest
from tests.stage.refusals import refused
from tests.use_cases import loan_cast as cast

from materiel.domain.imports.import_file import ImportKind
from materiel.domain.item.item import Condition
from materiel.domain.loan.moves import MoveOutcome
from materiel.domain.loan.steps import HandedItem
from materiel.domain.papers.document import DocumentKind
from materiel.domain.usage import Custody
from materiel.errors import NotFound, PermissionDenied, RuleBroken
from materiel.exchange.report import FileReport, ReportedMove
from materiel.store.engine.database import fetch, write_transaction
from materiel.store.loan import loan as loans
from materiel.store.people import pupil as pupils
from materiel.use_cases.desk.pupil_moves import OfferedMoves, StartMoves, move_all, moves_wanted, offered
from materiel.use_cases.imports.import_file import confirm_import, examine_file, get_import
from materiel.use_cases.imports.pupils import import_pupils
from materiel.use_cases.imports.undoing import look_at_undo, undo_import
from materiel.use_cases.loan.moves import MovePupil, look_at_moves, move_pupil
from materiel.use_cases.loan.steps import HandOver, hand_over, issue_loan
from materiel.use_cases.people.pupil import UpdatePupil, update_pupil
from materiel.use_cases.work.job import run_next
from materiel.use_cases.worker import HANDLERS

HEADER = "Nom;Prénom;Date de naissance;UAI;Adresse;Code postal;Ville"
CHILD_LINE = "EXEMPLE;Zoé;04/05/2016;{};3 rue des Lilas;35580;Baulon"
ADULT_LINE = "Modele;ilan;15/01/2008;{};8 place du Marché;35580;Baulon"
NEW_LINE = "Nouveau;Paul;01/02/2015;{};1 rue;35580;Baulon"


@pytest.fixture(autouse=True)
async def _cast(db: object) -> None:
    await cast.set_up()


def table(*lines: str) -> bytes:
    return "\n".join([HEADER, *lines, ""]).encode()


async def told_by(*lines: str, dry_run: bool = True) -> FileReport:
    return await import_pupils(table(*lines), actor=cast.MANAGER, now=cast.NOW, dry_run=dry_run)


async def looked_at(school: str, on: date = cast.TODAY) -> OfferedMoves:
    report = await told_by(CHILD_LINE.format(school))
    return await offered(report.moves, on, actor=cast.MANAGER, today=cast.TODAY)


async def wanted_of(file_id: UUID, command: StartMoves) -> list[MovePupil]:
    moves = (await get_import(file_id, actor=cast.MANAGER, now=cast.NOW)).moves
    return await moves_wanted(moves, command, actor=cast.MANAGER, today=cast.TODAY)


async def school_of(pupil_id: UUID) -> str:
    return (await pupils.get(pupil_id, cast.SERVICE)).school_uai


async def lent(custody: Custody, item_id: UUID = cast.LAPTOP) -> UUID:
    """A loan of Zoé's, issued and handed over."""
    loan_id = await cast.a_draft(items=(item_id,), custody=custody)
    await issue_loan(loan_id, issuer=cast.ISSUER)
    handed = (HandedItem(item_id=item_id, condition=Condition.GOOD),)
    await hand_over(HandOver(loan_id=loan_id, handed_over_on=cast.TODAY, items=handed), issuer=cast.ISSUER)
    return loan_id


@pytest.mark.parametrize("dry_run", [True, False])
async def test_a_known_pupil_in_another_school_is_told_and_left_where_the_record_says(dry_run: bool) -> None:
    report = await told_by(CHILD_LINE.format(cast.COLLEGE), ADULT_LINE.format(cast.COLLEGE), dry_run=dry_run)
    assert (report.read, report.created, report.unchanged, report.moving) == (2, 0, 1, 1)
    assert report.moves == [ReportedMove(line=2, pupil=str(cast.CHILD), before=cast.BAULON, after=cast.COLLEGE)]
    assert report.rejected == []
    assert await school_of(cast.CHILD) == cast.BAULON


async def test_the_figures_count_every_line_once() -> None:
    report = await told_by(
        CHILD_LINE.format(cast.COLLEGE),
        NEW_LINE.format(cast.CARDROC),
        ADULT_LINE.format("0359999Z"),
        "Fictif;Noé;01/02/2014;0352069J;1 rue;35580;Baulon",
    )
    counted = (report.created, report.updated, report.unchanged, len(report.rejected), report.moving)
    assert (report.read, counted) == (4, (1, 0, 1, 1, 1))


async def test_a_pupil_written_twice_with_two_schools_is_not_moved_by_guess() -> None:
    report = await told_by(
        CHILD_LINE.format(cast.COLLEGE), *[NEW_LINE.format(cast.CARDROC)] * 60, CHILD_LINE.format(cast.CARDROC)
    )
    assert (report.moves, report.moving) == ([], 0)
    two = [(each.line, each.detail) for each in report.rejected if each.code == "pupil.two_schools"]
    assert [line for line, _ in two] == [2, 63]
    assert f"ligne 63 du fichier, dans un autre établissement ({cast.CARDROC})" in two[0][1]
    assert f"ligne 2 du fichier, dans un autre établissement ({cast.COLLEGE})" in two[1][1]
    assert report.read == 62 == report.created + len(report.rejected)


async def test_a_second_line_that_says_the_present_school_keeps_the_pupil_too() -> None:
    report = await told_by(CHILD_LINE.format(cast.COLLEGE), CHILD_LINE.format(cast.BAULON))
    assert (report.moves, len(report.rejected)) == ([], 2)
    report = await told_by(CHILD_LINE.format(cast.COLLEGE), CHILD_LINE.format(cast.COLLEGE))
    assert (len(report.moves), [each.code for each in report.rejected]) == (1, ["pupil.duplicate"])


async def test_one_of_two_namesakes_is_not_moved_by_guess() -> None:
    async with write_transaction():
        twin = replace(cast.a_child(), id=UUID(int=7), school_uai=cast.CARDROC, representatives=())
        await pupils.insert(twin, cast.NOW)
    report = await told_by(CHILD_LINE.format(cast.COLLEGE))
    assert [(each.line, each.code) for each in report.rejected] == [(2, "pupil.namesakes")]
    assert report.moves == []
    report = await told_by(CHILD_LINE.format(cast.CARDROC))
    assert (report.unchanged, report.rejected, report.moves) == (1, [], [])


async def test_without_a_loan_the_record_alone_changes() -> None:
    look = await looked_at(cast.COLLEGE)
    (move,) = look.moves
    assert (move.outcome, move.documents, move.line) == (MoveOutcome.RECORD, (), 2)
    assert "seule la fiche change" in move.why
    done = await move_pupil(move.planned.asked, issuer=cast.ISSUER)
    assert (done.applied, await school_of(cast.CHILD)) == ((), cast.COLLEGE)
    noted = await fetch("SELECT details FROM journal WHERE action = 'pupil.school_changed'")
    assert [f'"{cast.COLLEGE}"' in row["details"] for row in noted] == [True]


async def test_what_went_home_makes_a_notice_to_the_new_head_or_mayor() -> None:
    loan_id = await lent(Custody.HOME)
    (to_college,), (to_ecole,) = (await looked_at(cast.COLLEGE)).moves, (await looked_at(cast.CARDROC)).moves
    assert (to_college.outcome, to_college.documents) == (MoveOutcome.NOTICE, (DocumentKind.NOTICE,))
    assert to_college.why.startswith("Notification au chef d'établissement.")
    assert to_ecole.why.startswith("Notification au maire de Cardroc.")
    (to_private,) = (await looked_at(cast.PRIVATE)).moves
    assert (to_private.outcome, to_private.why[:40]) == (MoveOutcome.NOTICE, "Notification au chef d'établissement.")
    done = await move_pupil(to_college.planned.asked, issuer=cast.ISSUER)
    assert [each.kind for one in done.applied for each in one.made] == [DocumentKind.NOTICE]
    assert (await loans.get(loan_id, cast.SERVICE)).school_uai == await school_of(cast.CHILD) == cast.COLLEGE


async def test_what_stays_at_school_needs_a_new_tripartite_agreement_from_the_day_of_the_move() -> None:
    loan_id = await lent(Custody.SCHOOL)
    (move,) = (await looked_at(cast.COLLEGE)).moves
    kinds = (DocumentKind.RETURN_RECEIPT, DocumentKind.TRIPARTITE_AGREEMENT)
    assert (move.outcome, move.documents) == (MoveOutcome.AGREEMENT, kinds)
    assert "convention tripartite de prêt et de dépôt" in move.why
    done = await move_pupil(move.planned.asked, issuer=cast.ISSUER)
    made = [each for one in done.applied for each in one.made]
    assert tuple(each.kind for each in made) == kinds
    assert made[1].takes_effect_on == cast.TODAY
    assert (await loans.get(loan_id, cast.SERVICE)).school_uai == cast.COLLEGE


async def test_every_loan_of_the_pupil_follows_each_from_its_own_first_day() -> None:
    await lent(Custody.HOME)
    to_come = cast.TODAY + timedelta(days=20)
    draft = await cast.a_draft(items=(cast.KEYBOARD,), starts_on=to_come)
    (move,) = (await looked_at(cast.COLLEGE)).moves
    assert (move.outcome, len(move.planned.plans)) == (MoveOutcome.NOTICE, 2)
    assert "À partir du 27 septembre 2026, premier jour du prêt." in move.why
    done = await move_pupil(move.planned.asked, issuer=cast.ISSUER)
    assert [len(each.made) for each in done.applied] == [1, 0]
    assert (await loans.get(draft, cast.SERVICE)).school_uai == cast.COLLEGE


async def test_a_draft_follows_without_a_paper() -> None:
    await cast.a_draft()
    (move,) = (await looked_at(cast.PRIVATE)).moves
    assert (move.outcome, move.why) == (MoveOutcome.RECORD, "Le prêt en préparation suit, sans document.")


async def refusal_of(school: str) -> str:
    """The code with which the look and the act alike refuse to move Zoé; nothing is changed."""
    (move,) = (await looked_at(school)).moves
    assert move.planned.refusal is not None
    assert (move.outcome, move.is_possible, move.documents) == (MoveOutcome.REFUSED, False, ())
    assert move.why == move.planned.refusal.message
    with refused(type(move.planned.refusal), move.planned.refusal.code):
        await move_pupil(move.planned.asked, issuer=cast.ISSUER)
    assert await school_of(cast.CHILD) == cast.BAULON
    return move.planned.refusal.code


async def test_what_the_texts_exclude_does_not_follow() -> None:
    await lent(Custody.HOME)
    assert await refusal_of(cast.IME) == "loan.refused"
    await fetch(f"UPDATE school SET computed_kind = 'private_no_contract' WHERE uai = '{cast.PRIVATE}'")
    assert await refusal_of(cast.PRIVATE) == "loan.refused"


async def test_another_academie_asks_for_the_item_back() -> None:
    await lent(Custody.HOME)
    await fetch(f"UPDATE school SET academie = '10' WHERE uai = '{cast.COLLEGE}'")
    assert await refusal_of(cast.COLLEGE) == "loan.leaves_academie"


async def test_nobody_goes_to_a_closed_school_nor_to_one_that_nobody_knows() -> None:
    await fetch(f"UPDATE school SET is_open = FALSE WHERE uai = '{cast.COLLEGE}'")
    assert await refusal_of(cast.COLLEGE) == "pupil.school_closed"
    report = await told_by(CHILD_LINE.format("0350001Z"))
    assert (report.moves, [each.code for each in report.rejected]) == ([], ["pupil.invalid"])
    asked = MovePupil(pupil_id=cast.CHILD, school="0350001Z", effective_on=cast.TODAY)
    with refused(NotFound, "school.not_found"):
        await move_pupil(asked, issuer=cast.ISSUER)


async def test_one_loan_that_cannot_follow_keeps_them_all_and_is_named() -> None:
    home, school = await lent(Custody.HOME), await lent(Custody.SCHOOL, cast.BRAILLE)
    async with write_transaction():
        await pupils.save(replace(await pupils.get(cast.CHILD, cast.SERVICE), disagreement=True))
    assert await refusal_of(cast.COLLEGE) == "loan.other_cannot_follow"
    for each in (home, school):
        assert (await loans.get(each, cast.SERVICE)).school_uai == cast.BAULON


async def test_a_move_of_the_future_and_that_of_the_dead_are_refused() -> None:
    asked = MovePupil(pupil_id=cast.CHILD, school=cast.COLLEGE, effective_on=cast.TODAY + timedelta(days=1))
    with refused(RuleBroken, "pupil.move_in_future"):
        await move_pupil(asked, issuer=cast.ISSUER)
    pupil = await pupils.get(cast.CHILD, cast.SERVICE)
    command = UpdatePupil(pupil_id=cast.CHILD, version=pupil.version, died_on=cast.TODAY)
    await update_pupil(command, actor=cast.MANAGER, now=cast.NOW)
    assert await refusal_of(cast.COLLEGE) == "pupil.deceased"


async def test_a_pupil_who_went_elsewhere_since_the_file_was_read_stays_there() -> None:
    (move,) = (await looked_at(cast.COLLEGE)).moves
    away = MovePupil(pupil_id=cast.CHILD, school=cast.CARDROC, effective_on=cast.TODAY)
    await move_pupil(away, issuer=cast.ISSUER)
    with refused(RuleBroken, "pupil.elsewhere"):
        await move_pupil(move.planned.asked, issuer=cast.ISSUER)
    assert await school_of(cast.CHILD) == cast.CARDROC


async def test_a_move_done_again_does_nothing() -> None:
    await lent(Custody.SCHOOL)
    report = await told_by(CHILD_LINE.format(cast.COLLEGE))
    dry = await move_all(report.moves, cast.TODAY, issuer=cast.ISSUER, dry_run=True)
    assert ((dry.agreements, dry.papers), await school_of(cast.CHILD)) == ((1, 2), cast.BAULON)
    first = await move_all(report.moves, cast.TODAY, issuer=cast.ISSUER)
    papers = await fetch("SELECT id FROM document")
    again = await move_all(report.moves, cast.TODAY, issuer=cast.ISSUER)
    assert (first, (again.moved, again.there, again.papers)) == (dry, (0, 1, 0))
    assert len(await fetch("SELECT id FROM document")) == len(papers)
    look = await offered(report.moves, cast.TODAY, actor=cast.MANAGER, today=cast.TODAY)
    assert ([each.outcome for each in look.moves], look.possible) == ([MoveOutcome.DONE], [])


async def test_another_service_looks_at_nothing_and_moves_nobody() -> None:
    asked = MovePupil(pupil_id=cast.CHILD, school=cast.COLLEGE, effective_on=cast.TODAY)
    assert await look_at_moves([asked], actor=cast.STRANGER, today=cast.TODAY) == []
    stranger = replace(cast.ISSUER, actor=cast.STRANGER)
    with refused(NotFound, "pupil.not_found"):
        await move_pupil(asked, issuer=stranger)
    with pytest.raises(PermissionDenied):
        await move_pupil(asked, issuer=replace(cast.ISSUER, actor=cast.READER))


async def test_the_moves_of_a_file_are_read_before_and_after_its_import_and_not_undone_with_it() -> None:
    await lent(Custody.HOME)
    data = table(CHILD_LINE.format(cast.COLLEGE), NEW_LINE.format(cast.CARDROC))
    file = await examine_file(ImportKind.PUPILS, "eleves.csv", data, actor=cast.MANAGER, now=cast.NOW)
    asked = {"actor": cast.MANAGER, "now": cast.NOW}
    assert len((await get_import(file.id, **asked)).moves) == 1
    await confirm_import(file.id, **asked)
    assert await run_next("w1", HANDLERS, clock=lambda: cast.NOW)
    (wanted,) = await wanted_of(file.id, StartMoves(on=cast.TODAY))
    await move_pupil(wanted, issuer=cast.ISSUER)
    look = await look_at_undo(file.id, **asked)
    assert (look.figures.made, look.held_back) == (1, ())
    await undo_import(file.id, **asked)
    assert await run_next("w1", HANDLERS, clock=lambda: cast.NOW)
    assert await school_of(cast.CHILD) == cast.COLLEGE
    assert (await get_import(file.id, **asked)).moves == ()


async def test_only_those_whom_the_file_moves_are_asked_for() -> None:
    data = table(CHILD_LINE.format(cast.COLLEGE))
    file = await examine_file(ImportKind.PUPILS, "eleves.csv", data, actor=cast.MANAGER, now=cast.NOW)
    chosen = StartMoves(on=cast.TODAY, pupils=(cast.CHILD, cast.CHILD))
    (wanted,) = await wanted_of(file.id, chosen)
    assert (wanted.pupil_id, wanted.school, wanted.former) == (cast.CHILD, cast.COLLEGE, cast.BAULON)
    with refused(RuleBroken, "import.not_moving"):
        await wanted_of(file.id, StartMoves(on=cast.TODAY, pupils=(cast.CHILD, cast.ADULT)))
