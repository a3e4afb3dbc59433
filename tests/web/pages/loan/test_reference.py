"""Changes of the annuaire on the page « À faire »: read, then settled with a reason."""

from __future__ import annotations

import pytest
from tests.use_cases import loan_cast as cast
from tests.web.pages.cast import Accounts, submit, text_of

from materiel.domain.loan.reference_change import ChangeKind, FoundChange
from materiel.store.loan import reference_change as changes
from materiel.store.places import school as schools


@pytest.fixture
async def changed(accounts: Accounts) -> Accounts:
    await cast.a_draft()
    closed = FoundChange(school_id=await schools.id_of(cast.BAULON), uai=cast.BAULON, kind=ChangeKind.CLOSED)
    await changes.note(closed, cast.SERVICE, cast.NOW)
    return accounts


async def test_a_change_is_to_do_on_the_home_page_and_settled_there(changed: Accounts) -> None:
    assert "1 Régler un changement de l'annuaire" in text_of(await changed.manager.get("/"))
    listed = "/a-faire/changements-de-l-annuaire"
    page = await changed.manager.get(listed)
    assert "L'annuaire le donne pour fermé" in text_of(page)
    assert "Suivre l'annuaire" not in text_of(await changed.reader.get(listed))
    action = page.text.partition('action="/a-faire/changements/')[2].partition('"')[0]
    empty = await submit(changed.manager, listed, f"/a-faire/changements/{action}", decision="keep", reason="")
    assert empty.status_code == 303
    assert "Indiquez le motif" in text_of(await changed.manager.get(listed))
    await submit(changed.manager, listed, f"/a-faire/changements/{action}", decision="keep", reason="Rouvre")
    assert "Aucun changement de l'annuaire" in text_of(await changed.manager.get(listed))
