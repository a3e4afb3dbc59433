"""Views of a list that somebody keeps: under a name, for that account alone, without whom it looks for."""

from __future__ import annotations

import re

import httpx
from tests.use_cases import loan_cast as cast
from tests.web.pages.cast import Accounts, csrf_of, text_of

from materiel.domain.accounts.saved_view import MOST
from materiel.store.engine.database import fetch
from materiel.use_cases.accounts.user_rights import close_account

STOCK = "?etat=in_stock&tri=-prix"


async def post(client: httpx.AsyncClient, path: str, page: str = f"/materiels{STOCK}", **values: str) -> httpx.Response:
    token = csrf_of((await client.get(page)).text)
    return await client.post(path, data={"_csrf": token, "list": "materiels", "query": STOCK, **values})


def views(page: httpx.Response) -> list[str]:
    """The names of the views of a list, the first one that is shown marked."""
    found = re.findall(r'<a href="\?[^"]*"( aria-current="page")?>([^<]+?)(?: <span>|</a>)', page.text)
    return [f"[{name}]" if current else name for current, name in found]


async def test_a_view_is_kept_found_again_renamed_and_given_up(accounts: Accounts) -> None:
    assert "Enregistrer cette vue" not in text_of(await accounts.reader.get("/materiels"))
    assert "Enregistrer cette vue" in text_of(await accounts.reader.get(f"/materiels{STOCK}"))
    answer = await post(accounts.reader, "/vues", name="  Les plus  chers ")
    assert answer.headers["location"] == f"/materiels{STOCK}"
    page = await accounts.reader.get(f"/materiels{STOCK}")
    assert "La vue « Les plus chers » est gardée ; vous seul la voyez." in text_of(page)
    assert "[Les plus chers]" in views(page)
    assert "Enregistrer cette vue" not in text_of(page)
    assert "Les plus chers" in views(await accounts.reader.get("/materiels"))
    (row,) = await fetch("SELECT * FROM saved_view")
    await post(accounts.reader, f"/vues/{row['id']}/nom", name="Chers")
    assert "[Chers]" in views(await accounts.reader.get(f"/materiels{STOCK}"))
    await post(accounts.reader, f"/vues/{row['id']}/retirer")
    assert "Chers" not in " ".join(views(await accounts.reader.get("/materiels")))
    assert await fetch("SELECT * FROM saved_view") == []


async def test_a_view_is_seen_by_nobody_else(accounts: Accounts) -> None:
    await post(accounts.reader, "/vues", name="La mienne")
    (row,) = await fetch("SELECT * FROM saved_view")
    for other in (accounts.manager, accounts.admin, accounts.stranger):
        assert "La mienne" not in (await other.get(f"/materiels{STOCK}")).text
        for act in ("nom", "retirer"):
            answer = await post(other, f"/vues/{row['id']}/{act}", name="À moi")
            assert answer.status_code == 404
    assert "[La mienne]" in views(await accounts.reader.get(f"/materiels{STOCK}"))


async def test_a_name_serves_once_and_views_are_bounded(accounts: Accounts) -> None:
    async def told(name: str, **values: str) -> str:
        await post(accounts.reader, "/vues", name=name, **values)
        return text_of(await accounts.reader.get("/materiels"))

    assert "Nommez cette vue." in await told(" ")
    assert "Ce nom compte 61 caractères ; 60 au plus." in await told("x" * 61)
    assert "il n'y a rien à garder" in await told("Rien", query="?apres=abc")
    assert "trop de filtres" in await told("Trop", query=f"?q={'x' * 1_001}")
    assert "est gardée" in await told("Une")
    assert "Vous avez déjà une vue « une » de cette liste" in await told("une")
    for number in range(1, MOST):
        await told(f"Vue {number}")
    assert f"Vous gardez déjà {MOST} vues de cette liste" in await told("De trop")
    assert len(await fetch("SELECT * FROM saved_view")) == MOST
    assert (await post(accounts.reader, "/vues", name="Nulle part", list="nulle-part")).status_code == 404


async def test_a_view_of_pupils_keeps_no_name(accounts: Accounts) -> None:
    query = f"?q=zoe&eleve={cast.CHILD}&etat=draft&tri=qui"
    await post(accounts.reader, "/vues", list="prets", name="Brouillons par nom", query=query)
    (row,) = await fetch("SELECT * FROM saved_view")
    assert row["query"] == "etat=draft&tri=qui"
    assert "[Brouillons par nom]" in views(await accounts.reader.get("/prets?etat=draft&tri=qui"))


async def test_the_views_of_a_closed_account_go_with_it(accounts: Accounts) -> None:
    await post(accounts.reader, "/vues", name="La mienne")
    (row,) = await fetch("SELECT account FROM saved_view")
    await close_account(row["account"], actor=accounts.actor, now=cast.NOW)
    assert await fetch("SELECT * FROM saved_view") == []
