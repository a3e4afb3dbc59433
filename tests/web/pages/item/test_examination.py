"""Examinations: an attestation in one click, a sheet kept and printed, a deposit at a centre with its last day."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from tests.documents.gate import faults, reading_text
from tests.stage import referent_cast as stage
from tests.stage.refusals import refused
from tests.use_cases import loan_cast as cast
from tests.web.pages.cast import Accounts, submit, text_of

from materiel.domain.item.family import ItemFamily
from materiel.domain.usage import Custody, Usage
from materiel.errors import Conflict, NotFound
from materiel.store.engine.database import fetch, write_transaction
from materiel.store.item import item as items
from materiel.use_cases.desk.examination import print_attestation
from materiel.use_cases.item.examination import examination_sheets, print_examination_sheet
from materiel.use_cases.papers.issuer import Issuer

pytestmark = pytest.mark.usefixtures("_device")

PAGE = f"/materiels/{cast.LAPTOP}/examen"
TODAY = cast.TODAY.isoformat()


@pytest.fixture
async def _device(accounts: Accounts) -> None:
    """The laptop of the cast is said to be a computer."""
    async with write_transaction():
        await items.set_family([cast.LAPTOP], ItemFamily.COMPUTER)


def words(data: bytes) -> str:
    return " ".join(reading_text(data)).replace("\u00a0", " ").replace("’", "'")


async def test_an_attestation_says_what_is_lent_since_when_and_grants_nothing(accounts: Accounts) -> None:
    loan_id = await stage.held_since(30, cast.LAPTOP, cast.BRAILLE)
    sheet = await accounts.manager.get(f"/prets/{loan_id}")
    assert f'href="/prets/{loan_id}/attestation.pdf"' in sheet.text
    answer = await accounts.manager.get(f"/prets/{loan_id}/attestation.pdf")
    assert answer.headers["content-type"] == "application/pdf"
    told = words(answer.content)
    assert "Zoé Exemple" in told
    assert "35-2026-00001, depuis le 8 août 2026" in told
    assert "n'accorde aucun aménagement" in told
    assert "D351-27" in told
    for hidden in ("CDAPH", "notification du", "Baulon", "rue"):
        assert hidden not in told
    (row,) = await fetch("SELECT details FROM journal WHERE action = 'loan.letters_printed'")
    assert "letter_examination" in str(row["details"])
    assert (await accounts.stranger.get(f"/prets/{loan_id}/attestation.pdf")).status_code == 404
    assert (await accounts.reader.get(f"/prets/{loan_id}/attestation.pdf")).status_code == 403


async def test_what_is_not_there_is_refused(accounts: Accounts) -> None:
    issuer = Issuer(actor=cast.MANAGER, now=cast.NOW, base_url="https://pret.example.fr")
    with refused(Conflict, "attestation.nothing_lent"):
        await print_attestation(await cast.a_draft(), issuer=issuer)
    with refused(NotFound, "examination.not_found"):
        await print_examination_sheet(cast.LAPTOP, cast.CHILD, actor=cast.READER)
    assert (await accounts.reader.get(f"{PAGE}/{cast.CHILD}/pdf")).status_code == 404


async def test_nothing_is_attested_of_what_no_pupil_has(accounts: Accounts) -> None:
    draft = await cast.a_draft()
    answer = await accounts.manager.get(f"/prets/{draft}/attestation.pdf")
    assert answer.status_code == 409
    assert "rien à attester" in text_of(answer)
    shared = await stage.held_since(30, cast.BRAILLE, pupil=None, usage=Usage.SHARED, custody=Custody.SCHOOL)
    assert (await accounts.manager.get(f"/prets/{shared}/attestation.pdf")).status_code == 409


async def test_a_sheet_is_kept_printed_and_read_on_the_item(accounts: Accounts) -> None:
    loan_id = await stage.held_since(30)
    assert f'href="{PAGE}"' in (await accounts.manager.get(f"/prets/{loan_id}")).text
    wrong = await submit(accounts.manager, PAGE, PAGE, done_on="")
    assert "Indiquez le jour des vérifications" in text_of(wrong)
    late = (cast.TODAY + timedelta(days=900)).isoformat()
    assert (await submit(accounts.manager, PAGE, PAGE, done_on=late)).status_code == 422
    typed = {"done_on": TODAY, "sits_on": TODAY, "emptied": "oui", "software": "Traitement de texte"}
    kept = await submit(accounts.manager, PAGE, PAGE, **typed)
    assert kept.headers["location"] == PAGE
    page = await accounts.manager.get(PAGE)
    assert "il reste à faire" in text_of(page)
    assert 'value="Traitement de texte"' in page.text
    (sheet,) = await examination_sheets(cast.LAPTOP, actor=cast.READER)
    assert (sheet.loan_id, sheet.emptied, sheet.radio_off) == (loan_id, True, False)
    item = await accounts.reader.get(f"/materiels/{cast.LAPTOP}")
    (pdf,) = set(re.findall(rf'href="({PAGE}/[0-9a-f-]+/pdf)"', item.text))
    data = (await accounts.reader.get(pdf)).content
    assert faults(data) == []
    told = words(data)
    assert "Fait le 07/09/2026" in told
    assert "Traitement de texte" in told
    assert "n'accorde aucun aménagement" in told
    assert "Exemple" not in told
    assert (await accounts.stranger.get(pdf)).status_code == 404
    await submit(accounts.manager, PAGE, PAGE, **typed, radio_off="oui")
    assert "vidé, liaisons coupées" in text_of(await accounts.reader.get(f"/materiels/{cast.LAPTOP}"))


async def test_what_is_no_device_has_no_sheet(accounts: Accounts) -> None:
    page = f"/materiels/{cast.SOFTWARE}/examen"
    assert "rien n'est à vider" in text_of(await submit(accounts.manager, page, page, done_on=TODAY))
    assert "Préparer pour un examen" not in text_of(await accounts.manager.get(f"/materiels/{cast.SOFTWARE}"))


async def test_a_deposit_at_a_centre_of_examination_has_a_last_day(accounts: Accounts) -> None:
    shared = f"/preter?usage=shared&custody=school&school={cast.COLLEGE}&item={cast.LAPTOP}"
    page = await accounts.manager.get(shared)
    assert "occasion=examen" in page.text
    centre = f"{shared}&occasion=examen"
    told = await accounts.manager.get(centre)
    assert "Pour un centre d'examen" in text_of(told)
    assert "Épreuves d'un examen" in told.text.replace("&#39;", "'").replace("’", "'")
    chosen = {"usage": "shared", "custody": "school", "school": cast.COLLEGE, "item": str(cast.LAPTOP)}
    chosen |= {"occasion": "examen", "starts_on": TODAY, "purpose": "Épreuves d'un examen", "action": "brouillon"}
    wrong = await submit(accounts.manager, centre, "/preter", **chosen, ends_on="")
    assert "Un prêt pour un examen est court" in text_of(wrong)
    ends_on = (cast.TODAY + timedelta(days=10)).isoformat()
    kept = await submit(accounts.manager, centre, "/preter", **chosen, ends_on=ends_on)
    assert kept.status_code == 303
    assert "Épreuves d'un examen" in text_of(await accounts.manager.get(kept.headers["location"]))
