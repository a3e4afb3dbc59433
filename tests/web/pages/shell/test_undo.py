"""What an act did is said with where it is undone and until when; what it left to do is said apart, with its reason."""

from __future__ import annotations

import re
from dataclasses import replace
from uuid import UUID

from tests.use_cases import loan_cast as cast
from tests.web.pages.cast import Accounts, submit, text_of

from materiel.domain.papers.document import Document, DocumentKind
from materiel.store.papers import document as documents
from materiel.store.people import pupil as pupils
from materiel.use_cases.loan.steps import issue_loan

LAPTOP, CHILD = f"/materiels/{cast.LAPTOP}", f"/eleves/{cast.CHILD}"
GOOD = {f"condition-{cast.LAPTOP}": "good"}


async def issued() -> UUID:
    loan_id = await cast.a_draft()
    await issue_loan(loan_id, issuer=cast.ISSUER)
    return loan_id


async def paper(loan_id: UUID, kind: DocumentKind) -> Document:
    return next(each for each in await documents.of_loan(loan_id) if each.kind is kind)


async def undo_after(accounts: Accounts, page: str, action: str, **values: object) -> tuple[str, str]:
    """The band of the result, in words, and where « Défaire » leads; the page that it leads to is there."""
    answer = await submit(accounts.manager, page, action, **values)  # type: ignore[arg-type]
    assert answer.status_code == 303, text_of(answer)
    shown = await accounts.manager.get(answer.headers["location"])
    band = re.search(r'<div class="fr-alert fr-alert--success.*?</div>', shown.text, re.DOTALL)
    assert band is not None
    link = re.search(r'<p class="m-undo"><a href="([^"]+)">Défaire</a>', band[0])
    assert link is not None, text_of(shown)
    assert (await accounts.manager.get(link[1])).status_code == 200
    return " ".join(re.sub(r"<[^>]+>", " ", band[0]).replace("\u202f", " ").split()), link[1]


async def test_a_state_given_by_hand(accounts: Accounts) -> None:
    said, where = await undo_after(
        accounts, LAPTOP, f"{LAPTOP}/etat", status="in_repair", reason="Écran fêlé", version="1"
    )
    assert "Nouvel état : en réparation." in said
    assert "Défaire , tant que son état" in said
    assert where == f"{LAPTOP}/annuler-etat"
    done = await submit(accounts.manager, where, reason="Erreur")
    again = await accounts.manager.get(done.headers["location"])
    assert "m-undo" not in again.text, "undoing is not undone in its turn"


async def test_a_paper_signature(accounts: Accounts) -> None:
    loan_id = await issued()
    agreement = await paper(loan_id, DocumentKind.LOAN_AGREEMENT)
    first, *_ = agreement.signatures
    action = f"/documents/{agreement.id}/signatures"
    values = {"signed_on": "2026-09-07", "retour": "pret"}
    _, where = await undo_after(accounts, f"/prets/{loan_id}", action, signatures=[str(first.id)], **values)
    assert where == f"/documents/{agreement.id}/signatures/{first.id}/retirer"


async def test_a_hand_over_then_a_return(accounts: Accounts) -> None:
    loan_id = await issued()
    items = {"on": "2026-09-07", "items": [str(cast.LAPTOP)], **GOOD}
    said, where = await undo_after(accounts, f"/prets/{loan_id}/remise", f"/prets/{loan_id}/remise", **items)
    assert where == f"/documents/{(await paper(loan_id, DocumentKind.HANDOVER_RECEIPT)).id}/annuler"
    assert "tant que rien n" in said
    _, where = await undo_after(accounts, f"/prets/{loan_id}/retour", f"/prets/{loan_id}/retour", **items)
    assert where == f"/documents/{(await paper(loan_id, DocumentKind.RETURN_RECEIPT)).id}/annuler"


async def test_a_claim_a_departure_and_a_death(accounts: Accounts) -> None:
    loan_id = await issued()
    items = {"on": "2026-09-07", "items": [str(cast.LAPTOP)], **GOOD}
    await submit(accounts.manager, f"/prets/{loan_id}/remise", **items)  # type: ignore[arg-type]
    recall = f"/prets/{loan_id}/rappel"
    _, where = await undo_after(accounts, recall, recall, reason="Accord", ground="borrower_agrees")
    assert where == f"{recall}-retire"
    left = {"left_on": "2026-09-07", "academie": "", "departement": "44"}
    _, where = await undo_after(accounts, f"{CHILD}/depart", f"{CHILD}/depart", **left)
    assert re.fullmatch(rf"{CHILD}/depart/[0-9a-f-]+/retirer", where)
    _, where = await undo_after(accounts, f"{CHILD}/deces", f"{CHILD}/deces", died_on="2026-09-01")
    assert where == f"{CHILD}/deces/retirer"


async def test_what_has_no_way_back_offers_none_and_was_said_beforehand(accounts: Accounts) -> None:
    loan_id = await issued()
    asked = await accounts.manager.get(f"/prets/{loan_id}/annulation")
    said = text_of(asked)
    assert "Cela ne se défait pas 1 matériel n'est plus réservé et 2 documents en vigueur se terminent." in said
    assert "Ne rien changer" in said
    done = await submit(accounts.manager, f"/prets/{loan_id}/annulation", reason="Élève parti")
    assert "m-undo" not in (await accounts.manager.get(done.headers["location"])).text
    deleting = text_of(await accounts.manager.get(f"{CHILD}/supprimer"))
    assert "disparaît, avec 1 domicile et 1 représentant." in deleting
    assert "Ne rien changer" in deleting


async def test_what_remains_is_amber_below_what_is_done(accounts: Accounts) -> None:
    loan_id = await issued()
    items = {"on": "2026-09-07", "items": [str(cast.LAPTOP)], **GOOD}
    done = await submit(accounts.manager, f"/prets/{loan_id}/remise", **items)  # type: ignore[arg-type]
    page = (await accounts.manager.get(done.headers["location"])).text
    green = page.index('class="fr-alert fr-alert--success')
    amber = page.index('class="fr-alert fr-alert--warning')
    assert green < amber
    assert green < page.index("Remise enregistrée.") < amber
    assert amber < page.index("recueillez la signature au moment de la remise")


async def test_who_is_written_to_is_done_and_who_has_no_address_remains(accounts: Accounts) -> None:
    pupil = await pupils.get(cast.TWO_HOMES, cast.SERVICE)
    first, *others = pupil.representatives
    await pupils.save(replace(pupil, representatives=(replace(first, email="lise@exemple.invalid"), *others)))
    loan_id = await cast.a_draft(pupil=cast.TWO_HOMES)
    await issue_loan(loan_id, issuer=cast.ISSUER)
    agreement = await paper(loan_id, DocumentKind.LOAN_AGREEMENT)
    page = f"/documents/{agreement.id}"
    answer = await submit(accounts.manager, page, f"{page}/pour-signature")
    shown = await accounts.manager.get(answer.headers["location"])
    said = text_of(shown)
    assert "Message à envoyer à Lise Exemple" in said
    assert "À faire signer sur papier, faute d'adresse électronique : Paul Exemple" in said
    assert shown.text.count(f'href="{page}/pdf">L') == 1
