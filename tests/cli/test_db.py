"""`materiel db`: an empty database is behind, then it is not."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

import pytest
from tests.cli.conftest import Run
from tests.cli.test_serve import free_port
from tests.conftest import NewDatabase

from materiel.settings import Settings
from materiel.store.engine.database import fetch
from materiel.use_cases.process.running import running

ON_POSTGRES = bool(os.environ.get("MATERIEL_TEST_DATABASE"))


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


@pytest.fixture
def lost(run: Run, empty_url: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Run:
    """An installation that has run, and whose base is no longer there."""
    assert run("service", "list").code == 0
    assert [each.name for each in (tmp_path / "data").iterdir()] == ["secret.key"]
    monkeypatch.setenv("MATERIEL_DATABASE_URL", empty_url)
    return run


@pytest.mark.parametrize(
    "arguments",
    [("db", "upgrade"), ("db", "check"), ("service", "list"), ("demo",), ("verify",), ("worker",), ("serve",)],
)
def test_an_absent_base_beside_a_key_is_not_a_beginning(
    lost: Run, empty_url: str, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...]
) -> None:
    monkeypatch.setenv("MATERIEL_PORT", str(free_port()))
    refused = lost(*arguments)
    assert refused.code == 1
    assert "est servi" not in refused.err
    assert "une installation était là" in refused.err
    assert "materiel restore FICHIER" in refused.err
    assert "--new" in refused.err
    assert "Traceback" not in refused.err
    if not ON_POSTGRES:
        assert not Path(empty_url.removeprefix("sqlite:///")).exists()


def test_its_refusal_has_a_code(lost: Run) -> None:
    assert lost("db", "check", "--json").json["code"] == "database.absent"


def test_a_new_base_is_made_when_it_is_asked_for(lost: Run) -> None:
    assert lost("db", "upgrade", "--new").code == 0
    assert lost("service", "list").code == 0


def test_a_base_without_any_step_is_as_absent(lost: Run, empty_url: str) -> None:
    if not ON_POSTGRES:
        Path(empty_url.removeprefix("sqlite:///")).touch()
    assert "est vide" in lost("db", "upgrade").err


def test_a_first_start_killed_before_its_base_is_still_a_beginning(
    run: Run, empty_url: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("MATERIEL_DATABASE_URL", empty_url)
    Settings.from_env(os.environ)
    assert (tmp_path / "data" / "secret.key").exists()
    assert run("db", "check").code == 1
    assert run("db", "upgrade").code == 0
    assert [each.name for each in (tmp_path / "data").iterdir()] == ["secret.key"]


def test_a_base_of_a_newer_version_is_served_by_none_of_the_commands(
    run: Run, migrated_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    asyncio.run(note_a_later_step(migrated_url))
    monkeypatch.setenv("MATERIEL_PORT", str(free_port()))
    for arguments in (("db", "check"), ("db", "upgrade"), ("service", "list"), ("worker",), ("serve",)):
        refused = run(*arguments)
        assert refused.code == 1
        assert "plus récente" in refused.err
        assert "Installez" in refused.err
        assert "à jour." not in refused.err
    assert run("db", "check", "--json").json["code"] == "database.newer"


async def note_a_later_step(url: str) -> None:
    async with running(url, migrate=False):
        await fetch("INSERT INTO migration (name, app_name) VALUES ('2031-01-01T00:00:00:000000', 'materiel')")


def test_a_damaged_base_is_one_line(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "abimee.sqlite3"
    file.write_bytes(b"bonjour " * 1000)
    monkeypatch.setenv("MATERIEL_DATABASE_URL", f"sqlite:///{file}")
    # A demonstration may already be served on the usual port of the machine.
    serve = ["serve", "--port", free_port()]
    for command in (["db", "check"], ["db", "upgrade"], ["service", "list"], ["backup", tmp_path / "x"], serve):
        refused = run(*command)
        assert (refused.code, refused.out, len(refused.err.splitlines())) == (1, "", 1), refused.err
        assert "abîmée" in refused.err
