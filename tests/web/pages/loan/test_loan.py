"""A loan's sheet, its documents and every step of its life, as a manager meets them."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from uuid import UUID

import pytest
from tests.use_cases import loan_cast as cast
from tests.web.pages.cast import Accounts, submit, text_of

from materiel.domain.loan.loan import Loan, LoanStatus
from materiel.domain.papers.document import Document, DocumentKind, NoticeChannel, SignatureChannel
from materiel.domain.usage import Basis, BasisKind, Custody, Usage
from materiel.store.accounts import service as services
from materiel.store.engine.database import write_transaction
from materiel.store.loan import loan as loans
from materiel.store.papers import document as documents
from materiel.use_cases.loan.steps import issue_loan
from materiel.use_cases.signing.recording import RecordSignature, record_signature

SLUGS = (
    *("remise", "retour", "rappel", "rappel-retire", "annulation", "cloture"),
    *("renouvellement", "avenant", "etablissement", "garde"),
)


async def issued(**asked: object) -> UUID:
    loan_id = await cast.a_draft(**asked)
    await issue_loan(loan_id, issuer=cast.ISSUER)
    return loan_id


async def loan(loan_id: UUID) -> Loan:
    return await loans.get(loan_id, cast.SERVICE)


async def paper(loan_id: UUID, kind: DocumentKind = DocumentKind.LOAN_AGREEMENT) -> Document:
    return next(each for each in await documents.of_loan(loan_id) if each.kind is kind)


async def hand_over(accounts: Accounts, loan_id: UUID) -> None:
    path = f"/prets/{loan_id}/remise"
    values = {"on": "2026-09-07", "items": [str(cast.LAPTOP)], f"condition-{cast.LAPTOP}": "good"}
    answer = await submit(accounts.manager, path, **values)
    assert answer.status_code == 303, text_of(answer)


async def test_the_list_finds_by_pupil_school_and_item(accounts: Accounts) -> None:
    loan_id = await issued()
    for query in ("zoe", "baulon", "35-2026-00001", ""):
        page = await accounts.reader.get("/prets", params={"q": query})
        assert f"/prets/{loan_id}" in page.text, query
    for query in ({"q": "personne"}, {"etat": "closed"}, {"liste": "deposes"}, {"eleve": str(cast.ADULT)}):
        page = await accounts.reader.get("/prets", params=query)
        assert "Aucun prêt ne répond à ces critères" in text_of(page), query
    assert f"/prets/{loan_id}" not in (await accounts.stranger.get("/prets")).text


async def test_the_sheet_says_what_is_missing(accounts: Accounts) -> None:
    loan_id = await issued()
    text = text_of(await accounts.reader.get(f"/prets/{loan_id}"))
    for told in (
        "Les documents sont émis, aucune signature n'est encore enregistrée",
        "Signatures attendues",
        "Anne Exemple",
        "Prêt préparé : 1 matériel réservé.",
        "circulaire n° 2001-221",
    ):
        assert told in text
    assert "Remettre le matériel" not in text


async def test_the_pages_of_a_service_overseas_live_its_own_day(accounts: Accounts) -> None:
    loan_id = await issued(starts_on=date(2026, 9, 1))
    async with write_transaction():
        service = await services.get(cast.SERVICE)
        await services.save(replace(service, academie="41", departement="987"))
    # 7 September, 09:00 in London: the evening of the 6th in Papeete.
    form = await accounts.manager.get(f"/prets/{loan_id}/remise")
    assert 'value="2026-09-06"' in form.text
    assert "6 septembre 2026 à 23 h 00" in text_of(await accounts.manager.get(f"/prets/{loan_id}"))
    values = {"on": "2026-09-07", "items": [str(cast.LAPTOP)], f"condition-{cast.LAPTOP}": "good"}
    answer = await submit(accounts.manager, f"/prets/{loan_id}/remise", **values)
    assert "n'est pas encore passé" in text_of(answer)


async def test_a_draft_is_issued_from_its_sheet(accounts: Accounts) -> None:
    loan_id = await cast.a_draft()
    answer = await submit(accounts.manager, f"/prets/{loan_id}", f"/prets/{loan_id}/emission")
    assert answer.headers["location"] == f"/prets/{loan_id}/documents"


async def test_paper_signatures_are_recorded_by_box(accounts: Accounts) -> None:
    loan_id = await issued()
    agreement = await paper(loan_id)
    values = {"signatures": [str(box.id) for box in agreement.signatures], "signed_on": "2026-09-07", "retour": "pret"}
    answer = await submit(accounts.manager, f"/prets/{loan_id}", f"/documents/{agreement.id}/signatures", **values)
    assert answer.headers["location"] == f"/prets/{loan_id}"
    assert (await loan(loan_id)).status is LoanStatus.SIGNED
    text = text_of(await accounts.manager.get(f"/prets/{loan_id}"))
    assert "Tout est signé" in text
    assert "signature par Anne Exemple le 7 septembre 2026 (sur papier)" in text


async def test_a_refused_signature_keeps_what_was_ticked(accounts: Accounts) -> None:
    agreement = await paper(await issued())
    box = agreement.signatures[1]
    page = f"/documents/{agreement.id}"
    nothing = await submit(accounts.manager, page, f"{page}/signatures", signed_on="")
    assert nothing.status_code == 422
    assert "2 erreurs sont à corriger" in text_of(nothing)
    early = await submit(accounts.manager, page, f"{page}/signatures", signed_on="2026-01-01", signatures=[str(box.id)])
    assert early.status_code == 422
    assert "précède l'émission" in text_of(early)
    assert f'value="{box.id}" checked' in early.text


async def test_a_notice_is_marked_sent(accounts: Accounts) -> None:
    loan_id = await issued()
    notice = await paper(loan_id, DocumentKind.NOTICE)
    page = f"/documents/{notice.id}"
    assert (await submit(accounts.manager, page, f"{page}/envoi", channel="pigeon")).status_code == 422
    answer = await submit(accounts.manager, page, f"{page}/envoi", channel="hand")
    assert answer.status_code == 303
    (recipient,) = (await documents.get(notice.id, cast.SERVICE)).recipients
    assert (recipient.sent_at, recipient.channel) == (cast.NOW, NoticeChannel.HAND)
    assert "en main propre" in text_of(await accounts.manager.get(page))


async def test_a_scan_is_filed_and_read_back(accounts: Accounts) -> None:
    agreement = await paper(await issued())
    page = f"/documents/{agreement.id}"
    scan = {"scan": ("signe.pdf", b"%PDF-1.4 scan", "application/pdf")}
    done = await submit(accounts.manager, page, f"{page}/numerisations", files=scan)  # type: ignore[arg-type]
    assert done.status_code == 303
    shown = await accounts.manager.get(page)
    link = shown.text.split(f"{page}/numerisations/")[1].split('"')[0]
    assert (await accounts.reader.get(f"{page}/numerisations/{link}")).content == b"%PDF-1.4 scan"
    assert (await accounts.stranger.get(f"{page}/numerisations/{link}")).status_code == 404
    wrong = {"scan": ("note.txt", b"bonjour", "text/plain")}
    refused = await submit(accounts.manager, page, f"{page}/numerisations", files=wrong)  # type: ignore[arg-type]
    assert refused.status_code == 422
    assert "n'est pas une numérisation lisible" in text_of(refused)


async def test_a_copy_is_compared_byte_for_byte(accounts: Accounts) -> None:
    agreement = await paper(await issued())
    page = f"/documents/{agreement.id}"
    pdf = (await accounts.reader.get(f"{page}/pdf")).content
    same = {"copy": ("copie.pdf", pdf, "application/pdf")}
    assert (await submit(accounts.reader, page, f"{page}/verification", files=same)).status_code == 303  # type: ignore[arg-type]
    other = {"copy": ("copie.pdf", pdf + b" ", "application/pdf")}
    refused = await submit(accounts.reader, page, f"{page}/verification", files=other)  # type: ignore[arg-type]
    assert "n'est pas celui qui a été émis" in text_of(refused)


async def test_a_family_without_address_is_named_to_be_printed_for(accounts: Accounts) -> None:
    agreement = await paper(await issued())
    page = f"/documents/{agreement.id}"
    answer = await submit(accounts.manager, page, f"{page}/pour-signature")
    shown = await accounts.manager.get(answer.headers["location"])
    assert "À faire signer sur papier, faute d'adresse électronique : Anne Exemple" in text_of(shown)
    assert f'<p class="m-undo"><a href="{page}/pdf">' in shown.text


async def test_hand_over_then_take_back_then_close(accounts: Accounts) -> None:
    loan_id = await issued()
    await hand_over(accounts, loan_id)
    shown = text_of(await accounts.manager.get(f"/prets/{loan_id}"))
    assert "Bon de remise" in shown
    assert "Remis sans convention signée" in shown
    values = {
        "on": "2026-09-07",
        "items": [str(cast.LAPTOP)],
        f"condition-{cast.LAPTOP}": "damaged",
        f"missing-{cast.LAPTOP}": ["Chargeur"],
    }
    assert (await submit(accounts.manager, f"/prets/{loan_id}/retour", **values)).status_code == 303
    text = text_of(await accounts.manager.get(f"/prets/{loan_id}"))
    assert "manque : Chargeur" in text
    asked = await submit(accounts.manager, f"/prets/{loan_id}/cloture")
    assert "2 reçus ne sont pas signés" in text_of(asked)
    assert "Cochez cette case pour clore sans ces signatures" in text_of(asked)
    closed = await submit(accounts.manager, f"/prets/{loan_id}/cloture", despite_unsigned="oui")
    assert closed.status_code == 303
    assert (await loan(loan_id)).status is LoanStatus.CLOSED


async def test_nothing_ticked_is_told_and_the_rest_is_kept(accounts: Accounts) -> None:
    loan_id = await issued()
    answer = await submit(accounts.manager, f"/prets/{loan_id}/remise", on="31/12/2026")
    assert answer.status_code == 422
    assert "Cochez au moins un matériel remis." in text_of(answer)
    assert 'value="31/12/2026"' in answer.text


async def test_a_loan_is_cancelled_with_its_reason(accounts: Accounts) -> None:
    loan_id = await issued()
    assert (await submit(accounts.manager, f"/prets/{loan_id}/annulation", reason="")).status_code == 422
    assert (await submit(accounts.manager, f"/prets/{loan_id}/annulation", reason="Élève parti")).status_code == 303
    assert (await loan(loan_id)).status is LoanStatus.CANCELLED
    text = text_of(await accounts.manager.get(f"/prets/{loan_id}"))
    # Where the items are today is on their own sheets: after a move they go to « À préparer », and they live on.
    assert "Ce prêt est annulé : le matériel n'y est plus réservé." in text
    assert "réserve." not in text


async def test_an_individual_loan_is_recalled_on_a_ground(accounts: Accounts) -> None:
    loan_id = await issued()
    await hand_over(accounts, loan_id)
    path = f"/prets/{loan_id}/rappel"
    refused = await submit(accounts.manager, path, reason="Fin", ground="term_reached")
    assert refused.status_code == 422
    assert "ne correspond pas aux dates" in text_of(refused)
    assert (await submit(accounts.manager, path, reason="Accord", ground="borrower_agrees")).status_code == 303
    assert (await loan(loan_id)).recalled_on == cast.TODAY
    answer = await accounts.manager.get(f"/prets/{loan_id}")
    sheet = text_of(answer)
    assert "Sans adresse électronique, à prévenir par la poste : Anne Exemple." in sheet
    assert f'<a href="{path}/lettres">Imprimer les lettres</a>' in answer.text
    assert "l'emprunteur est d'accord. Accord" in sheet
    letters = await accounts.manager.get(f"{path}/lettres")
    assert "nous avons demandé le retour du matériel prêté à Zoé" in text_of(letters)
    assert "3\u00a0rue des Lilas" in letters.text
    assert "Pourquoi : vous en êtes convenus avec nous." in text_of(letters)
    assert (await accounts.reader.get(f"{path}/lettres")).status_code == 403
    undone = await submit(accounts.manager, f"/prets/{loan_id}/rappel-retire", reason="")
    assert "Dites pourquoi le retour n'est plus demandé" in text_of(undone)
    assert (await submit(accounts.manager, f"/prets/{loan_id}/rappel-retire", reason="Erreur")).status_code == 303
    assert (await loan(loan_id)).recalled_on is None
    assert "Demande de retour retirée" in text_of(await accounts.manager.get(f"/prets/{loan_id}"))
    assert (await accounts.manager.get(f"{path}/lettres")).status_code == 409


async def test_a_loan_changes_school_by_words_of_its_name(accounts: Accounts) -> None:
    loan_id = await issued()
    path = f"/prets/{loan_id}/etablissement"
    values = {"effective_on": "2026-09-07", "schooling": "ordinary"}
    unknown = await submit(accounts.manager, path, school="nulle part", **values)
    assert "Aucun établissement ne répond" in text_of(unknown)
    assert (await submit(accounts.manager, path, school="cardroc", **values)).status_code == 303
    assert (await loan(loan_id)).school_uai == cast.CARDROC


async def test_a_loan_changes_custody(accounts: Accounts) -> None:
    loan_id = await issued()
    answer = await submit(accounts.manager, f"/prets/{loan_id}/garde", effective_on="2026-09-07")
    assert answer.status_code == 303, text_of(answer)
    assert (await loan(loan_id)).custody is Custody.SCHOOL
    assert "Convention tripartite" in text_of(await accounts.manager.get(f"/prets/{loan_id}"))


async def test_one_item_of_a_loan_changes_custody_and_each_sheet_leads_to_the_other(accounts: Accounts) -> None:
    loan_id = await issued(items=(cast.LAPTOP, cast.BRAILLE))
    path = f"/prets/{loan_id}/garde"
    page = await accounts.manager.get(path)
    assert page.text.count('type="checkbox"') == 2
    assert page.text.count(" checked>") == 2
    assert "Décochez ce qui ne change pas de garde" in text_of(page)
    none = await submit(accounts.manager, path, effective_on="2026-09-07")
    assert none.status_code == 422
    assert "Cochez au moins un matériel qui change de garde" in text_of(none)
    answer = await submit(accounts.manager, path, effective_on="2026-09-07", items=[str(cast.BRAILLE)])
    assert answer.status_code == 303, text_of(answer)
    first = await accounts.manager.get(f"/prets/{loan_id}")
    assert "Un prêt distinct est fait pour ce qui n'a pas la même garde" in text_of(first)
    assert "Passé à une autre garde le 7 septembre 2026" in text_of(first)
    (other,) = [each for each in await loans.page(cast.SERVICE, limit=9) if each.id != loan_id]
    assert f"/prets/{other.id}" in first.text
    assert "Autre garde" in text_of(first)
    second = await accounts.manager.get(f"/prets/{other.id}")
    assert f"/prets/{loan_id}" in second.text
    assert "Convention tripartite" in text_of(second)
    assert (other.custody, (await loan(loan_id)).custody) == (Custody.SCHOOL, Custody.HOME)


async def test_what_is_out_is_seen_as_it_changes_hands_and_the_sheet_says_what_covers_it(accounts: Accounts) -> None:
    loan_id = await issued(items=(cast.LAPTOP, cast.BRAILLE))
    await hand_over(accounts, loan_id)
    agreement = await paper(loan_id)
    for box in agreement.signatures:
        command = RecordSignature(
            document_id=agreement.id, signatory_id=box.id, signed_on=cast.TODAY, channel=SignatureChannel.PAPER
        )
        await record_signature(command, actor=cast.MANAGER, now=cast.NOW)
    path = f"/prets/{loan_id}/garde"
    ticked = {"effective_on": "2026-09-07", "items": [str(cast.LAPTOP)]}
    shown = (await accounts.manager.get(path)).text
    select = shown[shown.index("<select") :]
    assert " required" not in select[: select.index(">")], "the browser asks nothing of what stays where it is"
    unseen = await submit(accounts.manager, path, **ticked)
    assert "Dites l'état de ce matériel" in text_of(unseen)
    seen = await submit(accounts.manager, path, **ticked, **{f"condition-{cast.LAPTOP}": "worn"})
    assert seen.status_code == 303, text_of(seen)
    (other,) = [each for each in await loans.page(cast.SERVICE, limit=9) if each.id != loan_id]
    sheet = text_of(await accounts.reader.get(f"/prets/{other.id}"))
    assert "Sa convention, signée, couvre le matériel d'ici jusqu'à ce que celle de ce prêt le soit" in sheet
    assert "Remis sans convention signée" not in sheet


async def test_another_custody_is_no_reason_of_an_amendment(accounts: Accounts) -> None:
    loan_id = await issued(items=(cast.LAPTOP, cast.BRAILLE))
    path = f"/prets/{loan_id}/avenant"
    assert 'value="moved"' not in (await accounts.manager.get(path)).text
    values = {f"remove-{cast.LAPTOP}": "moved", f"told-{cast.LAPTOP}": "À l'école", "effective_on": "2026-09-07"}
    answer = await submit(accounts.manager, path, **values)
    assert "Changez le lieu de garde" in text_of(answer)
    assert len((await loan(loan_id)).open_items) == 2


async def test_a_loan_is_renewed(accounts: Accounts) -> None:
    loan_id = await issued()
    answer = await submit(accounts.manager, f"/prets/{loan_id}/renouvellement", ends_on="2028-08-31")
    assert answer.status_code == 303, text_of(answer)
    assert "Avenant" in text_of(await accounts.manager.get(f"/prets/{loan_id}"))


async def test_a_trial_renewed_with_a_decision_has_a_new_agreement(accounts: Accounts) -> None:
    loan_id = await cast.a_draft(basis=Basis(kind=BasisKind.PAS), ends_on=date(2026, 10, 16))
    await issue_loan(loan_id, issuer=cast.ISSUER)
    step = f"/prets/{loan_id}/renouvellement"
    assert "ce sera une nouvelle convention" in text_of(await accounts.manager.get(step))
    answer = await submit(accounts.manager, step, **{"basis/kind": "cdaph", "basis/valid_until": "2029-08-31"})
    assert answer.status_code == 303, text_of(answer)
    page = text_of(await accounts.manager.get(f"/prets/{loan_id}"))
    assert "Le renouvellement est établi" in page
    assert page.count("Convention de prêt DSDEN35-2026-00002") > 1


async def test_items_are_swapped_by_an_amendment(accounts: Accounts) -> None:
    loan_id = await issued()
    path = f"/prets/{loan_id}/avenant"
    values = {f"remove-{cast.LAPTOP}": "returned", "effective_on": "2026-09-07"}
    wrong = await submit(accounts.manager, path, add="35-2026-99999", **values)
    assert wrong.status_code == 422
    assert "35-2026-99999" in wrong.text
    done = await submit(accounts.manager, path, add="35-2026-00002", **values)
    assert done.status_code == 303, text_of(done)
    assert [line.item_id for line in (await loan(loan_id)).open_items] == [cast.BRAILLE]


async def test_a_step_that_is_not_possible_says_so(accounts: Accounts) -> None:
    loan_id = await issued()
    page = await accounts.manager.get(f"/prets/{loan_id}/cloture")
    assert "Ce n'est pas possible dans l'état actuel de ce prêt (émis)" in text_of(page)
    assert f'href="/prets/{loan_id}"' in page.text


@pytest.mark.parametrize("slug", SLUGS)
async def test_each_step_opens_for_managers_of_the_service_only(accounts: Accounts, slug: str) -> None:
    path = f"/prets/{await issued()}/{slug}"
    assert (await accounts.manager.get(path)).status_code == 200
    assert (await accounts.reader.get(path)).status_code == 403
    assert (await accounts.stranger.get(path)).status_code == 404


async def test_a_deposit_speaks_of_a_deposit(accounts: Accounts) -> None:
    loan_id = await issued(usage=Usage.SHARED, custody=Custody.SCHOOL, pupil=None)
    text = text_of(await accounts.reader.get(f"/prets/{loan_id}"))
    assert "Dépôt DSDEN35" in text
    assert "Convention de dépôt" in text


async def test_a_form_of_another_site_is_refused(accounts: Accounts) -> None:
    loan_id = await issued()
    answer = await accounts.manager.post(f"/prets/{loan_id}/annulation", data={"reason": "x"})
    assert answer.status_code == 403
    assert (await loan(loan_id)).status is LoanStatus.ISSUED


async def test_the_lists_are_exported_and_paged(accounts: Accounts) -> None:
    loan_id = await issued()
    agreement = await paper(loan_id)
    export = await accounts.reader.get("/prets/export.csv")
    # A loan is called by the number of its paper, which people know, and not by an identifier.
    assert f"\n{agreement.number};" in export.text
    assert str(loan_id) not in export.text
    assert (await accounts.reader.get("/prets", params={"avant": "n'importe"})).status_code == 400
    listed = await accounts.reader.get("/documents", params={"attente": "oui", "nature": "loan_agreement"})
    assert "Convention de prêt" in text_of(listed)
    none = await accounts.reader.get("/documents", params={"q": "999999"})
    assert "Aucun document ne répond" in text_of(none)


async def test_a_draft_has_nothing_to_print(accounts: Accounts) -> None:
    answer = await accounts.reader.get(f"/prets/{await cast.a_draft()}/documents.pdf")
    assert answer.status_code == 404
    assert "aucun document en vigueur à imprimer" in text_of(answer)
