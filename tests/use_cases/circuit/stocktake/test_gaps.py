"""Gaps become acts; the silent are asked; the closing freezes what is known and keeps a sealed report."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from uuid import UUID

import page as validator
import pypdfium2
import pytest
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko_certvalidator import ValidationContext
from tests.stage import family_cast as family
from tests.stage.refusals import refused
from tests.stage.seal_cast import SUBJECT, Authority, a_press
from tests.use_cases import loan_cast as cast
from tests.use_cases.circuit.stocktake.stocktake_cast import UNTIL, counted, figures, opened, result
from tests.use_cases.signing.test_signed_copy import behind_the_triggers

from materiel.domain.circuit.stocktake import NO_PLACE, GapAct, SightedBy, StocktakeResult
from materiel.domain.incident.incident import IncidentKind
from materiel.domain.language.french import long_date
from materiel.domain.links.access_link import FamilyPerson
from materiel.domain.loan.steps import HandedItem
from materiel.domain.usage import Custody, Usage
from materiel.domain.work.outbox import Purpose
from materiel.domain.work.pause import PauseReason
from materiel.errors import Conflict, NotFound, PermissionDenied, RuleBroken
from materiel.store.engine.database import fetch, is_postgres
from materiel.store.history.search import search
from materiel.store.incident import incident as incidents
from materiel.store.links import access_link as links
from materiel.store.work import outbox
from materiel.use_cases.circuit.stocktake.asking import AskPlaces, ask_places
from materiel.use_cases.circuit.stocktake.gaps import SettleGap, settle_gap
from materiel.use_cases.circuit.stocktake.opening import read_line, read_stocktake
from materiel.use_cases.history.journal import verify_history
from materiel.use_cases.item.item import get_item
from materiel.use_cases.item.place import set_places
from materiel.use_cases.links.access_link import person_of_link
from materiel.use_cases.loan.loan import get_loan
from materiel.use_cases.loan.steps import HandOver, hand_over, issue_loan
from materiel.use_cases.signing.signed_copy import Press
from materiel.use_cases.signing.stocktake_report import (
    CloseStocktake,
    close_stocktake,
    draft_report,
    stocktake_report,
)
from materiel.use_cases.visitors.family import family_home
from materiel.use_cases.visitors.having import answer_by_family, asked_of_family
from materiel.use_cases.work.pause import PauseLoan, lift_loan_pause, pause_loan

LATER = cast.NOW + timedelta(days=1)


def words(pdf: bytes) -> str:
    """What a PDF says, with plain blanks and apostrophes."""
    document = pypdfium2.PdfDocument(pdf)
    text = " ".join(page.get_textpage().get_text_range() for page in document)
    document.close()
    return " ".join(text.replace("’", "'").split())


@pytest.fixture
async def _cast(db: object) -> None:
    await family.set_up()


@pytest.fixture
def press(tmp_path: Path) -> Press:
    return Press(certificate_file=None, password="", tsa_url="", data_dir=tmp_path)


pytestmark = pytest.mark.usefixtures("_cast")


async def lent(items: tuple[UUID, ...] = (cast.LAPTOP,)) -> UUID:
    """What Noé, who has two parents with addresses, has at home."""
    loan_id = await cast.a_draft(pupil=cast.TWO_HOMES, school=cast.PRIVATE, items=items)
    await issue_loan(loan_id, issuer=cast.ISSUER)
    lines = (await get_loan(loan_id, actor=cast.MANAGER)).loan.open_items
    handed = tuple(HandedItem(item_id=each.item_id) for each in lines)
    await hand_over(HandOver(loan_id=loan_id, handed_over_on=cast.TODAY, items=handed), issuer=cast.ISSUER)
    return loan_id


async def a_parent() -> FamilyPerson:
    """A parent of Noé's, behind the link of the last letter."""
    (link, *_) = [each for each in await links.of_pupil(cast.TWO_HOMES) if each.email == family.LISE][::-1]
    return await person_of_link(link.id, now=LATER)


async def settled(stocktake_id: UUID, item_id: UUID, act: GapAct, **said: object) -> StocktakeResult:
    command = SettleGap(stocktake_id=stocktake_id, item_id=item_id, act=act, **said)  # type: ignore[arg-type]
    return (await settle_gap(command, issuer=cast.ISSUER)).result


async def test_a_gap_becomes_a_move_an_incident_or_an_answer() -> None:
    await set_places([cast.SPARE, cast.LAST, cast.FM], "Réserve A", actor=cast.MANAGER, now=cast.NOW)
    stocktake = await opened()
    await counted(stocktake, place="Réserve A", complete=True)
    assert (await figures(stocktake)).undecided == 3
    assert await settled(stocktake.id, cast.SPARE, GapAct.MOVED, place="Réserve B") is StocktakeResult.ELSEWHERE
    assert (await get_item(cast.SPARE, actor=cast.MANAGER)).storage_place == "Réserve B"
    await settled(stocktake.id, cast.LAST, GapAct.INCIDENT, note="Disparu de l'armoire")
    (told,) = await incidents.of_item(cast.LAST, cast.SERVICE)
    assert (told.kind, told.happened_on) == (IncidentKind.LOSS, cast.TODAY)
    assert await settled(stocktake.id, cast.FM, GapAct.KEPT, note="Vu à l'atelier") is StocktakeResult.FOUND
    assert (await figures(stocktake)).undecided == 0
    entries = [each for each in await search(cast.SERVICE, limit=50) if each.action == "stocktake.gap_settled"]
    assert {each.details["act"] for each in entries} == {"moved", "incident", "kept"}
    await counted(stocktake, "35-2026-00008")
    assert await result(stocktake, cast.LAST) is StocktakeResult.FOUND
    with refused(Conflict, "stocktake.no_gap"):
        await settled(stocktake.id, cast.LAST, GapAct.KEPT, note="Encore")


async def test_what_lacks_is_told_and_nothing_is_kept() -> None:
    loan_id = await lent()
    stocktake = await opened()
    with refused(RuleBroken, "stocktake.invalid"):
        await settled(stocktake.id, cast.SPARE, GapAct.MOVED)
    with refused(RuleBroken, "stocktake.invalid"):
        await settled(stocktake.id, cast.SPARE, GapAct.ANSWERED)
    with refused(Conflict, "stocktake.item_held"):
        await settled(stocktake.id, cast.LAPTOP, GapAct.MOVED, place="Réserve B")
    with refused(RuleBroken, "stocktake.nobody_to_ask"):
        await settled(stocktake.id, cast.SPARE, GapAct.QUESTION)
    command = SettleGap(stocktake_id=stocktake.id, item_id=cast.SPARE, act=GapAct.KEPT, note="Vu")
    with pytest.raises(PermissionDenied):
        await settle_gap(command, issuer=replace(cast.ISSUER, actor=cast.READER))
    with refused(NotFound, "stocktake.not_found"):
        await settle_gap(command, issuer=replace(cast.ISSUER, actor=cast.STRANGER))
    assert loan_id
    assert (await read_line(stocktake.id, cast.SPARE, actor=cast.READER)).settled is None


async def test_a_family_is_asked_and_says_that_it_has_it_or_does_not_find_it() -> None:
    await lent((cast.LAPTOP, cast.KEYBOARD))
    stocktake = await opened()
    asked = await ask_places(AskPlaces(stocktake_id=stocktake.id), issuer=cast.ISSUER)
    assert (asked.schools, asked.families) == (0, 1)
    letters = [each for each in await outbox.page(cast.SERVICE, limit=50) if each.purpose is Purpose.STOCKTAKE]
    assert len(letters) == 2
    assert all("Noé" not in each.subject for each in letters)
    again = await ask_places(AskPlaces(stocktake_id=stocktake.id), issuer=cast.ISSUER)
    assert again.families == 1
    assert len([each for each in await outbox.page(cast.SERVICE, limit=50) if each.purpose is Purpose.STOCKTAKE]) == 2
    parent = await a_parent()
    home = await family_home(parent)
    (shown,) = home.loans
    questions = await asked_of_family([home])
    assert {each.has_it for each in questions.values()} == {None}
    assert {each.until for each in questions.values()} == {UNTIL}
    for _ in range(2):
        await answer_by_family(shown.loan.id, cast.LAPTOP, has_it=True, person=parent, now=LATER)
    await answer_by_family(shown.loan.id, cast.KEYBOARD, has_it=False, person=parent, now=LATER)
    line = await read_line(stocktake.id, cast.LAPTOP, actor=cast.READER)
    assert (line.result, line.seen_by) == (StocktakeResult.FOUND, SightedBy.FAMILY)
    lost = await read_line(stocktake.id, cast.KEYBOARD, actor=cast.READER)
    assert (lost.result, lost.waits) == (StocktakeResult.MISSING, True)
    # A question, and nothing else: nobody is accused.
    assert await incidents.of_item(cast.KEYBOARD, cast.SERVICE) == []
    answers = await asked_of_family([await family_home(parent)])
    assert {item_id: each.has_it for item_id, each in answers.items()} == {cast.LAPTOP: True, cast.KEYBOARD: False}
    actions = [each.action for each in await search(cast.SERVICE, limit=50)]
    assert actions.count("presence.confirmed") == actions.count("presence.not_found") == 1
    await settled(stocktake.id, cast.KEYBOARD, GapAct.QUESTION)
    await answer_by_family(shown.loan.id, cast.KEYBOARD, has_it=True, person=parent, now=LATER)
    assert await result(stocktake, cast.KEYBOARD) is StocktakeResult.FOUND
    with refused(NotFound, "item.not_found"):
        await answer_by_family(shown.loan.id, cast.SPARE, has_it=True, person=parent, now=LATER)


async def test_what_is_not_handed_over_is_not_asked() -> None:
    loan_id = await cast.a_draft(pupil=cast.TWO_HOMES, school=cast.PRIVATE)
    await issue_loan(loan_id, issuer=cast.ISSUER)
    await opened()
    agreement = await family.an_agreement(item=cast.KEYBOARD)
    await family.send(agreement)
    parent = await a_parent()
    assert await asked_of_family([await family_home(parent)]) == {}
    with refused(NotFound, "item.not_found"):
        await answer_by_family(loan_id, cast.LAPTOP, has_it=True, person=parent, now=LATER)


async def test_the_family_of_a_dead_child_is_neither_written_to_nor_to_be_called() -> None:
    """E29: not even the manager is told to call them about it, as those who have no address are."""
    await lent()
    stocktake = await opened()
    await family.change_pupil(died_on=cast.TODAY)
    asked = await ask_places(AskPlaces(stocktake_id=stocktake.id), issuer=cast.ISSUER)
    assert (asked.families, asked.left) == (0, ())
    with refused(RuleBroken, "pupil.deceased"):
        await settled(stocktake.id, cast.LAPTOP, GapAct.QUESTION)
    assert [each for each in await outbox.page(cast.SERVICE, limit=9) if each.purpose is Purpose.STOCKTAKE] == []


async def test_what_a_dead_child_has_at_school_is_not_asked_of_the_school() -> None:
    loan_id = await cast.a_draft(pupil=cast.ADULT, school=cast.COLLEGE, custody=Custody.SCHOOL, items=(cast.BRAILLE,))
    await issue_loan(loan_id, issuer=cast.ISSUER)
    handed = (HandedItem(item_id=cast.BRAILLE),)
    await hand_over(HandOver(loan_id=loan_id, handed_over_on=cast.TODAY, items=handed), issuer=cast.ISSUER)
    stocktake = await opened()
    await family.change_pupil(cast.ADULT, died_on=cast.TODAY)
    with refused(RuleBroken, "pupil.deceased"):
        await settled(stocktake.id, cast.BRAILLE, GapAct.QUESTION)


async def test_a_disagreement_keeps_a_family_out_of_what_is_asked_in_number() -> None:
    loan_id = await lent()
    stocktake = await opened()
    pause = PauseLoan(loan_id=loan_id, reason=PauseReason.PARENTS)
    await pause_loan(pause, actor=cast.MANAGER, now=cast.NOW)
    asked = await ask_places(AskPlaces(stocktake_id=stocktake.id), issuer=cast.ISSUER)
    assert asked.families == 0
    (left,) = asked.left
    assert left.startswith("1 famille a ses messages en pause")
    # On purpose, about one item, it leaves.
    await settled(stocktake.id, cast.LAPTOP, GapAct.QUESTION)
    assert [each for each in await outbox.page(cast.SERVICE, limit=9) if each.purpose is Purpose.STOCKTAKE]
    await lift_loan_pause(loan_id, actor=cast.MANAGER, now=cast.NOW)
    other = await opened(name="Second")
    assert (await ask_places(AskPlaces(stocktake_id=other.id), issuer=cast.ISSUER)).families == 1


async def test_a_school_is_asked_about_one_item_with_tact() -> None:
    loan_id = await cast.a_draft(
        pupil=None, usage=Usage.SHARED, custody=Custody.SCHOOL, school=cast.COLLEGE, items=(cast.BRAILLE,)
    )
    await issue_loan(loan_id, issuer=cast.ISSUER)
    handed = (HandedItem(item_id=cast.BRAILLE),)
    await hand_over(HandOver(loan_id=loan_id, handed_over_on=cast.TODAY, items=handed), issuer=cast.ISSUER)
    stocktake = await opened()
    # Another that ends later does not put off the answer that this one waits for; its last day counts.
    await opened(name="Le suivant", closes_on=UNTIL + timedelta(days=9))
    asked = await ask_places(AskPlaces(stocktake_id=stocktake.id), issuer=cast.ISSUER)
    assert (asked.schools, asked.left) == (1, ())
    invited = (await outbox.page(cast.SERVICE, limit=1))[0]
    told = invited.text.replace("\xa0", " ").replace("’", "'")
    assert f"Un récolement est en cours : dites-nous jusqu'au {long_date(UNTIL)}".replace("\xa0", " ") in told
    await settled(stocktake.id, cast.BRAILLE, GapAct.QUESTION, note="Il était en salle 12.")
    letter = (await outbox.page(cast.SERVICE, limit=1))[0]
    assert letter.purpose is Purpose.STOCKTAKE
    assert "35-2026-00002" in letter.text
    assert "Il était en salle 12." in letter.text
    again = await ask_places(AskPlaces(stocktake_id=stocktake.id), issuer=cast.ISSUER)
    assert again.schools == 0
    assert len(again.left) == 1


async def test_the_closing_freezes_what_is_known_and_the_report_is_kept(press: Press) -> None:
    stocktake = await opened()
    await counted(stocktake, "35-2026-00001", "rien")
    await counted(stocktake, "35-2026-00002", place="Réserve B")
    before = await figures(stocktake)
    draft = await draft_report(stocktake.id, actor=cast.READER, now=LATER)
    with refused(Conflict, "stocktake.running"):
        await stocktake_report(stocktake.id, actor=cast.READER, press=press, now=LATER)
    with pytest.raises(PermissionDenied):
        await close_stocktake(CloseStocktake(stocktake_id=stocktake.id), actor=cast.READER, press=press, now=LATER)
    command = CloseStocktake(stocktake_id=stocktake.id)
    closed, report = await close_stocktake(command, actor=cast.MANAGER, press=press, now=LATER)
    assert closed.closed_on == LATER.date()
    assert report.tail == b""
    # Nobody may take it for the report, nor sign it in its place.
    said = words(draft)
    assert "Projet de procès-verbal" in said
    assert "ce récolement n'est pas clos" in said
    assert "Clos le" not in said
    assert "Datez et signez" not in said
    said = words(report.data)
    assert "Projet" not in said
    assert "Datez et signez" in said
    assert "Lieux vérifiés : réserve, établissement et domicile" in said
    await lent((cast.SPARE,))
    await set_places([cast.BRAILLE], "Ailleurs", actor=cast.MANAGER, now=LATER)
    assert await figures(stocktake) == before
    assert (await stocktake_report(stocktake.id, actor=cast.READER, press=press, now=LATER))[1].data == report.data
    with refused(Conflict, "stocktake.closed"):
        await close_stocktake(command, actor=cast.MANAGER, press=press, now=LATER)
    with refused(Conflict, "stocktake.closed"):
        await counted(stocktake, "35-2026-00003")
    with refused(Conflict, "stocktake.closed"):
        await draft_report(stocktake.id, actor=cast.READER, now=LATER)
    with refused(NotFound, "stocktake.not_found"):
        await stocktake_report(stocktake.id, actor=cast.STRANGER, press=press, now=LATER)
    actions = [each.action for each in await search(cast.SERVICE, limit=9)]
    assert {"stocktake.closed", "stocktake.reported"} <= set(actions)
    assert (await read_stocktake(stocktake.id, actor=cast.READER)).stocktake.closed_by == cast.MANAGER.id


async def test_nothing_changes_a_report_and_verify_sees_one_that_somebody_changed(press: Press) -> None:
    stocktake = await opened()
    await close_stocktake(CloseStocktake(stocktake_id=stocktake.id), actor=cast.MANAGER, press=press, now=LATER)
    found = await verify_history()
    assert (found.acts, found.fault) == (1, None)
    for change in ("UPDATE stocktake_report SET made_at = made_at", "DELETE FROM stocktake_report"):
        with pytest.raises(Exception, match=r"stocktake_report_(frozen|kept)"):
            await fetch(change)
    await behind_the_triggers(
        "stocktake_report",
        "UPDATE stocktake_report SET pdf = CAST('%PDF' AS BLOB)"
        if not is_postgres()
        else "UPDATE stocktake_report SET pdf = '%PDF'::bytea",
    )
    fault = (await verify_history()).fault
    assert fault is not None
    assert "procès-verbal de récolement" in fault


async def test_the_report_is_sealed_and_what_is_kept_is_accessible(tmp_path: Path) -> None:
    authority = Authority(cast.NOW)
    stocktake = await opened()
    await counted(stocktake, "35-2026-00002", "inconnu", place="Réserve B", complete=True)
    await counted(stocktake, place=NO_PLACE, complete=True)
    sealing = a_press(tmp_path, authority.seal_file(tmp_path))
    _, report = await close_stocktake(
        CloseStocktake(stocktake_id=stocktake.id), actor=cast.MANAGER, press=sealing, now=LATER
    )
    assert (report.subject, report.sealed_at) == (SUBJECT, LATER)
    assert report.data.startswith(report.pdf)
    (seal,) = PdfFileReader(BytesIO(report.data)).embedded_signatures
    roots = ValidationContext(trust_roots=[authority.root], allow_fetching=False, moment=cast.NOW)
    state = await asyncio.to_thread(validate_pdf_signature, seal, roots)
    assert (state.bottom_line, state.trusted, state.coverage.name) == (True, True, "ENTIRE_FILE")
    for data, profile in ((report.pdf, "ua1"), (report.pdf, "2a"), (report.data, "ua1"), (report.data, "3a")):
        found = validator.validate_pdf_bytes(data, profile=profile)
        assert found.is_compliant, [(each.rule_id, each.message) for each in found.failures]
    again = await stocktake_report(stocktake.id, actor=cast.READER, press=sealing, now=LATER)
    assert again[1].data == report.data
    assert [each.action for each in await search(cast.SERVICE, limit=20)].count("stocktake.sealed") == 1


async def test_a_seal_that_could_not_be_put_is_put_when_the_report_is_read(press: Press, tmp_path: Path) -> None:
    stocktake = await opened()
    command = CloseStocktake(stocktake_id=stocktake.id)
    _, report = await close_stocktake(command, actor=cast.MANAGER, press=press, now=LATER)
    assert report.tail == b""
    mended = a_press(tmp_path, Authority(cast.NOW).seal_file(tmp_path))
    _, sealed = await stocktake_report(stocktake.id, actor=cast.READER, press=mended, now=LATER)
    assert sealed.tail
    assert sealed.pdf == report.pdf
