"""The sheet of a loan: what waits, with the act that settles it, and what is to come."""

from __future__ import annotations

from uuid import UUID

from tests.use_cases import loan_cast as cast
from tests.web.pages.cast import Accounts, submit, text_of

from materiel.domain.papers.document import DocumentKind, Party, SignatureChannel
from materiel.store.papers import document as documents
from materiel.use_cases.loan.steps import issue_loan
from materiel.use_cases.signing.recording import RecordSignature, record_signature

REMIND = "/a-faire/relancer"


async def issued() -> UUID:
    loan_id = await cast.a_draft()
    await issue_loan(loan_id, issuer=cast.ISSUER)
    return loan_id


async def test_a_draft_is_issued_by_its_next_act(accounts: Accounts) -> None:
    loan_id = await cast.a_draft()
    page = await accounts.manager.get(f"/prets/{loan_id}")
    assert "Finir ou abandonner un brouillon. Préparé aujourd'hui." in text_of(page)
    assert f'action="/prets/{loan_id}/emission"' in page.text
    # Giving it up has no way back: its page says so first.
    assert f'href="/prets/{loan_id}/annulation">Abandonner' in page.text


async def test_each_signature_that_waits_has_its_act_and_readers_have_none(accounts: Accounts) -> None:
    loan_id = await issued()
    page = await accounts.manager.get(f"/prets/{loan_id}")
    (agreement,) = (each for each in await documents.of_loan(loan_id) if each.kind is DocumentKind.LOAN_AGREEMENT)
    said = text_of(page)
    assert f"Signer pour l'État. Convention de prêt {agreement.number}, depuis aujourd'hui." in said
    assert "Signatures attendues. Convention de prêt" in said
    assert f'href="/documents/{agreement.id}">Noter notre signature' in page.text
    read = await accounts.reader.get(f"/prets/{loan_id}")
    assert "Signer pour l'État." in text_of(read)
    assert "Noter notre signature" not in read.text
    assert "Autres actes" not in read.text
    assert "<form" not in read.text.split("<main")[1]


async def test_whoever_has_to_sign_is_written_to_from_the_sheet_and_led_back_to_it(accounts: Accounts) -> None:
    loan_id = await issued()
    (agreement,) = (each for each in await documents.of_loan(loan_id) if each.kind is DocumentKind.LOAN_AGREEMENT)
    page = f"/prets/{loan_id}"
    asked = {"concern": "signatures-attendues", "documents": str(agreement.id)}
    assert f'name="documents" value="{agreement.id}"' in (await accounts.manager.get(page)).text
    answer = await submit(accounts.manager, page, REMIND, **asked, retour=page)
    assert answer.headers["location"] == page
    elsewhere = await submit(accounts.manager, page, REMIND, **asked, retour="https://ailleurs.exemple")
    assert elsewhere.headers["location"] == "/"


async def test_once_all_is_signed_only_the_hand_over_waits(accounts: Accounts) -> None:
    loan_id = await issued()
    for document in await documents.of_loan(loan_id):
        for box in document.signatures:
            command = RecordSignature(
                document_id=document.id, signatory_id=box.id, signed_on=cast.TODAY, channel=SignatureChannel.PAPER
            )
            await record_signature(command, actor=cast.MANAGER, now=cast.NOW)
    page = await accounts.manager.get(f"/prets/{loan_id}")
    said = text_of(page)
    assert "Remettre. Signé, mais non remis depuis aujourd'hui." in said
    assert "Signer pour l'État." not in said
    assert f"/prets/{loan_id}/remise?items={cast.LAPTOP}" in page.text
    # What the band offers is not offered again at the head.
    assert page.text.count(f'href="/prets/{loan_id}/remise"') == 1


async def test_a_number_is_short_on_the_sheet_and_whole_for_readers(accounts: Accounts) -> None:
    loan_id = await issued()
    papers = await documents.of_loan(loan_id)
    (notice,) = (each for each in papers if each.kind is DocumentKind.NOTICE)
    page = (await accounts.manager.get(f"/prets/{loan_id}")).text
    assert f'<span class="fr-sr-only">{notice.number}</span><span aria-hidden="true">N1</span>' in page
    assert any(box.party is Party.MANAGING_SERVICE for each in papers for box in each.signatures)
    assert 'État<span class="fr-sr-only"> (Camille Durand)</span>' in page


async def test_what_is_to_come_stands_above_what_happened(accounts: Accounts) -> None:
    loan_id = await issued()
    page = (await accounts.manager.get(f"/prets/{loan_id}")).text
    assert page.index("Fin du prêt") < page.index("Documents émis")
