"""« Prêter »: what is known stays, what the texts say is shown before anything is written, two acts in one form."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from tests.use_cases import loan_cast as cast
from tests.web.pages.cast import Accounts, submit, text_of

from materiel.domain.accounts.service import NO_ADDRESS
from materiel.domain.item.item import ItemStatus
from materiel.domain.loan.loan import LoanStatus
from materiel.domain.usage import Custody
from materiel.store.accounts import service as services
from materiel.store.item import item as items
from materiel.store.loan import loan as loans
from materiel.store.people import pupil as pupils

COMPLETE = f"/preter?pupil={cast.CHILD}&item={cast.LAPTOP}&custody=home"


async def all_loans() -> list[object]:
    return list(await loans.page(cast.SERVICE, limit=50))


async def test_a_scanned_label_is_taken_at_once(accounts: Accounts) -> None:
    item = await items.get(cast.LAPTOP, cast.SERVICE)
    for typed in (item.inventory_number, item.public_code, f"https://pret.example.fr/Q/{item.public_code}"):
        answer = await accounts.manager.get("/preter", params={"q": typed, "pupil": str(cast.CHILD)})
        assert answer.status_code == 303
        assert answer.headers["location"] == (
            f"/preter?usage=individual&pupil={cast.CHILD}&school={cast.BAULON}&item={cast.LAPTOP}"
        )


async def test_a_name_with_one_answer_is_taken_at_once(accounts: Accounts) -> None:
    answer = await accounts.manager.get("/preter", params={"q": "zoé", "item": str(cast.LAPTOP)})
    assert answer.headers["location"] == f"/preter?usage=individual&pupil={cast.CHILD}&item={cast.LAPTOP}"


async def test_several_answers_are_listed_with_links(accounts: Accounts) -> None:
    page = await accounts.manager.get("/preter", params={"q": "ordinateur", "pupil": str(cast.CHILD)})
    assert page.status_code == 200
    assert "35-2026-00001 – Ordinateur portable" in text_of(page)
    assert f"item={cast.LAPTOP}" in page.text


async def test_no_answer_says_what_to_do(accounts: Accounts) -> None:
    page = await accounts.manager.get("/preter", params={"q": "zzzz"})
    assert "Rien ne répond à ces mots" in text_of(page)
    assert 'href="/eleves/nouveau"' in page.text


async def test_the_texts_are_told_before_anything_is_written(accounts: Accounts) -> None:
    page = await accounts.manager.get(COMPLETE)
    text = text_of(page)
    for told in (
        "Autorisé",
        "Convention de prêt , à signer par : service gestionnaire et emprunteur",
        "Notification , pour information : maire, sans signature",
        "Bon de remise (à la remise)",
        "circulaire n° 2001-221 du 29 octobre 2001",
    ):
        assert told in text
    assert await all_loans() == []


async def test_create_and_issue_in_one_submission(accounts: Accounts) -> None:
    answer = await submit(accounts.manager, COMPLETE, "/preter", **await terms(accounts, COMPLETE))
    assert answer.status_code == 303, text_of(answer)
    where = answer.headers["location"]
    assert re.fullmatch(r"/prets/[0-9a-f-]{36}/documents", where)
    page = await accounts.manager.get(where)
    text = text_of(page)
    for told in ("2 documents sont émis.", "Convention de prêt", "Notification", "Imprimer tout", "Envoyer pour"):
        assert told in text
    (loan,) = await loans.page(cast.SERVICE, limit=5)
    assert loan.status is LoanStatus.ISSUED
    printed = await accounts.manager.get(f"/prets/{loan.id}/documents.pdf")
    assert printed.content.startswith(b"%PDF-")


TWO = f"/preter?pupil={cast.CHILD}&item={cast.LAPTOP}&item={cast.BRAILLE}&custody=home"


async def test_one_item_alone_has_one_custody(accounts: Accounts) -> None:
    assert 'name="elsewhere"' not in (await accounts.manager.get(COMPLETE)).text
    page = await accounts.manager.get(TWO)
    assert page.text.count('name="elsewhere"') == 2
    assert "Cochez ce qui reste en permanence sur le lieu de scolarisation" in text_of(page)


async def test_each_item_has_its_custody_from_the_start(accounts: Accounts) -> None:
    """Row 17 of the table."""
    chosen = await terms(accounts, TWO) | {"elsewhere": str(cast.BRAILLE)}
    answer = await submit(accounts.manager, TWO, "/preter", **chosen)
    assert answer.status_code == 303, text_of(answer)
    assert answer.headers["location"] == f"/prets?eleve={cast.CHILD}"
    text = text_of(await accounts.manager.get(answer.headers["location"]))
    for told in ("Un prêt distinct est fait", "Convention de prêt", "Notification", "Convention tripartite"):
        assert told in text
    made = await loans.page(cast.SERVICE, limit=5)
    assert [(each.custody, [line.item_id for line in each.items], each.status) for each in made] == [
        (Custody.HOME, [cast.LAPTOP], LoanStatus.ISSUED),
        (Custody.SCHOOL, [cast.BRAILLE], LoanStatus.ISSUED),
    ]


async def test_nothing_is_written_when_every_item_has_the_other_custody(accounts: Accounts) -> None:
    chosen = await terms(accounts, TWO) | {"elsewhere": [str(cast.BRAILLE), str(cast.LAPTOP)]}
    answer = await submit(accounts.manager, TWO, "/preter", **chosen)
    assert answer.status_code == 422
    assert "choisissez-la pour le prêt entier" in text_of(answer)
    assert answer.text.count(" checked>") == 2, "what was ticked is kept"
    assert await all_loans() == []


async def test_two_drafts_may_be_kept(accounts: Accounts) -> None:
    chosen = await terms(accounts, TWO) | {"elsewhere": str(cast.BRAILLE), "action": "brouillon"}
    answer = await submit(accounts.manager, TWO, "/preter", **chosen)
    assert answer.headers["location"] == f"/prets?eleve={cast.CHILD}"
    assert [each.status for each in await loans.page(cast.SERVICE, limit=5)] == [LoanStatus.DRAFT, LoanStatus.DRAFT]


async def test_a_draft_may_be_kept(accounts: Accounts) -> None:
    answer = await submit(
        accounts.manager, COMPLETE, "/preter", **{**await terms(accounts, COMPLETE), "action": "brouillon"}
    )
    (loan,) = await loans.page(cast.SERVICE, limit=5)
    assert answer.headers["location"] == f"/prets/{loan.id}"
    assert loan.status is LoanStatus.DRAFT


async def test_every_message_comes_at_once_and_nothing_typed_is_lost(accounts: Accounts) -> None:
    typed = {"starts_on": "30/02/2026", "purpose": "", "ends_on": "bientôt", "action": "emettre"}
    answer = await submit(accounts.manager, COMPLETE, "/preter", **typed)
    assert answer.status_code == 422
    text = text_of(answer)
    assert "3 erreurs sont à corriger" in text
    assert 'value="30/02/2026"' in answer.text
    assert 'value="bientôt"' in answer.text
    assert f'name="item" value="{cast.LAPTOP}"' in answer.text
    assert await all_loans() == []


async def test_a_shared_item_in_a_private_school_is_refused_with_the_lawful_way(accounts: Accounts) -> None:
    page = await accounts.manager.get(f"/preter?usage=shared&school={cast.PRIVATE}&item={cast.LAPTOP}")
    text = text_of(page)
    assert "Refusé" in text
    assert "interdit en toute hypothèse dans un établissement privé" in text
    assert "Prêter à un élève, le matériel restant dans l'établissement" in text
    href = re.search(r'href="([^"]+)">Prêter à un élève, le matériel restant', page.text)
    assert href
    lawful = await accounts.manager.get(href[1].replace("&amp;", "&"))
    assert "Autorisé" in text_of(lawful)
    assert "Créer et émettre" not in text_of(page)


async def test_a_medico_educational_school_is_refused(accounts: Accounts) -> None:
    page = await accounts.manager.get(f"/preter?pupil={cast.CHILD}&school={cast.IME}&item={cast.LAPTOP}&custody=home")
    text = text_of(page)
    assert "établissement médico-éducatif" in text
    assert "Revenir à l'établissement de sa fiche" in text
    assert "Créer et émettre" not in text


async def test_a_pap_alone_is_refused_without_losing_what_was_typed(accounts: Accounts) -> None:
    typed = {**await terms(accounts, COMPLETE), "basis__kind": "pap", "action": "verifier", "purpose": "Dictée"}
    answer = await submit(accounts.manager, COMPLETE, "/preter", **typed)
    text = text_of(answer)
    assert answer.status_code == 200
    assert "Fonder le prêt sur une notification de la CDAPH" in text
    assert await all_loans() == []


async def test_a_caution_must_be_confirmed(accounts: Accounts) -> None:
    page = f"/preter?pupil={cast.CHILD}&school={cast.COLLEGE}&item={cast.LAPTOP}&custody=home"
    values = await terms(accounts, page)
    answer = await submit(accounts.manager, page, "/preter", **values)
    assert answer.status_code == 422
    assert "À confirmer : La fiche de l'élève indique un autre établissement" in text_of(answer)
    confirmed = await submit(accounts.manager, page, "/preter", **values, confirm__ETABLISSEMENT_DIFFERENT="oui")
    assert confirmed.status_code == 303


async def test_an_item_already_lent_cannot_be_chosen(accounts: Accounts) -> None:
    await cast.a_draft()
    page = await accounts.manager.get("/preter", params={"q": "ordinateur"})
    assert f"item={cast.LAPTOP}" not in page.text
    assert "Réservé" in text_of(page)
    forced = await submit(accounts.manager, COMPLETE, "/preter", **await terms(accounts, COMPLETE))
    assert forced.status_code == 422
    assert "déjà dans un prêt en cours" in text_of(forced)
    assert (await items.get(cast.LAPTOP, cast.SERVICE)).status is ItemStatus.RESERVED


async def test_what_another_service_has_does_not_exist(accounts: Accounts) -> None:
    page = await accounts.stranger.get(COMPLETE)
    assert page.status_code == 200
    text = text_of(page)
    assert "Cet élève n'existe pas dans votre service" in text
    for hidden in ("Zoé", "Ordinateur"):
        assert hidden not in text


async def test_a_reader_does_not_lend(accounts: Accounts) -> None:
    assert (await accounts.reader.get("/preter")).status_code == 403
    assert (await accounts.anonymous.get("/preter")).headers["location"] == "/connexion?suite=/preter"


@pytest.mark.parametrize("broken", ["pupil=x", "item=x&item=y", "school=0000000X", "custody=ailleurs", "usage=autre"])
async def test_a_broken_address_is_a_page_to_complete(accounts: Accounts, broken: str) -> None:
    assert (await accounts.manager.get(f"/preter?{broken}")).status_code == 200


async def terms(accounts: Accounts, page: str) -> dict[str, object]:
    """What the last part of the page proposes."""
    shown = (await accounts.manager.get(page)).text
    found: dict[str, object] = {"action": "emettre", "schooling": "ordinary"}
    for name in ("starts_on", "purpose"):
        value = re.search(rf'name="{name}"[^>]* value="([^"]*)"', shown)
        assert value, name
        found[name] = value[1].replace("&#39;", "'")
    return found


async def test_what_prevents_issuing_is_told_with_the_page_that_mends_it(accounts: Accounts) -> None:
    pupil = await pupils.get(cast.CHILD, cast.SERVICE)
    await pupils.save(replace(pupil, representatives=()))
    page = await accounts.manager.get(COMPLETE)
    assert "aucune personne responsable n'est enregistrée" in text_of(page)
    assert f'href="/eleves/{cast.CHILD}/modifier"' in page.text
    assert "Créer et émettre" not in page.text
    assert "Garder en brouillon" in page.text
    forced = await submit(accounts.manager, COMPLETE, "/preter", **await terms(accounts, COMPLETE))
    assert forced.status_code == 422
    assert "Rien n'est enregistré" in text_of(forced)
    assert await all_loans() == []


async def test_an_incomplete_service_leads_its_administrator_to_the_settings(accounts: Accounts) -> None:
    await services.save(replace(await services.get(cast.SERVICE), address=NO_ADDRESS))
    assert 'href="/reglages/service">Compléter' in (await accounts.admin.get(COMPLETE)).text
    told = await accounts.manager.get(COMPLETE)
    assert "Demandez-le à un administrateur" in text_of(told)
    assert 'href="/reglages/service">Compléter' not in told.text


async def test_a_school_outside_the_territory_asks_a_reason(accounts: Accounts) -> None:
    await services.save(replace(await services.get(cast.SERVICE), departement="056"))
    page = await accounts.manager.get(COMPLETE)
    assert "dans le département 35, hors du ressort" in text_of(page)
    typed = await terms(accounts, COMPLETE)
    refused = await submit(accounts.manager, COMPLETE, "/preter", **typed)
    assert refused.status_code == 422
    assert "Écrivez le motif" in text_of(refused)
    done = await submit(accounts.manager, COMPLETE, "/preter", **typed, override_reason="Accord de la DSDEN 35")
    assert done.status_code == 303
    (loan,) = await loans.page(cast.SERVICE, limit=5)
    assert loan.override_reason == "Accord de la DSDEN 35"


async def test_a_draft_is_on_the_home_page_and_may_be_given_up(accounts: Accounts) -> None:
    draft = await cast.a_draft()
    home = await accounts.manager.get("/")
    assert "1 Finir ou abandonner un brouillon" in text_of(home)
    assert f'href="/prets/{draft}"' in home.text
    assert "Abandonner" not in text_of(await accounts.reader.get("/"))
    assert "Exemple Zoé" in text_of(await accounts.manager.get("/a-faire/brouillons"))
    given_up = await submit(accounts.manager, "/", f"/prets/{draft}/abandon")
    assert given_up.status_code == 303
    assert (await items.get(cast.LAPTOP, cast.SERVICE)).status is ItemStatus.IN_STOCK
    assert "Finir ou abandonner" not in text_of(await accounts.manager.get("/"))


async def test_a_draft_that_cannot_be_issued_says_why(accounts: Accounts) -> None:
    await services.save(replace(await services.get(cast.SERVICE), address=NO_ADDRESS))
    page = await accounts.manager.get(f"/prets/{await cast.a_draft()}")
    assert "ne peuvent pas encore être émis" in text_of(page)
    assert "Émettre les documents" not in page.text
