"""Pupils: found, registered with every message at once, corrected; after a death nothing is sent."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

from tests.use_cases import loan_cast as cast
from tests.web.pages.cast import Accounts, csrf_of, submit, text_of

from materiel.domain.people.pupil import Capacity
from materiel.store.engine.database import write_transaction
from materiel.store.people import pupil as pupils

TYPED = {
    "last_name": "Nouveau",
    "first_name": "Maël",
    "birth_date": "2015-03-02",
    "school": "baulon",
    "protection": "none",
    "homes__0__lines": "3 rue Neuve\nBâtiment B",
    "homes__0__postcode": "35580",
    "homes__0__city": "Baulon",
    "homes__1__lines": "9 place Haute",
    "homes__1__postcode": "35000",
    "homes__1__city": "Rennes",
    "representatives__0__last_name": "Nouveau",
    "representatives__0__first_name": "Alma",
    "representatives__0__capacity": "mother",
    "representatives__0__home": "1",
    "representatives__0__email": "alma@exemple.fr",
}


async def test_pupils_are_found_by_name(accounts: Accounts) -> None:
    page = await accounts.reader.get("/eleves", params={"q": "zoe"})
    assert f"/eleves/{cast.CHILD}" in page.text
    assert f"/eleves/{cast.ADULT}" not in page.text
    none = await accounts.manager.get("/eleves", params={"q": "personne"})
    assert "Aucun élève ne répond à ces mots" in text_of(none)
    assert 'href="/eleves/nouveau"' in none.text
    assert f"/eleves/{cast.CHILD}" not in (await accounts.stranger.get("/eleves")).text


async def test_a_pupil_with_two_homes_is_registered(accounts: Accounts) -> None:
    answer = await submit(accounts.manager, "/eleves/nouveau", **TYPED)
    assert answer.status_code == 303, text_of(answer)
    shown = text_of(await accounts.reader.get(answer.headers["location"]))
    for told in ("Maël Nouveau", "3 rue Neuve", "Domicile 2", "Alma Nouveau, mère, domicile 2"):
        assert told in shown
    (pupil,) = await pupils.page(cast.SERVICE, q="Maël", limit=5)
    assert pupil.school_uai == cast.BAULON
    assert pupil.homes[0].address.lines == ("3 rue Neuve", "Bâtiment B")
    assert pupil.representatives[0].capacity is Capacity.MOTHER


async def test_every_message_comes_at_once_and_what_was_typed_stays(accounts: Accounts) -> None:
    wrong = {
        **TYPED,
        "last_name": "",
        "homes__0__postcode": "355",
        "representatives__0__email": "alma",
        "school": cast.BAULON,
    }
    answer = await submit(accounts.manager, "/eleves/nouveau", **wrong)
    assert answer.status_code == 422
    assert "3 erreurs sont à corriger" in text_of(answer)
    for target in ("#f-last_name", "#f-homes-0-postcode", "#f-representatives-0-email"):
        assert f'href="{target}"' in answer.text
        assert f'id="{target[1:]}"' in answer.text
    for kept in ("Bâtiment B", "Maël", "9 place Haute"):
        assert kept in answer.text


async def test_one_more_representative_without_a_script(accounts: Accounts) -> None:
    answer = await submit(accounts.manager, "/eleves/nouveau", **{**TYPED, "action": "representant"})
    assert answer.status_code == 200
    assert 'name="representatives/2/last_name"' in answer.text
    assert "Bâtiment B" in answer.text
    assert await pupils.page(cast.SERVICE, q="Maël", limit=5) == []


async def test_a_pupil_is_corrected_from_the_version_that_was_read(accounts: Accounts) -> None:
    page = f"/eleves/{cast.TWO_HOMES}/modifier"
    shown = (await accounts.manager.get(page)).text
    for kept in ("1 rue du Four", "2 rue du Puits", 'value="Lise"', f'value="{cast.PRIVATE}"'):
        assert kept in shown
    values = {**TYPED, "school": cast.COLLEGE, "disagreement": "oui", "representatives__0__other": "oui"}
    assert (await submit(accounts.manager, page, **values)).status_code == 303
    assert (await pupils.get(cast.TWO_HOMES, cast.SERVICE)).disagreement
    assert "a fait connaître son désaccord" in text_of(await accounts.reader.get(f"/eleves/{cast.TWO_HOMES}"))
    stale = await submit(accounts.manager, page, **{**values, "version": "1"})
    assert stale.status_code == 422
    assert "a été modifiée entre-temps" in text_of(stale)


async def test_what_to_print_besides_is_noted_and_shown_to_managers_alone(accounts: Accounts) -> None:
    page = f"/eleves/{cast.TWO_HOMES}/modifier"
    asked = text_of(await accounts.manager.get(page))
    assert "Besoin d'un document en gros caractères" in asked
    assert "Besoin d'un résumé en mots simples" in asked
    assert (await submit(accounts.manager, page, **FAMILY, large_print="oui")).status_code == 303
    kept = await pupils.get(cast.TWO_HOMES, cast.SERVICE)
    assert (kept.large_print, kept.plain_summary) == (True, False)
    told = "À imprimer aussi"
    assert told in text_of(await accounts.manager.get(f"/eleves/{cast.TWO_HOMES}"))
    assert told not in text_of(await accounts.reader.get(f"/eleves/{cast.TWO_HOMES}"))
    assert (await submit(accounts.manager, page, **FAMILY)).status_code == 303
    assert not (await pupils.get(cast.TWO_HOMES, cast.SERVICE)).large_print


FAMILY = {
    "protection": "none",
    "last_name": "Fictif",
    "first_name": "Noé",
    "birth_date": "2012-03-04",
    "school": cast.PRIVATE,
    "homes__0__lines": "1 rue du Four",
    "homes__0__postcode": "35000",
    "homes__0__city": "Rennes",
    "representatives__0__last_name": "Exemple",
    "representatives__0__first_name": "Lise",
    "representatives__0__capacity": "mother",
    "representatives__1__last_name": "Exemple",
    "representatives__1__first_name": "Paul",
    "representatives__1__capacity": "father",
}


async def people_of(pupil_id: UUID) -> dict[str, UUID]:
    return {each.full_name: each.id for each in (await pupils.get(pupil_id, cast.SERVICE)).representatives}


async def test_a_person_corrected_stays_the_same_person(accounts: Accounts) -> None:
    page, before = f"/eleves/{cast.TWO_HOMES}/modifier", await people_of(cast.TWO_HOMES)
    form = {"representatives__0__first_name": "Lyse", "email": "noe@exemple.fr", "phone": "06 00 00 00 00"}
    assert (await submit(accounts.manager, page, **(FAMILY | form))).status_code == 303
    after = await people_of(cast.TWO_HOMES)
    assert list(after) == ["Lyse Exemple", "Paul Exemple"]
    assert list(after.values()) == list(before.values())
    assert "noe@exemple.fr · 06 00 00 00 00" in text_of(await accounts.reader.get(f"/eleves/{cast.TWO_HOMES}"))


async def test_another_person_in_the_same_row_is_somebody_new(accounts: Accounts) -> None:
    page, before = f"/eleves/{cast.TWO_HOMES}/modifier", await people_of(cast.TWO_HOMES)
    form = {"representatives__0__last_name": "Durand", "representatives__0__first_name": "Alma"}
    form = FAMILY | form
    asked = await submit(accounts.manager, page, **form)
    assert asked.status_code == 422
    assert "n'est plus celui de Lise Exemple" in text_of(asked)
    assert (await submit(accounts.manager, page, **form, representatives__0__other="oui")).status_code == 303
    after = await people_of(cast.TWO_HOMES)
    assert after["Alma Durand"] not in before.values()
    assert after["Paul Exemple"] == before["Paul Exemple"]


async def test_a_mailbox_for_two_people_is_told(accounts: Accounts) -> None:
    page = f"/eleves/{cast.TWO_HOMES}/modifier"
    same = {f"representatives__{rank}__email": "famille@exemple.fr" for rank in range(2)}
    answer = await submit(accounts.manager, page, **(FAMILY | same))
    assert answer.status_code == 303, text_of(answer)[:900]
    shown = text_of(await accounts.reader.get(f"/eleves/{cast.TWO_HOMES}"))
    assert "Une même boîte pour Lise Exemple et Paul Exemple : famille@exemple.fr" in shown


async def test_a_death_is_noted_and_stops_messages(accounts: Accounts) -> None:
    page = f"/eleves/{cast.CHILD}/deces"
    assert (await submit(accounts.manager, page, died_on="2030-01-01")).status_code == 422
    assert (await submit(accounts.manager, page, died_on="2026-09-01")).status_code == 303
    shown = await accounts.manager.get(f"/eleves/{cast.CHILD}")
    assert "Aucun message automatique ne part" in text_of(shown)
    assert f"/preter?pupil={cast.CHILD}" not in shown.text
    back = f"{page}/retirer"
    assert (await submit(accounts.manager, back, reason=" ")).status_code == 422
    assert (await submit(accounts.manager, back, reason="Confusion avec un homonyme")).status_code == 303
    assert (await pupils.get(cast.CHILD, cast.SERVICE)).died_on is None
    shown = await accounts.manager.get(f"/eleves/{cast.CHILD}")
    assert "Décès noté par erreur" in text_of(shown)
    assert "Confusion avec un homonyme" in text_of(shown)
    assert (await accounts.manager.get(back)).status_code == 303


async def test_a_reader_reads_and_does_not_write(accounts: Accounts) -> None:
    sheet = await accounts.reader.get(f"/eleves/{cast.CHILD}")
    assert sheet.status_code == 200
    assert "Corriger la fiche" not in text_of(sheet)
    for path in ("/eleves/nouveau", f"/eleves/{cast.CHILD}/modifier", f"/eleves/{cast.CHILD}/deces"):
        assert (await accounts.reader.get(path)).status_code == 403
    assert (await accounts.stranger.get(f"/eleves/{cast.CHILD}")).status_code == 404


async def test_a_pupil_already_known_is_shown_before_being_made_twice(accounts: Accounts) -> None:
    first = await submit(accounts.manager, "/eleves/nouveau", **TYPED)
    assert first.status_code == 303
    typed = TYPED | {"last_name": "NOUVEAU", "first_name": "Mael\u200b"}
    again = await submit(accounts.manager, "/eleves/nouveau", **typed)
    assert again.status_code == 422
    assert first.headers["location"] in again.text
    assert len(await pupils.page(cast.SERVICE, q="nouveau", limit=5)) == 1
    homonym = await submit(accounts.manager, "/eleves/nouveau", **typed, homonym="oui")
    assert homonym.status_code == 303
    assert [each.first_name for each in await pupils.page(cast.SERVICE, q="nouveau", limit=5)] == ["Maël", "Mael"]


async def test_a_misspelt_name_is_answered_by_a_close_one(accounts: Accounts) -> None:
    child, typed = cast.a_child(), "Exmeple"
    page = await accounts.reader.get("/eleves", params={"q": typed})
    assert "Vouliez-vous dire" in text_of(page)
    assert f"{child.last_name} {child.first_name}" in text_of(page)


async def test_an_address_not_to_be_communicated_is_marked_and_shown_so(accounts: Accounts) -> None:
    answer = await submit(accounts.manager, "/eleves/nouveau", **TYPED, homes__1__confidential="oui")
    assert answer.status_code == 303
    (pupil,) = await pupils.page(cast.SERVICE, q="Maël", limit=5)
    assert [home.confidential for home in pupil.homes] == [False, True]
    assert "Adresse à ne pas communiquer" in text_of(await accounts.reader.get(answer.headers["location"]))
    edited = await accounts.manager.get(f"{answer.headers['location']}/modifier")
    assert edited.text.count("checked") >= 1


async def test_a_pupil_entered_twice_is_merged_from_the_sheet(accounts: Accounts) -> None:
    first = (await submit(accounts.manager, "/eleves/nouveau", **TYPED)).headers["location"]
    typed = TYPED | {"first_name": "Mael", "homonym": "oui"}
    second = (await submit(accounts.manager, "/eleves/nouveau", **typed)).headers["location"]
    page = f"{second}/reunir"
    assert page in (await accounts.manager.get(second)).text
    assert (await submit(accounts.manager, page, reason="Deux fois")).status_code == 422
    merged = await submit(accounts.manager, page, into=first.rsplit("/", 1)[1], reason="Deux fois")
    assert (merged.status_code, merged.headers["location"]) == (303, first)
    assert (await accounts.manager.get(second)).status_code == 404
    assert "Fiche réunie à une autre" in text_of(await accounts.manager.get(first))
    assert (await accounts.reader.get(page)).status_code == 403


async def test_a_pupil_entered_by_mistake_is_deleted_from_the_sheet(accounts: Accounts) -> None:
    made = (await submit(accounts.manager, "/eleves/nouveau", **TYPED)).headers["location"]
    page = f"{made}/supprimer"
    assert page in (await accounts.manager.get(made)).text
    assert (await submit(accounts.manager, page, reason="")).status_code == 422
    assert (await submit(accounts.manager, page, reason="Erreur de saisie")).status_code == 303
    assert (await accounts.manager.get(made)).status_code == 404


async def test_a_pupil_of_age_is_written_to_from_the_sheet(accounts: Accounts) -> None:
    page = f"/eleves/{cast.ADULT}"
    assert "L'élève signe lui-même et son adresse n'est pas connue" in text_of(await accounts.manager.get(page))
    pupil = await pupils.get(cast.ADULT, cast.SERVICE)
    async with write_transaction():
        await pupils.save(replace(pupil, email="ilan@exemple.fr"))
    sent = await submit(accounts.manager, page, f"{page}/lien")
    assert sent.status_code == 303, text_of(sent)[:600]
    assert sent.headers["location"] == page
    shown = text_of(await accounts.manager.get(page))
    assert "Le message à l'élève est prêt à partir" in shown
    assert "Liens de la famille Ilan Modèle" in shown
    assert "Écrire à l'élève" not in text_of(await accounts.reader.get(page))
    minor = f"/eleves/{cast.CHILD}"
    shown = await accounts.manager.get(minor)
    assert "Écrire à l'élève" not in text_of(shown)
    refused = await accounts.manager.post(f"{minor}/lien", data={"_csrf": csrf_of(shown.text)})
    assert refused.status_code == 303
    assert "Cet élève ne signe pas lui-même" in text_of(await accounts.manager.get(minor))


async def test_a_home_abroad_is_typed_with_its_country(accounts: Accounts) -> None:
    abroad = {**TYPED, "homes__0__postcode": "1201", "homes__0__city": "Genève"}
    refused = await submit(accounts.manager, "/eleves/nouveau", **abroad)
    assert refused.status_code == 422
    assert "indiquez le pays" in text_of(refused)
    answer = await submit(accounts.manager, "/eleves/nouveau", **abroad, homes__0__country="Suisse")
    assert answer.status_code == 303, text_of(answer)
    assert "1201 Genève, SUISSE" in text_of(await accounts.reader.get(answer.headers["location"]))
    form = await accounts.manager.get(f"{answer.headers['location']}/modifier")
    assert 'value="Suisse"' in form.text
