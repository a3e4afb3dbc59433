"""« Courriels sortants »: for managers without the text, for administrators with it where nothing is sent."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from uuid import UUID

import pytest
from tests.stage import family_cast as family
from tests.stage.family_cast import LISE
from tests.use_cases import loan_cast as cast
from tests.web.conftest import serving, set_up, settings_for
from tests.web.pages.cast import Accounts, logged_in

from materiel.domain.accounts.roles import Actor, Role
from materiel.domain.work.mail_server import Server

UNKNOWN = UUID(int=7)


@pytest.fixture(params=["", "smtp://127.0.0.1:2525"], ids=["demonstration", "with a server"])
async def accounts(request: pytest.FixtureRequest, migrated_url: str, tmp_path: Path) -> AsyncIterator[Accounts]:
    settings = replace(
        settings_for(migrated_url, tmp_path), mail_server=Server.from_url(request.param) if request.param else None
    )
    async with serving(set_up(settings, lambda: cast.NOW)) as app:
        await family.set_up()
        ours, theirs = Actor("tests", Role.ADMIN, cast.SERVICE), Actor("tests", Role.ADMIN, cast.OTHER_SERVICE)
        people = {role: await logged_in(app, ours, role, f"{role.value}@exemple.fr") for role in Role}
        stranger = await logged_in(app, theirs, Role.ADMIN, "autre@exemple.fr")
        yield Accounts(
            app=app,
            actor=ours,
            admin=people[Role.ADMIN],
            manager=people[Role.MANAGER],
            reader=people[Role.READER],
            stranger=stranger,
            anonymous=stranger,
        )


async def test_an_administrator_reads_what_leaves(accounts: Accounts, request: pytest.FixtureRequest) -> None:
    assert "Aucun courriel" in (await accounts.admin.get("/courriels")).text
    path = (await family.send(await family.an_agreement()))[LISE]
    page = (await accounts.admin.get("/courriels")).text
    assert LISE in page
    assert "un document attend votre signature" in page
    (message, *_) = await family.messages(to=LISE)
    shown = (await accounts.admin.get(f"/courriels/{message.id}")).text
    is_sending = "with a server" in request.node.name
    assert ("rien ne part" in page) is not is_sending
    assert (path in shown) is not is_sending
    assert ("lisible que par son destinataire" in shown) is is_sending


async def test_a_manager_reads_what_became_of_a_message_and_never_its_text(accounts: Accounts) -> None:
    path = (await family.send(await family.an_agreement()))[LISE]
    (message, *_) = await family.messages(to=LISE)
    assert LISE in (await accounts.manager.get("/courriels")).text
    shown = (await accounts.manager.get(f"/courriels/{message.id}")).text
    assert "À envoyer" in shown
    assert path not in shown
    assert "Lise Exemple" not in shown


async def test_nobody_else_reads_it(accounts: Accounts) -> None:
    await family.send(await family.an_agreement())
    (message, *_) = await family.messages(to=LISE)
    for path in ("/courriels", f"/courriels/{message.id}"):
        assert (await accounts.reader.get(path)).status_code == 403
    assert LISE not in (await accounts.stranger.get("/courriels")).text
    for message_id in (message.id, UNKNOWN):
        assert (await accounts.stranger.get(f"/courriels/{message_id}")).status_code == 404


async def test_a_strange_key_shows_the_first_page(accounts: Accounts) -> None:
    assert (await accounts.admin.get("/courriels?avant=rien")).status_code == 200


async def test_messages_are_found_sorted_and_taken_away(accounts: Accounts) -> None:
    await family.send(await family.an_agreement())
    for order in ("ecrit", "-ecrit", "objet", "-objet", "a", "-a", "etat", "-etat"):
        assert LISE in (await accounts.manager.get("/courriels", params={"tri": order})).text, order
    assert LISE in (await accounts.manager.get("/courriels", params={"q": LISE[:6].upper()})).text
    nothing = (await accounts.manager.get("/courriels?q=introuvable&etat=queued")).text
    assert "Aucun courriel ne répond à ces critères." in nothing
    assert "Sans «\N{NO-BREAK SPACE}introuvable\N{NO-BREAK SPACE}»" in nothing
    table = (await accounts.manager.get("/courriels/vue.csv?etat=queued")).content.decode("utf-8-sig")
    assert table.splitlines()[0] == "Objet;À;Écrit le;État"
    assert LISE in table
    assert LISE not in (await accounts.stranger.get("/courriels/vue.csv")).text
    assert (await accounts.reader.get("/courriels/vue.csv")).status_code == 403
