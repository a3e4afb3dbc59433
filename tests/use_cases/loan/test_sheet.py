"""The documents of a loan as one file to print."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from pypdfium2 import PdfDocument
from tests.stage.refusals import refused
from tests.use_cases import loan_cast as cast

from materiel.domain.incident.incident import IncidentKind
from materiel.errors import NotFound
from materiel.store.papers import document as documents
from materiel.use_cases.history.item import item_history
from materiel.use_cases.imports.exports import export_register
from materiel.use_cases.incident.incident import RecordIncident, record_incident
from materiel.use_cases.incident.sheet import read_incident_sheet
from materiel.use_cases.loan.moves import ChangeSchool, change_school
from materiel.use_cases.loan.sheet import print_documents, read_loan_sheet
from materiel.use_cases.loan.steps import issue_loan

pytestmark = pytest.mark.usefixtures("db")


async def test_a_draft_has_nothing_to_print_and_an_issued_loan_has_every_paper() -> None:
    await cast.set_up()
    loan_id = await cast.a_draft()
    with refused(NotFound, "loan.nothing_to_print"):
        await print_documents(loan_id, actor=cast.MANAGER)
    await issue_loan(loan_id, issuer=cast.ISSUER)
    with PdfDocument(await print_documents(loan_id, actor=cast.MANAGER)) as printed:
        assert len(printed) == sum(paper.pages + paper.pages % 2 for paper in await documents.of_loan(loan_id))


async def test_a_move_changes_nothing_of_what_was_true_before() -> None:
    await cast.set_up()
    loan_id = await cast.a_draft()
    await issue_loan(loan_id, issuer=cast.ISSUER)
    before = await read_loan_sheet(loan_id, actor=cast.MANAGER, now=cast.NOW)
    moved_on = cast.TODAY + timedelta(days=7)
    later = replace(cast.ISSUER, now=cast.NOW + timedelta(days=7))
    await change_school(ChangeSchool(loan_id=loan_id, school=cast.COLLEGE, effective_on=moved_on), issuer=later)
    sheet = await read_loan_sheet(loan_id, actor=cast.MANAGER, now=later.now)
    assert sheet.rules[0] == before.rules[0]
    assert [(rule.place.school_uai, rule.place.since) for rule in sheet.rules] == [
        (cast.BAULON, cast.TODAY),
        (cast.COLLEGE, moved_on),
    ]
    assert "au maire" in sheet.rules[0].reason
    assert "au chef d'établissement" in sheet.rules[1].reason.replace("’", "'")
    history = [line.sentence for line in await item_history(cast.LAPTOP, actor=cast.MANAGER)]
    assert any("Réservé" in sentence and cast.BAULON in sentence for sentence in history)
    assert any("Déplacé" in sentence and cast.COLLEGE in sentence for sentence in history)
    register = b"".join([piece async for piece in export_register(actor=cast.MANAGER)]).decode("utf-8-sig")
    line = next(each for each in register.splitlines() if "35-2026-00001" in each)
    assert f"{cast.COLLEGE}" in line
    assert moved_on.strftime("%d/%m/%Y") in line or moved_on.isoformat() in line


async def test_an_incident_is_told_where_it_happened() -> None:
    await cast.set_up()
    loan_id = await cast.a_draft()
    await issue_loan(loan_id, issuer=cast.ISSUER)
    told = RecordIncident(item_id=cast.LAPTOP, kind=IncidentKind.BREAKDOWN, description="Plus d'image")
    incident = await record_incident(told, actor=cast.MANAGER, now=cast.NOW)
    later = replace(cast.ISSUER, now=cast.NOW + timedelta(days=7))
    move = ChangeSchool(loan_id=loan_id, school=cast.COLLEGE, effective_on=later.today)
    await change_school(move, issuer=later)
    sheet = await read_incident_sheet(incident.id, actor=cast.MANAGER)
    assert sheet.school is not None
    assert sheet.school.uai == cast.BAULON
