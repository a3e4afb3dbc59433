"""The annex of the service, read by a program: every version, the one in force, none of another service."""

from __future__ import annotations

from datetime import timedelta

from tests.web.conftest import NOW, Cast, Client

from materiel.domain.accounts.roles import Actor, Role
from materiel.domain.item.family import ItemFamily
from materiel.domain.papers.annex import AnnexSection
from materiel.store.accounts import service as services
from materiel.use_cases.accounts.annex import WriteAnnex, end_annex, write_annex


async def test_the_versions_are_read_the_last_written_first(cast: Cast, reader: Client, stranger: Client) -> None:
    ours = Actor("user:admin", Role.ADMIN, (await services.by_code("DSDEN35")).id)
    sections = (AnnexSection(text="Prenez-en soin."), AnnexSection(text="Chargez-la.", family=ItemFamily.TABLET))
    wanted = WriteAnnex(known=0, starts_on=NOW.date(), title="Charte", sections=sections)
    await write_annex(wanted, actor=ours, now=NOW)
    await end_annex(1, NOW.date() + timedelta(days=9), actor=ours, now=NOW)
    ended, first = (await reader.get("/api/service/annexes")).json()["items"]
    assert first["sections"] == [
        {"family": None, "text": "Prenez-en soin."},
        {"family": "tablet", "text": "Chargez-la."},
    ]
    assert (first["rank"], first["title"], first["in_force"]) == (1, "Charte", True)
    assert (ended["rank"], ended["sections"], ended["in_force"]) == (2, [], False)
    assert (await stranger.get("/api/service/annexes")).json() == {"items": []}
