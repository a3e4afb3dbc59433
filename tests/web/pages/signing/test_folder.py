"""« À signer pour l'État »: seen by all, signed by who signs, groups read and ticked, one code."""

from __future__ import annotations

import re
from datetime import timedelta
from uuid import UUID

import httpx
import pytest
from tests.stage import family_cast as family
from tests.stage.signatory_cast import NAME, TITLE, Signatory, a_signatory, copies_of, set_order
from tests.use_cases import loan_cast as cast
from tests.web.conftest import StoppedClock
from tests.web.pages.cast import Accounts, browser, csrf_of, submit, text_of

from materiel.domain.accounts.service import StateSigns
from materiel.domain.accounts.session import SubjectKind
from materiel.domain.papers.document import Document, Party, SignatureStatus
from materiel.store.papers import document as documents
from materiel.use_cases.accounts.session import open_session
from materiel.use_cases.signing.folder import read_folder

PAGE = "/parapheur"


@pytest.fixture(autouse=True)
async def _at_work(accounts: Accounts, stopped_clock: StoppedClock) -> None:
    stopped_clock.now = cast.NOW
    await family.set_up_addresses()


async def who_signs(accounts: Accounts) -> tuple[Signatory, httpx.AsyncClient]:
    who = await a_signatory()
    opened = await open_session(SubjectKind.ACCOUNT, who.user.id, who.user.service_id, now=cast.NOW)
    return who, browser(accounts.app, opened.secret)


async def everything() -> dict[str, list[str]]:
    """What a signatory ticks without unticking anything."""
    folder = await read_folder(actor=cast.READER, now=cast.NOW)
    return {
        "group": [each.key for each in folder.groups],
        "paper": [str(each.document.id) for each in folder.ordinary],
    }


async def is_signed(document: Document) -> bool:
    boxes = (await documents.get(document.id, cast.SERVICE)).signatures
    return all(box.status is SignatureStatus.SIGNED for box in boxes if box.party is Party.MANAGING_SERVICE)


async def test_managers_and_readers_see_what_waits_and_no_form(accounts: Accounts) -> None:
    agreement = await family.an_agreement()
    for client in (accounts.manager, accounts.reader):
        shown = await client.get(PAGE)
        assert "1 papier à signer pour l'État" in text_of(shown)
        assert "Domicile, établissement privé sous contrat" in text_of(shown)
        assert 'action="/parapheur"' not in shown.text
        assert agreement.number in text_of(await client.get(f"{PAGE}/{agreement.id}"))
    assert (await accounts.stranger.get(f"{PAGE}/{agreement.id}")).status_code == 404
    assert "Aucun papier" in text_of(await accounts.stranger.get(PAGE))


async def test_samples_are_read_then_all_is_signed_in_five_acts(accounts: Accounts) -> None:
    first = await family.an_agreement(cast.TWO_HOMES, cast.LAPTOP)
    other = await family.an_agreement(cast.CHILD, cast.BRAILLE)
    papers = [first, other, *await copies_of(first, 4)]
    who, client = await who_signs(accounts)
    shown = await client.get(PAGE)
    assert f"{NAME}, {TITLE}" in text_of(shown)
    assert not re.search(r'name="group"[^>]* checked', shown.text)
    samples = await client.get(f"{PAGE}/exemples")
    assert first.number in samples.text
    assert other.number in samples.text
    shown = await client.get(PAGE)
    assert len(re.findall(r'name="group"[^>]* checked', shown.text)) == 2
    assert "Papiers cochés 6" in text_of(shown)
    sent = await submit(client, PAGE, acte="signer", lu="oui", code=who.phone.at(cast.NOW), **await everything())
    assert sent.status_code == 303, text_of(sent)
    assert "6 papiers signés pour l'État, d'un même acte" in text_of(await client.get(PAGE))
    assert [await is_signed(each) for each in papers] == [True] * 6
    # Nothing is left to sample, nor to sign.
    assert (await client.get(f"{PAGE}/exemples")).headers["location"] == PAGE


async def test_what_is_missing_is_said_and_nothing_is_signed(accounts: Accounts) -> None:
    agreement = await family.an_agreement()
    who, client = await who_signs(accounts)
    nothing = await submit(client, PAGE, acte="signer", lu="oui", code="123456")
    assert nothing.status_code == 422
    assert "Cochez au moins un papier" in text_of(nothing)
    bare = await submit(client, PAGE, acte="signer", **await everything())
    assert "Tapez les six chiffres" in text_of(bare)
    assert "au moins un papier de chaque groupe" in text_of(bare)
    unread = await submit(client, PAGE, acte="signer", lu="oui", code=who.phone.at(cast.NOW), **await everything())
    assert unread.status_code == 422
    assert "ouvrez d'abord" in text_of(unread)
    await client.get(f"{PAGE}/{agreement.id}")
    wrong = await submit(client, PAGE, acte="signer", lu="oui", code="000000", **await everything())
    assert wrong.status_code == 422
    assert "Ce code n'est pas le bon" in text_of(wrong)
    assert not await is_signed(agreement)


async def test_a_paper_taken_out_of_its_group_is_left(accounts: Accounts) -> None:
    agreement = await family.an_agreement()
    left, *_ = await copies_of(agreement, 2)
    who, client = await who_signs(accounts)
    await client.get(f"{PAGE}/{agreement.id}")
    ticked = await everything()
    ticked["paper"].remove(str(left.id))
    counted = await submit(client, PAGE, acte="recompter", **ticked)
    assert counted.status_code == 200
    assert "Papiers cochés 2 Papiers laissés 1" in text_of(counted)
    await submit(client, PAGE, acte="signer", lu="oui", code=who.phone.at(cast.NOW), **ticked)
    assert (await is_signed(agreement), await is_signed(left)) == (True, False)


async def test_a_page_that_is_late_says_which_paper_changed(accounts: Accounts) -> None:
    agreement = await family.an_agreement()
    (other,) = await copies_of(agreement, 1)
    who, client = await who_signs(accounts)
    await client.get(f"{PAGE}/{agreement.id}")
    ticked, token = await everything(), csrf_of((await client.get(PAGE)).text)
    alone = {**ticked, "paper": [str(agreement.id)]}
    code = who.phone.at(cast.NOW)
    await client.post(PAGE, data={"_csrf": token, "acte": "signer", "lu": "oui", "code": code, **alone})
    late = await client.post(PAGE, data={"_csrf": token, "acte": "signer", "lu": "oui", "code": code, **ticked})
    assert late.status_code == 422
    assert agreement.number in text_of(late)
    assert "signé, remplacé ou renvoyé" in text_of(late)
    assert not await is_signed(other)


async def test_a_selection_is_sent_back_seen_on_the_loan_and_comes_again(accounts: Accounts) -> None:
    agreement = await family.an_agreement()
    _, client = await who_signs(accounts)
    bare = await submit(client, PAGE, acte="renvoyer", **await everything())
    assert bare.status_code == 422
    assert "Dites au service pourquoi" in text_of(bare)
    sent = await submit(client, PAGE, acte="renvoyer", reason="L'adresse est fausse.", **await everything())
    assert sent.status_code == 303
    loan = f"/prets/{agreement.loan_id}"
    for page in (loan, f"/documents/{agreement.id}", PAGE):
        assert "L'adresse est fausse." in text_of(await accounts.manager.get(page)), page
    assert "C'est traité" not in text_of(await client.get(loan))
    done = await submit(accounts.manager, loan, f"/documents/{agreement.id}/parapheur")
    assert done.headers["location"] == loan
    assert "L'adresse est fausse." not in text_of(await accounts.manager.get(loan))
    assert "1 papier à signer" in text_of(await client.get(PAGE))


async def test_who_lacks_a_quality_is_told_before_signing(accounts: Accounts, stopped_clock: StoppedClock) -> None:
    await family.an_agreement()
    who = await a_signatory(title="")
    opened = await open_session(SubjectKind.ACCOUNT, who.user.id, who.user.service_id, now=cast.NOW)
    client = browser(accounts.app, opened.secret)
    assert "Votre qualité n'est pas renseignée" in text_of(await client.get(PAGE))
    where = f"/reglages/comptes/{who.user.id}/qualite"
    wrong = await submit(accounts.admin, "/reglages/comptes", where, title="", delegation_ends_on="31/02/2027")
    assert wrong.status_code == 422
    until = (cast.TODAY + timedelta(days=1)).isoformat()
    await submit(accounts.admin, "/reglages/comptes", where, title="Secrétaire générale", delegation_ends_on=until)
    assert "Secrétaire générale, jusqu'au 8 septembre 2026" in text_of(await client.get(PAGE))
    stopped_clock.now = cast.NOW + timedelta(days=2)
    reopened = await open_session(SubjectKind.ACCOUNT, who.user.id, who.user.service_id, now=stopped_clock.now)
    late = browser(accounts.app, reopened.secret)
    assert "Votre délégation de signature a pris fin" in text_of(await late.get(PAGE))


async def test_after_a_state_that_signs_first_the_others_may_be_asked(accounts: Accounts) -> None:
    agreement = await family.an_agreement()
    await set_order(StateSigns.FIRST)
    waiting = text_of(await accounts.manager.get(f"/documents/{agreement.id}"))
    assert "L'État signe en premier" in waiting
    who, client = await who_signs(accounts)
    await client.get(f"{PAGE}/{agreement.id}")
    await submit(client, PAGE, acte="signer", lu="oui", code=who.phone.at(cast.NOW), **await everything())
    assert "Les autres signatures peuvent être demandées" in text_of(await client.get(PAGE))


async def test_a_signatory_reaches_nothing_before_the_second_factor(accounts: Accounts) -> None:
    made = await submit(
        accounts.admin, "/reglages/comptes", name="Odile V.", email="odile@exemple.fr", role="signatory"
    )
    assert made.status_code == 200
    found = re.search(r"comptes/([0-9a-f-]{36})/qualite", (await accounts.admin.get("/reglages/comptes")).text)
    assert found
    opened = await open_session(SubjectKind.ACCOUNT, UUID(found[1]), cast.SERVICE, now=cast.NOW)
    answer = await browser(accounts.app, opened.secret).get(PAGE)
    assert (answer.status_code, answer.headers["location"]) == (303, "/compte/second-facteur")
