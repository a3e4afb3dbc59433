"""The page, the route and the command that gather one person's data."""

from __future__ import annotations

import io
import zipfile

from tests.use_cases import loan_cast as cast
from tests.web.pages.cast import Accounts, submit, text_of


async def test_a_manager_gathers_the_data_of_a_pupil_from_the_sheet(accounts: Accounts) -> None:
    page = f"/eleves/{cast.CHILD}/donnees"
    assert f'href="{page}"' in (await accounts.manager.get(f"/eleves/{cast.CHILD}")).text
    assert "Toute personne peut demander une copie" in text_of(await accounts.manager.get(page))
    made = await submit(accounts.manager, page)
    assert made.status_code == 200
    assert made.headers["content-disposition"] == 'attachment; filename="donnees-personnelles.zip"'
    with zipfile.ZipFile(io.BytesIO(made.content)) as archive:
        assert "Zoé" in archive.read("donnees.html").decode()
    assert "Données d'une personne rassemblées et remises." in text_of(await accounts.manager.get("/journal"))
    assert (await accounts.reader.get(page)).status_code == 403
    assert (await accounts.stranger.get(page)).status_code == 404
