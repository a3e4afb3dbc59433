"""« Notifications à envoyer » and « Courriels refusés »: from the home page to what is done about them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from tests.mail.conftest import Postman, serving
from tests.stage import family_cast as family
from tests.stage.family_cast import BASE_URL, LISE
from tests.use_cases import loan_cast as cast
from tests.use_cases.visitors import institution_cast as places
from tests.web.pages.cast import Accounts, csrf_of, submit, text_of

from materiel.domain.papers.document import DocumentKind, NoticeChannel
from materiel.domain.work.outbox import MessageState
from materiel.store.papers import document as documents
from materiel.store.work import outbox
from materiel.use_cases.mail.sending import send_due


@pytest.fixture
def postman() -> Iterator[Postman]:
    made = Postman()
    controller = serving(made)
    controller.start()
    yield made
    controller.stop()


async def test_notices_are_sent_in_number_from_the_home_page(accounts: Accounts) -> None:
    loan_id = await places.a_home_loan()
    notice = next(each for each in await documents.of_loan(loan_id) if each.kind is DocumentKind.NOTICE)
    home = await accounts.manager.get("/")
    assert 'href="/notifications"' in home.text
    assert "Notifications à envoyer" not in text_of(await accounts.reader.get("/"))
    assert (await accounts.manager.get("/a-faire/notifications-a-envoyer")).headers["location"] == "/notifications"
    shown = text_of(await accounts.manager.get("/notifications"))
    assert "ce.0352958A@ac-rennes.fr" in shown
    assert "Aucun serveur de courriel n'est réglé" in shown
    empty = await submit(accounts.manager, "/notifications", "/notifications", action="courriel")
    assert empty.status_code == 422
    strange = await submit(accounts.manager, "/notifications", "/notifications", documents="x", action="poste")
    assert strange.status_code == 422
    printed = await submit(
        accounts.manager, "/notifications", "/notifications", documents=str(notice.id), action="imprimer"
    )
    assert printed.headers["content-type"] == "application/pdf"
    sent = await submit(
        accounts.manager, "/notifications", "/notifications", documents=str(notice.id), action="courriel"
    )
    assert sent.status_code == 303
    shown = text_of(await accounts.manager.get("/notifications"))
    assert "1 message à envoyer" in shown
    assert "courriel écrit, à envoyer" in shown
    await submit(accounts.manager, "/notifications", "/notifications", documents=str(notice.id), action="poste")
    assert "Toutes les notifications sont envoyées" in text_of(await accounts.manager.get("/notifications"))
    (recipient,) = (await documents.get(notice.id, cast.SERVICE)).recipients
    assert recipient.channel is NoticeChannel.POST
    assert "par la poste" in text_of(await accounts.manager.get(f"/documents/{notice.id}"))


async def test_a_refusal_is_shown_where_the_manager_works_and_sent_again(accounts: Accounts, postman: Postman) -> None:
    await family.set_up_addresses()
    agreement = await family.an_agreement()
    await family.send(agreement)
    postman.answers = {LISE: "550 5.1.1 unknown"}
    await send_due(postman.server, worker="w", base_url=BASE_URL, clock=lambda: cast.NOW)
    (message,) = await outbox.refused(cast.SERVICE, limit=9)
    pages = (
        f"/prets/{agreement.loan_id}",
        f"/documents/{agreement.id}",
        f"/eleves/{cast.TWO_HOMES}",
        "/courriels?etat=refuses",
        f"/courriels/{message.id}",
    )
    for page in pages:
        answer = await accounts.manager.get(page)
        assert "cette adresse n'existe pas, ou n'existe plus" in text_of(answer), page
        assert f"/eleves/{cast.TWO_HOMES}/modifier#f-representatives-0-email" in answer.text
        assert "Envoyer de nouveau" in answer.text
    assert 'href="/courriels?etat=refuses"' in (await accounts.manager.get("/")).text
    edit = await accounts.manager.get(f"/eleves/{cast.TWO_HOMES}/modifier")
    assert 'id="f-representatives-0-email"' in edit.text
    again = await submit(
        accounts.manager, pages[0], f"/courriels/{message.id}/renvoyer", retour=f"/prets/{agreement.loan_id}"
    )
    assert again.headers["location"] == f"/prets/{agreement.loan_id}"
    assert (await outbox.get(message.id, cast.SERVICE)).state is MessageState.QUEUED
    token = {"_csrf": csrf_of((await accounts.manager.get(pages[4])).text)}
    twice = await accounts.manager.post(f"/courriels/{message.id}/renvoyer", data=token)
    assert twice.headers["location"] == f"/courriels/{message.id}"
    assert "n'est pas refusé" in text_of(await accounts.manager.get(pages[4]))
    await send_due(postman.server, worker="w", base_url=BASE_URL, clock=lambda: cast.NOW)
    settled = await submit(accounts.manager, pages[4], f"/courriels/{message.id}/classer")
    assert settled.status_code == 303
    assert "Aucun courriel refusé" in text_of(await accounts.manager.get("/courriels?etat=refuses"))
