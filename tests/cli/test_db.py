"""`materiel db`: an empty database is behind, then it is not."""

from __future__ import annotations

import pytest
from tests.cli.conftest import Run
from tests.conftest import NewDatabase


@pytest.fixture
async def empty_url(new_database: NewDatabase) -> str:
    return await new_database()


def test_an_empty_database_is_brought_up_to_date(run: Run, empty_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MATERIEL_DATABASE_URL", empty_url)
    behind = run("db", "check", "--json")
    assert behind.code == 1
    assert "materiel db upgrade" in behind.err
    upgraded = run("db", "upgrade", "--json")
    assert upgraded.json["migrations"] == behind.json["missing"] != []
    assert run("db", "check").code == 0
    assert run("db", "upgrade", "--json").json == {"migrations": []}


def test_an_unreachable_database_is_a_sentence(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MATERIEL_DATABASE_URL", "postgresql://personne@127.0.0.1:9/rien")
    refused = run("db", "check")
    assert refused.code == 1
    assert "Traceback" not in refused.err
    assert refused.err.strip()
