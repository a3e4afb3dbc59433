"""« Changer plusieurs élèves d'établissement »: ticked or pasted, shown, then all moved or none."""

from __future__ import annotations

from dataclasses import replace

from tests.use_cases import loan_cast as cast
from tests.web.pages.cast import Accounts, submit, text_of

from materiel.store.engine.database import write_transaction
from materiel.store.people import pupil as pupils

PAGE = f"/etablissements/{cast.BAULON}/changements"


async def test_they_are_shown_then_moved(accounts: Accounts) -> None:
    assert PAGE in (await accounts.manager.get(f"/etablissements/{cast.BAULON}")).text
    typed = {"school": cast.COLLEGE, "on": "2026-09-07", "eleves": str(cast.CHILD), "names": "exemple  ZOE"}
    shown = await submit(accounts.manager, PAGE, PAGE, **typed, action="voir")
    assert shown.status_code == 200
    told = text_of(shown)
    assert "Aucun prêt en cours : seule la fiche change." in told
    assert (await pupils.get(cast.CHILD, cast.SERVICE)).school_uai == cast.BAULON
    done = await submit(accounts.manager, PAGE, PAGE, **typed, action="changer")
    assert done.headers["location"] == f"/etablissements/{cast.COLLEGE}"
    assert (await pupils.get(cast.CHILD, cast.SERVICE)).school_uai == cast.COLLEGE


async def test_what_is_wrong_is_told_and_kept(accounts: Accounts) -> None:
    typed = {"school": cast.IME, "on": "", "eleves": "", "names": "Personne Inconnue"}
    wrong = await submit(accounts.manager, PAGE, PAGE, **typed, action="voir")
    assert wrong.status_code == 422
    told = text_of(wrong)
    assert "sous ce nom : Personne Inconnue" in told
    assert "Indiquez le jour du changement" in told
    typed |= {"on": "2026-09-07", "names": ""}
    assert "Aucun élève n'est choisi" in text_of(await submit(accounts.manager, PAGE, PAGE, **typed, action="voir"))
    assert (await accounts.reader.get(PAGE)).status_code == 403
    empty = f"/etablissements/{cast.CARDROC}/changements"
    assert "Aucun élève connu" in text_of(await accounts.manager.get(empty))


async def test_a_child_who_died_is_not_offered_to_the_june_list(accounts: Accounts) -> None:
    async with write_transaction():
        child = await pupils.get(cast.CHILD, cast.SERVICE)
        await pupils.save(replace(child, died_on=cast.TODAY))
    page = await accounts.manager.get(PAGE)
    assert page.status_code == 200
    assert str(cast.CHILD) not in page.text
