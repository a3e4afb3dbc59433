"""`materiel restore` onto another base than the one it leaves: older, newer, emptied, damaged, under a plain role."""

from __future__ import annotations

import asyncio
import re
import stat
from collections.abc import Awaitable, Callable
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from piccolo.apps.migrations.commands.forwards import run_forwards
from tests.cli.conftest import Run
from tests.cli.test_backup import add_rectorat, codes
from tests.conftest import SERVER, NewDatabase
from tests.stage import retention_cast as old
from tests.use_cases import loan_cast as cast

from materiel.errors import Conflict
from materiel.store.backup.content import read_content
from materiel.store.backup.replay import too_old
from materiel.store.engine import database as engines
from materiel.store.engine.database import fetch
from materiel.use_cases.incident.file import remove_file
from materiel.use_cases.people.removal import DeletePupil, delete_pupil
from materiel.use_cases.process.backup import _refuse_newer
from materiel.use_cases.process.running import running

ON_POSTGRES = bool(SERVER)
LATER = "2031-01-01T00:00:00:000000"
FORMER = "2026-11-28T00:01:30:000000"
"""A migration after which others came: a base that stops there is an older one."""

ADDRESS = '{"lines": ["1 quai Dujardin"], "postcode": "35000", "city": "Rennes"}'

Work = Callable[[], Awaitable[object]]


def in_base(url: str, work: Work) -> None:
    """Do something in a base whose schema is this version's."""

    async def inside() -> None:
        async with running(url, migrate=False):
            await work()

    asyncio.run(inside())


def in_any_base(url: str, work: Work) -> None:
    """Do something in a base whatever its schema."""

    async def inside() -> None:
        engine = engines.bind(engines.build_engine(url, synchronous="OFF"))
        await engines.start(engine)
        try:
            await work()
        finally:
            await engines.stop(engine)

    asyncio.run(inside())


def counted(url: str, sql: str) -> int:
    found: list[int] = []

    async def count() -> None:
        found.append((await fetch(sql))[0]["found"])

    in_any_base(url, count)
    return found[0]


@pytest.fixture
def file(with_service: Run, tmp_path: Path) -> Path:
    """A backup of a base that knows one service."""
    made = tmp_path / "materiel.bak"
    assert with_service("backup", made).code == 0
    return made


@pytest.fixture
async def other_url(new_database: NewDatabase) -> str:
    """One more base, with nothing in it."""
    return await new_database()


async def come_from_a_later_version() -> None:
    await fetch(f"INSERT INTO migration (name, app_name) VALUES ('{LATER}', 'materiel')")
    await fetch("UPDATE installation SET version = '9.1.0'")
    await fetch("CREATE TABLE to_come (id INTEGER PRIMARY KEY, item UUID REFERENCES item (id))")


# What is lost


def test_what_would_be_lost_is_told_and_refused(with_service: Run, file: Path) -> None:
    add_rectorat(with_service)
    refused = with_service("restore", file)
    assert refused.code == 1
    assert "tient 1 écriture(s) d'historique, du " in refused.err
    assert "--force" in refused.err
    assert codes(with_service) == ["DSDEN35", "RECT14"]
    restored = with_service("restore", file, "--force")
    assert restored.code == 0
    assert "à fermer de nouveau" in restored.err
    assert codes(with_service) == ["DSDEN35"]


def test_nothing_is_asked_where_nothing_is_lost(with_service: Run, file: Path) -> None:
    restored = with_service("restore", file)
    assert restored.code == 0
    assert "à fermer de nouveau" not in restored.err
    # The restoration itself is told by the journal: going back once more would lose that entry.
    assert with_service("restore", file).code == 1


def test_a_base_that_went_another_way_is_told_whole(with_service: Run, file: Path, tmp_path: Path) -> None:
    add_rectorat(with_service)
    longer = tmp_path / "longer.bak"
    with_service("backup", longer)
    with_service("restore", file, "--force")
    refused = with_service("restore", longer)
    assert refused.code == 1
    assert "écriture(s) d'historique" in refused.err


def test_a_backup_that_tells_more_is_not_replaced(with_service: Run, file: Path, tmp_path: Path) -> None:
    add_rectorat(with_service)
    longer = tmp_path / "longer.bak"
    with_service("backup", longer)
    kept = longer.read_bytes()
    with_service("restore", file, "--force")
    refused = with_service("backup", longer)
    assert refused.code == 1
    assert "que cette base n'a pas" in refused.err
    assert longer.read_bytes() == kept
    assert with_service("backup", longer, "--force").code == 0


def test_the_journal_tells_the_restoration(with_service: Run, file: Path, migrated_url: str) -> None:
    add_rectorat(with_service)
    with_service("restore", file, "--force")
    assert counted(migrated_url, "SELECT count(*) AS found FROM journal WHERE action = 'base.restored'") == 1
    assert with_service("verify").code == 0
    assert counted(migrated_url, "SELECT count(*) AS found FROM installation WHERE restored_at IS NOT NULL") == 1


# Other versions


def test_a_backup_of_a_newer_version_is_refused(with_service: Run, migrated_url: str, tmp_path: Path) -> None:
    in_base(migrated_url, come_from_a_later_version)
    file = tmp_path / "newer.bak"
    assert with_service("backup", file).code == 0
    refused = with_service("restore", file, "--force")
    assert refused.code == 1
    assert "Installez materiel 9.1.0" in refused.err
    assert "à jour" not in refused.err
    with pytest.raises(Conflict) as refusal:
        _refuse_newer(read_content(file))
    assert refusal.value.code == "backup.newer"


def test_a_backup_is_restored_onto_a_newer_base(with_service: Run, file: Path, migrated_url: str) -> None:
    in_base(migrated_url, come_from_a_later_version)
    assert with_service("service", "list").code == 1
    restored = with_service("restore", file)
    assert restored.code == 0, restored.err
    assert codes(with_service) == ["DSDEN35"]
    assert with_service("db", "check").code == 0
    tables = "pg_tables WHERE tablename" if ON_POSTGRES else "sqlite_master WHERE name"
    assert counted(migrated_url, f"SELECT count(*) AS found FROM {tables} = 'to_come'") == 0


async def to_a_former_schema() -> None:
    assert (await run_forwards("materiel", migration_id=FORMER)).success
    columns = "id, code, name, kind, academie, departement, address, phone, email, opening_hours, signatory_name"
    values = f"'{uuid4()}', 'VIEUX35', 'Ancien', 'dsden', '14', '35', '{ADDRESS}', '', '', '', ''"
    more = "signatory_title, delegation, dpo_contact, renewal_policy, ask_both_parents, inventory_pattern, version"
    await fetch(
        f"INSERT INTO managing_service ({columns}, {more}) VALUES ({values}, '', '', '', 'yearly', FALSE, '', 1)"
    )


def test_a_backup_of_an_older_version_is_brought_up_to_date(
    run: Run, migrated_url: str, other_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    in_any_base(other_url, to_a_former_schema)
    file = tmp_path / "older.bak"
    monkeypatch.setenv("MATERIEL_DATABASE_URL", other_url)
    assert run("backup", file).code == 0
    monkeypatch.setenv("MATERIEL_DATABASE_URL", migrated_url)
    restored = run("restore", file)
    assert restored.code == 0, restored.err
    assert "version antérieure" in restored.err
    assert run("db", "check").code == 0
    assert codes(run) == ["VIEUX35"]


def test_a_backup_is_restored_onto_an_older_base(
    with_service: Run, file: Path, other_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    in_any_base(other_url, to_a_former_schema)
    monkeypatch.setenv("MATERIEL_DATABASE_URL", other_url)
    restored = with_service("restore", file)
    assert restored.code == 0, restored.err
    assert codes(with_service) == ["DSDEN35"]


def test_an_absent_base_is_restored_and_what_it_erased_is_said_unknown(
    with_service: Run, file: Path, other_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MATERIEL_DATABASE_URL", other_url)
    assert "restore" in with_service("service", "list").err
    restored = with_service("restore", file)
    assert restored.code == 0, restored.err
    assert "Reprenez les bordereaux" in restored.err
    assert codes(with_service) == ["DSDEN35"]


def test_an_empty_base_is_not_backed_up(
    with_service: Run, file: Path, other_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MATERIEL_DATABASE_URL", other_url)
    kept = file.read_bytes()
    assert with_service("backup", file, "--force").code == 1
    assert file.read_bytes() == kept


# The former content and the key


def test_the_former_content_can_be_restored_in_its_turn(with_service: Run, file: Path) -> None:
    add_rectorat(with_service)
    restored = with_service("restore", file, "--force")
    kept = Path(restored.err.strip().rsplit(" ", 1)[1].rstrip("."))
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    again = with_service("restore", kept, "--force")
    assert again.code == 0, again.err
    assert codes(with_service) == ["DSDEN35", "RECT14"]


def test_the_key_is_spoken_of(with_service: Run, file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    key = tmp_path / "data" / "secret.key"
    told = with_service("backup", tmp_path / "autre.bak").err
    assert str(key) in told
    assert "gardez à part" in told
    assert "clé" not in with_service("restore", file).err
    monkeypatch.setenv("MATERIEL_SECRET_KEY", "k" * 40)
    other = with_service("restore", file, "--force")
    assert "une autre clé secrète" in other.err


# What was erased stays erased


@pytest.fixture
def with_loans(run: Run, migrated_url: str, monkeypatch: pytest.MonkeyPatch) -> Run:
    for place in ("opened", "backup"):
        monkeypatch.setattr(f"materiel.cli.{place}.clock", lambda: old.LONG_AFTER)

    async def fill() -> None:
        await old.set_up()
        await old.an_old_loan()

    in_base(migrated_url, fill)
    return run


def eliminate(run: Run, tmp_path: Path) -> str:
    """Eliminate what is over; how many pupils went, as it is told."""
    assert run("eliminate", "--service", "DSDEN35", "--list", tmp_path / f"{uuid4()}.csv").code == 0
    visa = ("--visa-date", f"{old.LONG_AFTER:%Y-%m-%d}", "--visa-reference", "AD35 n° 7")
    done = run("eliminate", "--service", "DSDEN35", *visa)
    assert done.code == 0, done.err
    found = re.search(r"et (\d+ élève\(s\)) éliminés", done.err)
    assert found is not None, done.err
    return found[1]


def names_in(url: str) -> int:
    return counted(url, f"SELECT count(*) AS found FROM pupil WHERE last_name = '{old.SURNAME}'")


def test_an_elimination_is_done_again_in_an_older_backup(with_loans: Run, migrated_url: str, tmp_path: Path) -> None:
    file = tmp_path / "before.bak"
    assert with_loans("backup", file).code == 0
    assert names_in(migrated_url) == 1
    pupils = eliminate(with_loans, tmp_path)
    assert names_in(migrated_url) == 0
    restored = with_loans("restore", file, "--force")
    assert restored.code == 0, restored.err
    assert f"effacé de nouveau : 1 prêt(s), {pupils}, 0 fichier(s)" in restored.err
    assert "détruisez-la" in restored.err
    assert names_in(migrated_url) == 0
    assert counted(migrated_url, "SELECT count(*) AS found FROM eliminated_loan") == 1
    assert counted(migrated_url, "SELECT count(*) AS found FROM document") == 0
    assert with_loans("verify").code == 0
    if not ON_POSTGRES:
        content = Path(migrated_url.removeprefix("sqlite:///")).read_bytes()
        assert [name for name in old.NAMES if name.encode() in content] == []


def test_a_list_prepared_then_given_up_makes_way(with_loans: Run, migrated_url: str, tmp_path: Path) -> None:
    assert with_loans("eliminate", "--service", "DSDEN35", "--list", tmp_path / "one.csv").code == 0
    file = tmp_path / "before.bak"
    assert with_loans("backup", file).code == 0

    async def give_up() -> None:
        await fetch("DELETE FROM elimination_loan")
        await fetch("DELETE FROM elimination_pupil")
        await fetch("DELETE FROM elimination")

    in_base(migrated_url, give_up)
    eliminate(with_loans, tmp_path)
    restored = with_loans("restore", file, "--force")
    assert restored.code == 0, restored.err
    assert names_in(migrated_url) == 0
    assert with_loans("verify").code == 0


def test_the_same_list_gets_its_visa_again(with_loans: Run, migrated_url: str, tmp_path: Path) -> None:
    assert with_loans("eliminate", "--service", "DSDEN35", "--list", tmp_path / "one.csv").code == 0
    file = tmp_path / "before.bak"
    assert with_loans("backup", file).code == 0
    eliminate(with_loans, tmp_path)
    restored = with_loans("restore", file, "--force")
    assert restored.code == 0, restored.err
    assert names_in(migrated_url) == 0
    assert with_loans("verify").code == 0


def test_a_backup_where_what_was_erased_is_in_use_is_refused(
    with_loans: Run, migrated_url: str, tmp_path: Path
) -> None:
    file = tmp_path / "before.bak"

    async def lend_again() -> None:
        await fetch("UPDATE loan SET status = 'handed_over', closed_on = NULL")

    async def give_back() -> None:
        await fetch("UPDATE loan SET status = 'closed', closed_on = '2027-06-30'")

    in_base(migrated_url, lend_again)
    assert with_loans("backup", file).code == 0
    in_base(migrated_url, give_back)
    eliminate(with_loans, tmp_path)
    refused = with_loans("restore", file, "--force")
    assert refused.code == 1
    assert refused.err.strip() == too_old().message
    assert too_old().code == "backup.too_old"
    assert names_in(migrated_url) == 0


def test_a_pupil_deleted_since_stays_deleted(with_loans: Run, migrated_url: str, tmp_path: Path) -> None:
    file = tmp_path / "before.bak"

    typed: list[UUID] = []

    async def add() -> None:
        typed.append((await old.a_pupil_without_loan()).id)

    async def remove() -> None:
        command = DeletePupil(pupil_id=typed[0], reason="Saisi par erreur.")
        await delete_pupil(command, actor=cast.MANAGER, now=cast.NOW)

    in_base(migrated_url, add)
    with_loans("backup", file)
    in_base(migrated_url, remove)
    restored = with_loans("restore", file, "--force")
    assert "0 prêt(s), 1 élève(s), 0 fichier(s)" in restored.err
    assert counted(migrated_url, f"SELECT count(*) AS found FROM pupil WHERE id = '{typed[0]}'") == 0
    assert with_loans("verify").code == 0


def test_a_file_emptied_since_stays_empty(with_loans: Run, migrated_url: str, tmp_path: Path) -> None:
    file = tmp_path / "before.bak"
    with_loans("backup", file)

    async def empty() -> None:
        (row,) = await fetch("SELECT id, incident FROM incident_file")
        told = {"reason": "Envoyé par erreur.", "actor": cast.MANAGER, "now": cast.NOW}
        await remove_file(row["incident"], row["id"], **told)

    in_base(migrated_url, empty)
    restored = with_loans("restore", file, "--force")
    assert "0 prêt(s), 0 élève(s), 1 fichier(s)" in restored.err
    left = "SELECT count(*) AS found FROM incident_file WHERE length(content) > 0"
    assert counted(migrated_url, left) == 0
