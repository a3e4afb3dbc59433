"""What managers read of an institution, and the link that they send to it."""

from __future__ import annotations

import pytest
from tests.documents.printing import words
from tests.use_cases import loan_cast as cast
from tests.use_cases.visitors.institution_cast import (
    BAULON_INSEE,
    a_deposit,
    a_home_loan,
    a_tripartite,
    an_institution,
    entrust,
    last_code,
    last_token,
    set_up_mailbox,
)
from tests.web.pages.cast import Accounts, browser, csrf_of, submit, text_of

from materiel.domain.papers.document import DocumentKind
from materiel.domain.signing.electronic_signature import Intent
from materiel.store.work import outbox
from materiel.use_cases.links.deposit import acknowledge, institution_home
from materiel.use_cases.links.institution import InviteInstitution, institution_of_link
from materiel.use_cases.links.institution_link import invite_institution
from materiel.use_cases.loan.loan import get_loan
from materiel.use_cases.signing.electronic_signature import SignElectronically, ask_code, sign_electronically
from materiel.use_cases.visitors.presence import confirm_presence

COLLEGE = f"/etablissements/{cast.COLLEGE}"
COMMUNE = f"/communes/{BAULON_INSEE}"
BODY = f"{COMMUNE}/collectivite"


@pytest.fixture(autouse=True)
async def _mailbox(accounts: Accounts) -> None:
    await set_up_mailbox()


async def test_a_manager_reads_what_is_deposited_and_when_it_was_confirmed(accounts: Accounts) -> None:
    await a_deposit()
    college = await an_institution(cast.COLLEGE)
    await confirm_presence([cast.BRAILLE], institution=college, now=cast.NOW)
    shown = text_of(await accounts.reader.get(f"{COLLEGE}/depots"))
    assert "35-2026-00002" in shown
    assert "Présent aujourd'hui" in shown
    assert "Pas encore confirmé" in shown
    assert "Signature attendue" in shown
    assert "Jamais ouvert" in shown
    assert "Envoyer" not in shown


async def test_the_sheet_of_an_item_and_of_a_notice_tell_what_the_school_said(accounts: Accounts) -> None:
    await a_deposit()
    loan_id = await a_home_loan()
    college = await an_institution(cast.COLLEGE)
    (paper,) = (await institution_home(college)).to_acknowledge
    assert paper.document.loan_id == loan_id
    item = f"/materiels/{cast.BRAILLE}"
    assert "Pas encore confirmée" in text_of(await accounts.reader.get(item))
    await confirm_presence([cast.BRAILLE], institution=college, now=cast.NOW)
    await acknowledge(paper.document.id, institution=college, now=cast.NOW)
    assert "Présent le 7 septembre 2026" in text_of(await accounts.reader.get(item))
    assert "Lu le 7 septembre 2026" in text_of(await accounts.reader.get(f"/documents/{paper.document.id}"))


@pytest.mark.parametrize(
    ("place", "address"), [(COLLEGE, "ce.0352958A@ac-rennes.fr"), (COMMUNE, "mairie@baulon.example")]
)
async def test_a_manager_sends_a_link_and_closes_it(accounts: Accounts, place: str, address: str) -> None:
    sent = await submit(accounts.manager, f"{place}/depots", f"{place}/lien")
    assert (sent.status_code, sent.headers["location"]) == (303, f"{place}/depots")
    shown = text_of(await accounts.manager.get(f"{place}/depots"))
    assert f"Message à envoyer à {address}" in shown
    assert "Aucun serveur de courriel n'est réglé" in shown
    token = await last_token()
    visitor = browser(accounts.app)
    assert (await visitor.get(f"/e/{token}")).status_code == 303
    assert "Jamais ouvert" not in text_of(await accounts.manager.get(f"{place}/depots"))
    closed = await submit(accounts.manager, f"{place}/depots", f"{place}/lien/fermer")
    assert closed.status_code == 303
    assert "Le lien est fermé" in text_of(await accounts.manager.get(f"{place}/depots"))
    assert (await visitor.get(f"/e/{token}")).status_code == 404


async def test_a_second_click_says_to_wait_and_sends_nothing(accounts: Accounts) -> None:
    for _ in range(2):
        await submit(accounts.manager, f"{COLLEGE}/depots", f"{COLLEGE}/lien")
    assert "Laissez-lui deux minutes" in text_of(await accounts.manager.get(f"{COLLEGE}/depots"))
    assert len(await outbox.page(cast.SERVICE, limit=9)) == 1


async def test_the_mayor_and_the_body_that_runs_the_ecoles_have_a_page_each(accounts: Accounts) -> None:
    await entrust()
    await a_tripartite()
    body, mayor = [text_of(await accounts.manager.get(f"{each}/depots")) for each in (BODY, COMMUNE)]
    assert "SIVOS du Canut" in body
    assert "35-2026-00001" in body
    assert "Signature attendue" in body
    assert "35-2026-00001" not in mayor
    assert "Signature attendue" not in mayor
    assert f'href="{BODY}/depots"' in (await accounts.manager.get(f"{COMMUNE}/depots")).text
    commune = (await accounts.manager.get(COMMUNE)).text
    assert f'href="{BODY}/depots"' in commune
    assert f'href="{COMMUNE}/depots"' in commune


async def test_the_link_of_the_body_is_sent_to_its_mailbox_and_leaves_that_of_the_mayor(accounts: Accounts) -> None:
    await entrust()
    await submit(accounts.manager, f"{COMMUNE}/depots", f"{COMMUNE}/lien")
    mayors = await last_token()
    sent = await submit(accounts.manager, f"{BODY}/depots", f"{BODY}/lien")
    assert (sent.status_code, sent.headers["location"]) == (303, f"{BODY}/depots")
    assert "Message à envoyer à ecoles@sivos.example" in text_of(await accounts.manager.get(f"{BODY}/depots"))
    await submit(accounts.manager, f"{BODY}/depots", f"{BODY}/lien/fermer")
    visitor = browser(accounts.app)
    assert (await visitor.get(f"/e/{await last_token()}")).status_code == 404
    assert (await visitor.get(f"/e/{mayors}")).status_code == 303


async def test_a_body_that_does_not_exist_or_has_no_mailbox_is_said_so(accounts: Accounts) -> None:
    missing = await accounts.manager.get(f"{BODY}/depots")
    assert missing.status_code == 404
    assert "gère elle-même ses écoles publiques" in text_of(missing)
    await entrust(email="")
    shown = await accounts.manager.get(f"{BODY}/depots")
    assert "Aucune adresse électronique n'est connue" in text_of(shown)
    assert f'href="{COMMUNE}"' in shown.text
    token = csrf_of((await accounts.manager.get("/compte")).text)
    await accounts.manager.post(f"{BODY}/lien", data={"_csrf": token})
    assert "complétez la fiche de la commune de Baulon" in text_of(await accounts.manager.get(f"{BODY}/depots"))


async def test_an_agreement_is_sent_for_signature_to_whoever_keeps_the_items(accounts: Accounts) -> None:
    await entrust()
    case = await get_loan(await a_deposit(cast.BAULON), actor=cast.MANAGER)
    agreement = next(each for each in case.documents if each.kind is DocumentKind.DEPOSIT_AGREEMENT)
    page = f"/documents/{agreement.id}"
    assert "la collectivité qui garde le matériel reçoit un lien" in text_of(await accounts.manager.get(page))
    answer = await submit(accounts.manager, page, f"{page}/pour-signature")
    said = text_of(await accounts.manager.get(answer.headers["location"]))
    assert "Message à envoyer à SIVOS du Canut" in said
    assert [each.to_address for each in await outbox.page(cast.SERVICE, limit=9)] == ["ecoles@sivos.example"]


async def test_the_proof_of_an_online_signature_names_the_mailbox_used(accounts: Accounts) -> None:
    await entrust()
    case = await get_loan(await a_deposit(cast.BAULON), actor=cast.MANAGER)
    agreement = next(each for each in case.documents if each.kind is DocumentKind.DEPOSIT_AGREEMENT)
    invited = await invite_institution(
        InviteInstitution(insee_code=BAULON_INSEE, of_authority=True), issuer=cast.ISSUER
    )
    body = await institution_of_link(invited.link.id, now=cast.NOW)
    await ask_code(agreement.id, signer=body, base_url=cast.ISSUER.base_url, now=cast.NOW)
    intent = Intent(typed_name="Camille Essai", capacity="présidente", shown_at=cast.NOW, consented_at=cast.NOW)
    command = SignElectronically(document_id=agreement.id, intent=intent, code=await last_code())
    await sign_electronically(command, signer=body, base_url=cast.ISSUER.base_url, now=cast.NOW)
    shown = text_of(await accounts.reader.get(f"/documents/{agreement.id}"))
    assert "Camille Essai, présidente. Code envoyé à ecoles@sivos.example" in shown


async def test_a_place_without_a_mailbox_says_what_to_do(accounts: Accounts) -> None:
    shown = await accounts.manager.get("/communes/35050/depots")
    assert "Aucune adresse électronique n'est connue" in text_of(shown)
    assert 'href="/communes/35050"' in shown.text
    assert "Envoyer le lien" not in shown.text


@pytest.mark.parametrize("act", ["lien", "lien/fermer"])
async def test_a_reader_may_not_send_nor_close(accounts: Accounts, act: str) -> None:
    page = await accounts.reader.get(f"{COLLEGE}/depots")
    assert page.status_code == 200
    token = csrf_of((await accounts.reader.get("/compte")).text)
    refused = await accounts.reader.post(f"{COLLEGE}/{act}", data={"_csrf": token})
    assert refused.status_code == 403
    assert await outbox.page(cast.SERVICE, limit=9) == []


async def test_another_service_reads_nothing_of_ours(accounts: Accounts) -> None:
    await a_deposit()
    await an_institution(cast.COLLEGE)
    shown = text_of(await accounts.stranger.get(f"{COLLEGE}/depots"))
    assert "35-2026-00002" not in shown
    assert "Signature attendue" not in shown
    assert "Aucun lien n'a encore été écrit" in shown


async def test_an_unknown_place_is_a_404_and_a_visitor_logs_in(accounts: Accounts) -> None:
    assert (await accounts.manager.get("/etablissements/0000000A/depots")).status_code == 404
    assert (await accounts.manager.get("/communes/99999/depots")).status_code == 404
    answer = await accounts.anonymous.get(f"{COLLEGE}/depots")
    assert answer.status_code == 303
    assert answer.headers["location"].startswith("/connexion")


async def test_a_label_leads_the_institution_that_keeps_the_item_and_nobody_else(accounts: Accounts) -> None:
    await a_deposit()
    strangers = text_of(await accounts.anonymous.get("/q/ABCDEFGHJKM02"))
    for uai, led in ((cast.COLLEGE, True), (cast.PRIVATE, False)):
        home = await institution_home(await an_institution(uai))
        assert bool(home.held) is led
        visitor = browser(accounts.app)
        opened = await visitor.get(f"/e/{await last_token()}")
        visitor.headers["Cookie"] = opened.headers["set-cookie"].partition(";")[0]
        answer = await visitor.get("/Q/ABCDEFGHJKM02")
        if led:
            assert (answer.status_code, answer.headers["location"]) == (303, f"/e/materiels/{cast.BRAILLE}")
            assert (await visitor.get(answer.headers["location"])).status_code == 200
        else:
            assert answer.status_code == 200
            assert text_of(answer).partition("Vous avez trouvé")[2] == strangers.partition("Vous avez trouvé")[2]


async def test_what_is_deposited_is_printed_to_be_checked_without_a_pupil(accounts: Accounts) -> None:
    loan_id = await a_deposit()
    await a_tripartite()
    answer = await accounts.reader.get(f"{COLLEGE}/depots.pdf")
    assert answer.headers["content-disposition"] == 'inline; filename="materiel-depose.pdf"'
    read = words(answer.content)
    for item in (await get_loan(loan_id, actor=cast.MANAGER)).items:
        assert item.inventory_number in read
    assert "Vu" in read
    assert "Pour qui garde le matériel" in read
    assert "Lise" not in read
    assert (await accounts.stranger.get(f"{COLLEGE}/depots.pdf")).status_code == 200
    assert "Aucun matériel" in words((await accounts.stranger.get(f"{COLLEGE}/depots.pdf")).content)
    assert (await accounts.reader.get("/etablissements/0999999Z/depots.pdf")).status_code == 404
