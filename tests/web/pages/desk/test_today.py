"""« Aujourd'hui »: the act on a line, on the group, on what is ticked; whose turn it is."""

from __future__ import annotations

import re
from dataclasses import replace
from uuid import UUID

import pytest
from tests.use_cases import loan_cast as cast
from tests.use_cases.visitors import institution_cast as places
from tests.web.pages.cast import Accounts, csrf_of, submit, text_of

from materiel.domain.loan.steps import HandedItem
from materiel.domain.papers.document import DocumentKind
from materiel.domain.work.outbox import Purpose
from materiel.store.engine.database import write_transaction
from materiel.store.papers import document as documents
from materiel.store.people import pupil as pupils
from materiel.store.work import outbox
from materiel.use_cases.loan.steps import HandOver, hand_over, issue_loan

UNSIGNED = "remis-sans-convention"


async def handed_over(item: UUID, pupil: UUID, school: str) -> UUID:
    loan_id = await cast.a_draft(items=(item,), pupil=pupil, school=school)
    await issue_loan(loan_id, issuer=cast.ISSUER)
    items = (HandedItem(item_id=item),)
    await hand_over(HandOver(loan_id=loan_id, handed_over_on=cast.TODAY, items=items), issuer=cast.ISSUER)
    return loan_id


async def give_addresses() -> None:
    child, adult = await pupils.get(cast.CHILD, cast.SERVICE), await pupils.get(cast.ADULT, cast.SERVICE)
    people = tuple(replace(each, email=f"parent{n}@exemple.fr") for n, each in enumerate(child.representatives))
    async with write_transaction():
        await pupils.save(replace(child, representatives=people))
        await pupils.save(replace(adult, email="ilan@exemple.fr"))


async def letters() -> list[UUID | None]:
    """The loans that the letters of the outbox are about."""
    found = await outbox.page(cast.SERVICE, limit=20)
    asked = {Purpose.SIGNATURE_REQUEST, Purpose.SIGNATURE_REMINDER}
    return [each.about.loan_id for each in found if each.purpose in asked]


@pytest.mark.parametrize("way", ["the line", "what is ticked", "the group"])
async def test_those_who_have_not_signed_are_written_to(accounts: Accounts, way: str) -> None:
    await give_addresses()
    first = await handed_over(cast.LAPTOP, cast.CHILD, cast.BAULON)
    second = await handed_over(cast.BRAILLE, cast.ADULT, cast.COLLEGE)
    home = text_of(await accounts.manager.get("/"))
    assert "2 Faire signer avant tout" in home
    assert "Relancer pour les 2" in home
    fields = {"the line": {"only": str(first)}, "what is ticked": {"loan": str(first)}, "the group": {}}[way]
    answer = await submit(accounts.manager, "/", "/a-faire/relancer", concern=UNSIGNED, **fields)
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    assert set(await letters()) == ({first, second} if way == "the group" else {first})
    assert "Message à envoyer pour" in text_of(await accounts.manager.get("/"))


async def test_what_others_have_to_sign_is_theirs_and_is_asked_again(accounts: Accounts) -> None:
    await give_addresses()
    loan_id = await cast.a_draft()
    await issue_loan(loan_id, issuer=cast.ISSUER)
    assert "Signatures attendues" not in text_of(await accounts.manager.get("/"))
    theirs = "/?vue=autres"
    assert "1 Signatures attendues" in text_of(await accounts.manager.get(theirs))
    agreement = next(each for each in await documents.of_loan(loan_id) if each.kind is DocumentKind.LOAN_AGREEMENT)
    answer = await submit(
        accounts.manager, theirs, "/a-faire/relancer", concern="signatures-attendues", only=str(agreement.id)
    )
    assert answer.headers["location"] == theirs
    assert set(await letters()) == {loan_id}


async def test_a_group_of_loans_is_a_pile(accounts: Accounts) -> None:
    held = await handed_over(cast.LAPTOP, cast.CHILD, cast.BAULON)
    waiting = await cast.a_draft(items=(cast.BRAILLE,), pupil=cast.ADULT, school=cast.COLLEGE)
    await issue_loan(waiting, issuer=cast.ISSUER)
    both = [("loan", str(held)), ("loan", str(waiting))]
    shown = {
        verb: text_of(await accounts.manager.get(f"/scanner/pile/{verb}", params=both))
        for verb in ("remettre", "reprendre")
    }
    laptop, braille = "35-2026-00001", "35-2026-00002"
    for verb, here, elsewhere in (("remettre", braille, laptop), ("reprendre", laptop, braille)):
        assert "1 matériel dans la pile" in shown[verb]
        assert here in shown[verb]
        assert elsewhere not in shown[verb]
    stranger = text_of(await accounts.stranger.get("/scanner/pile/remettre", params=both))
    assert "0 matériel dans la pile" in stranger


async def test_notices_leave_from_the_home_page(accounts: Accounts) -> None:
    await places.set_up_mailbox()
    await places.a_home_loan()
    assert "1 Envoyer les notifications" in text_of(await accounts.manager.get("/"))
    sent = await submit(accounts.manager, "/", "/notifications", action="courriel", tous="oui")
    assert sent.status_code == 303
    assert [each.purpose for each in await outbox.page(cast.SERVICE, limit=9)] == [Purpose.INSTITUTION]


async def test_nothing_is_asked_for_another_service_or_another_concern(accounts: Accounts) -> None:
    await give_addresses()
    loan_id = await handed_over(cast.LAPTOP, cast.CHILD, cast.BAULON)
    agreement = next(each for each in await documents.of_loan(loan_id) if each.kind is DocumentKind.LOAN_AGREEMENT)
    token = csrf_of((await accounts.stranger.get("/compte")).text)
    for fields in (
        {"concern": UNSIGNED, "loan": str(loan_id)},
        {"concern": "signatures-attendues", "documents": str(agreement.id)},
    ):
        answer = await accounts.stranger.post("/a-faire/relancer", data={"_csrf": token, **fields})
        assert answer.status_code == 303
    unknown = await accounts.stranger.post("/a-faire/relancer", data={"_csrf": token, "concern": "brouillons"})
    assert unknown.status_code == 404
    assert await letters() == []


async def test_the_menu_of_every_page_counts_what_waits(accounts: Accounts) -> None:
    await places.set_up_mailbox()
    await places.a_home_loan()
    for path in ("/", "/materiels", "/aide", f"/prets/{cast.SERVICE}"):
        menu = text_of(await accounts.manager.get(path))
        assert re.search(
            r"À signer pour l'État [12] à traiter Toutes les signatures Pages numérisées Notifications 1 à traiter "
            r"Documents Courriels",
            menu,
        ), path
    assert "Notifications 1" not in text_of(await accounts.reader.get("/aide"))
    for nobody in (accounts.stranger, accounts.anonymous):
        assert "à traiter" not in text_of(await nobody.get("/aide"))


async def test_who_has_just_written_reads_it_in_the_menu_at_once(accounts: Accounts) -> None:
    await places.set_up_mailbox()
    loan_id = await places.a_home_loan()
    notice = next(each for each in await documents.of_loan(loan_id) if each.kind is DocumentKind.NOTICE)
    for manager in (accounts.manager, accounts.admin):
        assert "Notifications 1 à traiter" in text_of(await manager.get("/materiels"))
    await submit(accounts.manager, "/notifications", documents=str(notice.id), action="poste")
    assert "Notifications 1 à traiter" not in text_of(await accounts.manager.get("/materiels"))


async def test_the_first_day_says_what_is_missing_before_the_first_loan(accounts: Accounts) -> None:
    home = await accounts.admin.get("/")
    told = text_of(home)
    assert "Avant le premier prêt : 5 faites sur 7" in told
    assert 'href="/communes">Commencer' in home.text
    assert 'href="/reglages/service">Revoir' in home.text
    assert 'href="/reglages/service">Revoir' not in (await accounts.manager.get("/")).text
    assert "Avant le premier prêt : 2 faites sur 7" in text_of(await accounts.stranger.get("/"))
    await issue_loan(await cast.a_draft(), issuer=cast.ISSUER)
    assert "Avant le premier prêt" not in text_of(await accounts.admin.get("/"))
