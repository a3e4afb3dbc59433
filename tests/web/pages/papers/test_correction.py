"""Taking back what was recorded about a document by mistake: said before, with a reason, without JavaScript."""

from __future__ import annotations

from tests.use_cases import loan_cast as cast
from tests.web.pages.cast import Accounts, submit, text_of
from tests.web.pages.loan.test_loan import hand_over, issued

from materiel.domain.item.item import ItemStatus
from materiel.domain.loan.loan import LoanStatus
from materiel.domain.papers.document import AGREEMENTS, Document, DocumentKind, DocumentStatus, SignatureStatus
from materiel.store.item import item as items
from materiel.use_cases.loan.loan import get_loan


async def agreement_of(loan_id: object) -> Document:
    case = await get_loan(loan_id, actor=cast.MANAGER)  # type: ignore[arg-type]
    return next(each for each in case.documents if each.kind in AGREEMENTS)


async def test_a_signature_is_taken_back_with_a_reason_that_the_service_reads(accounts: Accounts) -> None:
    agreement = await agreement_of(await issued())
    page, box = f"/documents/{agreement.id}", agreement.signatures[1]
    assert "Retirer la signature" not in (await accounts.manager.get(page)).text
    await submit(accounts.manager, page, f"{page}/signatures", signatures=str(box.id), signed_on="2026-09-07")
    assert f'href="{page}/signatures/{box.id}/retirer"' in (await accounts.manager.get(page)).text
    assert "Retirer la signature" not in (await accounts.reader.get(page)).text
    path = f"{page}/signatures/{box.id}/retirer"
    assert f"signature de {box.name}, enregistrée au 7 septembre 2026" in text_of(await accounts.manager.get(path))
    refused = await submit(accounts.manager, path, reason="")
    assert refused.status_code == 422
    assert "motif" in text_of(refused)
    assert (await submit(accounts.manager, path, reason="Autre dossier")).status_code == 303
    assert (await agreement_of(agreement.loan_id)).signatures[1].status is SignatureStatus.PENDING
    shown = text_of(await accounts.manager.get(page))
    assert "Signature enregistrée par erreur, le 7 septembre 2026" in shown
    assert "Autre dossier" in shown
    assert "enregistrée par erreur, retirée." in text_of(await accounts.manager.get(f"/prets/{agreement.loan_id}"))
    assert "il n’y a rien à retirer" in (await accounts.manager.get(path)).text


async def receipt_of(loan_id: object, kind: DocumentKind) -> Document:
    case = await get_loan(loan_id, actor=cast.MANAGER)  # type: ignore[arg-type]
    return next(each for each in case.documents if each.kind is kind)


async def test_a_hand_over_of_the_wrong_loan_is_taken_back(accounts: Accounts) -> None:
    loan_id = await issued()
    await hand_over(accounts, loan_id)
    receipt = await receipt_of(loan_id, DocumentKind.HANDOVER_RECEIPT)
    page, path = f"/documents/{receipt.id}", f"/documents/{receipt.id}/annuler"
    assert f'href="{path}"' in (await accounts.manager.get(page)).text
    assert f'href="{path}"' not in (await accounts.reader.get(page)).text
    asked = text_of(await accounts.manager.get(path))
    assert "Annuler une remise enregistrée par erreur" in asked
    assert "de nouveau réservé pour ce prêt" in asked
    refused = await submit(accounts.manager, path, reason="")
    assert refused.status_code == 422
    done = await submit(accounts.manager, path, reason="Mauvais prêt scanné")
    assert (done.status_code, done.headers["location"]) == (303, f"/prets/{loan_id}")
    case = await get_loan(loan_id, actor=cast.MANAGER)
    assert case.loan.status is LoanStatus.ISSUED
    assert (await items.get(cast.LAPTOP, cast.SERVICE)).status is ItemStatus.RESERVED
    sheet = text_of(await accounts.manager.get(f"/prets/{loan_id}"))
    assert f"{receipt.kind.label} {receipt.number} (annulé)" in sheet
    assert "Remise enregistrée par erreur, annulée" in sheet
    shown = await accounts.manager.get(page)
    assert "Ce reçu est annulé depuis le 7 septembre 2026" in text_of(shown)
    assert "Mauvais prêt scanné" in shown.text
    assert "Qui a signé sur papier" not in text_of(shown)
    assert "Signature attendue" not in text_of(shown)
    assert "Pas signé" in text_of(shown)
    assert "Envoyer pour signature" not in shown.text
    assert "ne s’annule pas, ou il est déjà annulé" in (await accounts.manager.get(path)).text


async def test_whoever_checks_a_void_receipt_reads_that_it_has_no_effect_and_no_name(accounts: Accounts) -> None:
    loan_id = await issued()
    await hand_over(accounts, loan_id)
    receipt = await receipt_of(loan_id, DocumentKind.HANDOVER_RECEIPT)
    await submit(accounts.manager, f"/documents/{receipt.id}/annuler", reason="Le prêt de Noé a été scanné")
    verified = await accounts.manager.get(f"/v/{receipt.code}/1")
    said = text_of(verified)
    assert "Document authentique, mais annulé le 7 septembre 2026 : le fait qu'il constate" in said
    assert "sans effet" in said
    assert "Signatures attendues" not in said
    for told in ("Noé", "Zoé", "Exemple", "Anne"):
        assert told not in said
    listed = await accounts.manager.get("/documents?etat=void")
    assert receipt.number in listed.text


async def test_a_return_of_the_wrong_loan_is_taken_back(accounts: Accounts) -> None:
    loan_id = await issued()
    await hand_over(accounts, loan_id)
    back = {"items": str(cast.LAPTOP), f"condition-{cast.LAPTOP}": "good", "on": "2026-09-07"}
    assert (await submit(accounts.manager, f"/prets/{loan_id}/retour", **back)).status_code == 303
    receipt = await receipt_of(loan_id, DocumentKind.RETURN_RECEIPT)
    path = f"/documents/{receipt.id}/annuler"
    assert "Annuler un retour enregistré par erreur" in text_of(await accounts.manager.get(path))
    await items.set_status([cast.LAPTOP], ItemStatus.IN_STOCK)
    refused = await submit(accounts.manager, path, reason="Erreur")
    assert refused.status_code == 422
    assert "faites-en un nouveau prêt" in text_of(refused)
    await items.set_status([cast.LAPTOP], ItemStatus.TO_PREPARE)
    assert (await submit(accounts.manager, path, reason="Erreur")).status_code == 303
    assert (await receipt_of(loan_id, DocumentKind.RETURN_RECEIPT)).status is DocumentStatus.VOID
    assert (await agreement_of(loan_id)).status is DocumentStatus.IN_FORCE
    assert (await items.get(cast.LAPTOP, cast.SERVICE)).status is ItemStatus.ON_LOAN
