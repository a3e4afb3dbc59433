"""Taking back what was recorded about a document by mistake: said before, with a reason, without JavaScript."""

from __future__ import annotations

from tests.use_cases import loan_cast as cast
from tests.web.pages.accounts import Accounts, submit, text_of
from tests.web.pages.test_loan import issued

from materiel.domain.document import AGREEMENTS, Document, SignatureStatus
from materiel.use_cases.loan import get_loan


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
