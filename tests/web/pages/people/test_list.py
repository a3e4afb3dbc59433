"""« Élèves » as a list: sorted, counted, taken away, for the actor's service alone."""

from __future__ import annotations

import re

import pytest
from tests.use_cases import loan_cast as cast
from tests.web.pages.cast import Accounts, text_of


def shown(page: str) -> list[str]:
    """The pupils of a page, in its order."""
    return re.findall(r'scope="row"><a href="/eleves/[^"]+">([^<]+)</a>', page)


async def test_pupils_are_listed_by_name_or_by_any_other_column(accounts: Accounts) -> None:
    await cast.a_draft()
    zoe, noe, ilan = "Exemple Zoé", "Fictif Noé", "Modèle Ilan"
    for order, expected in {
        "": [zoe, noe, ilan],
        "-nom": [ilan, noe, zoe],
        "naissance": [ilan, noe, zoe],
        "-naissance": [zoe, noe, ilan],
        "-prets": [zoe, ilan, noe],
    }.items():
        page = await accounts.reader.get("/eleves", params={"tri": order})
        assert set(shown(page.text)) == {zoe, noe, ilan}
        if order != "-prets":
            assert shown(page.text) == expected, order
        else:
            assert shown(page.text)[0] == zoe
        assert "3 élèves" in text_of(page)
    for column in ("ou", "commune"):
        up = shown((await accounts.reader.get(f"/eleves?tri={column}")).text)
        down = shown((await accounts.reader.get(f"/eleves?tri=-{column}")).text)
        assert (sorted(up), up != down) == ([zoe, noe, ilan], True), column


async def test_pages_follow_each_other(accounts: Accounts, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("materiel.web.pages.people.list.PAGE", 1)
    seen: list[str] = []
    query: str = "?tri=-nom"
    while query:
        page = (await accounts.reader.get(f"/eleves{query}")).text
        seen += shown(page)
        following = re.search(r'href="([^"]+)" rel="next"', page)
        query = following[1].replace("&amp;", "&") if following else ""
    assert seen == ["Modèle Ilan", "Fictif Noé", "Exemple Zoé"]


async def test_the_list_is_taken_away(accounts: Accounts) -> None:
    lines = (await accounts.reader.get("/eleves/vue.csv?q=zoe")).content.decode("utf-8-sig").splitlines()
    assert lines[0] == "Élève;Naissance;Établissement;Commune;Prêts en cours"
    assert [line.partition(";")[0] for line in lines[1:]] == ["Exemple Zoé"]
    assert len((await accounts.stranger.get("/eleves/vue.csv")).content.splitlines()) == 1
