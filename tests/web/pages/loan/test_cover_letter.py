"""« Lettre d'accompagnement »: from the sheet of a loan to a PDF, or back with what is wrong."""

from __future__ import annotations

from tests.use_cases import loan_cast as cast
from tests.web.pages.cast import Accounts, submit, text_of

from materiel.store.engine.database import fetch
from materiel.use_cases.loan.steps import issue_loan


async def test_a_letter_is_printed_from_the_sheet_of_a_loan(accounts: Accounts) -> None:
    await issue_loan(loan_id := await cast.a_draft(), issuer=cast.ISSUER)
    page = f"/prets/{loan_id}/lettre"
    assert f'href="{page}"' in (await accounts.manager.get(f"/prets/{loan_id}")).text
    shown = await accounts.manager.get(f"{page}?objet=letter_reminder")
    assert 'value="letter_reminder" checked' in shown.text
    ticked = next(part.split('"')[0] for part in shown.text.split('name="')[1:] if part.startswith("to/"))
    asked = {"kind": "letter_sending", "back_by": "2026-09-30", ticked: "oui"}
    letter = await submit(accounts.manager, page, **asked)
    assert letter.status_code == 200
    assert letter.headers["content-type"] == "application/pdf"
    assert len(await fetch("SELECT 1 AS n FROM journal WHERE action = 'loan.letters_printed'")) == 1
    assert "Lettre imprimée pour la poste." in text_of(await accounts.manager.get(f"/journal?sur=loan:{loan_id}"))


async def test_what_is_wrong_is_told_and_nothing_is_noted(accounts: Accounts) -> None:
    await issue_loan(loan_id := await cast.a_draft(), issuer=cast.ISSUER)
    page = f"/prets/{loan_id}/lettre"
    for asked, said in (
        ({}, "Choisissez l'objet de la lettre."),
        ({"kind": "letter_sending", "back_by": "2026-09-30"}, "Choisissez à qui écrire."),
        ({"kind": "letter_appointment"}, "Indiquez le jour du rendez-vous."),
    ):
        answer = await submit(accounts.manager, page, **asked)
        assert answer.status_code == 422
        assert said in text_of(answer)
    assert await fetch("SELECT 1 AS n FROM journal WHERE action = 'loan.letters_printed'") == []
    draft = await accounts.manager.get(f"/prets/{await cast.a_draft(items=(cast.BRAILLE,))}/lettre")
    assert "Aucune lettre n'a d'objet" in text_of(draft)
    assert (await accounts.reader.get(page)).status_code == 403
    assert (await accounts.stranger.get(page)).status_code == 404
