import asyncio
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from piccolo.apps.migrations.commands.forwards import run_forwards
from tests.store.cast import NOW

from materiel import __version__
from materiel.errors import Unavailable
from materiel.store.engine import database as engines
from materiel.store.engine import migrate
from materiel.store.engine.database import fetch
from materiel.store.engine.ids import new_id
from materiel.use_cases.process.running import check_schema, missing_migrations, running

MIGRATIONS = Path(__file__).parents[3] / "migrations"
UPGRADE = """
import asyncio, sys
from materiel.use_cases.process.running import upgrade_database
print(len(asyncio.run(upgrade_database(sys.argv[1]))))
"""


@pytest.fixture
async def empty(new_database):
    engine = engines.bind(engines.build_engine(await new_database(), synchronous="OFF"))
    await engines.start(engine)
    yield engine
    await engines.stop(engine)


async def test_an_upgrade_runs_everything_once(empty):
    missing = await migrate.check()
    assert len(missing) >= 3
    assert await migrate.upgrade() == missing
    assert await migrate.check() == []
    assert await migrate.upgrade() == []


def test_no_two_migrations_share_their_identifier():
    """The runner knows them by it alone: the second would never run."""
    found = [re.search(r'^ID = "(.+)"$', path.read_text(), re.MULTILINE) for path in MIGRATIONS.glob("materiel_*.py")]
    ids = [each[1] for each in found if each]
    assert len(ids) == len(found) > 0
    assert len(set(ids)) == len(ids)


async def test_checking_changes_nothing(empty):
    await migrate.check()
    assert (await migrate.schema()).is_empty


async def test_an_upgrade_that_fails_leaves_nothing(empty):
    await fetch("CREATE TABLE pupil (id INTEGER)")
    with pytest.raises(Exception, match="pupil"):
        await migrate.upgrade()
    assert (await migrate.schema()).is_empty


async def test_an_upgrade_keeps_the_rows_of_the_previous_state(empty, capsys):
    first = (await migrate.check())[0]
    result = await run_forwards("materiel", migration_id=first)
    assert result.success
    capsys.readouterr()
    columns = "id, chain, sequence, at, actor, action, subject_kind, subject_id, details, previous_hash, hash"
    at = NOW if engines.is_postgres() else str(NOW)
    values = f"'{new_id()}', 'system', 1, '{at}', 'cli', 'x', 'y', 'z', '{{}}', '{'0' * 64}', '{'1' * 64}'"
    await fetch(f"INSERT INTO journal ({columns}) VALUES ({values})")
    assert first not in await migrate.upgrade()
    assert [row["sequence"] for row in await fetch("SELECT sequence FROM journal")] == [1]


async def test_the_statistics_of_a_file_know_the_indexes_of_an_upgrade(tmp_path, capsys):
    engine = engines.bind(engines.build_engine(f"sqlite:///{tmp_path / 'weighed.sqlite3'}", synchronous="OFF"))
    await engines.start(engine)
    every = await migrate.check()
    assert (await run_forwards("materiel", migration_id=[each for each in every if each < "2026-11-29"][-1])).success
    capsys.readouterr()
    await fetch("INSERT INTO municipality (insee_code, name, departement) VALUES ('35238', 'Rennes', '035')")
    await fetch("ANALYZE")
    await fetch("UPDATE sqlite_stat1 SET stat = '7000 1' WHERE tbl = 'municipality'")
    await migrate.upgrade()
    weighed = await fetch("SELECT stat FROM sqlite_stat1 WHERE tbl = 'municipality'")
    await engines.stop(engine)
    assert {row["stat"].split()[0] for row in weighed} == {"1"}


async def test_four_starters_at_once_upgrade_once(new_database):
    url = await new_database()
    command = [sys.executable, "-c", UPGRADE, url]
    starters = await asyncio.gather(
        *(asyncio.create_subprocess_exec(*command, stdout=subprocess.PIPE) for _ in range(4))
    )
    outputs = [await starter.communicate() for starter in starters]
    counts = sorted(int(output) for output, _ in outputs)
    assert counts[:3] == [0, 0, 0]
    assert counts[3] >= 3


async def test_a_schema_that_is_behind_is_not_served(new_database):
    url = await new_database()
    with pytest.raises(Unavailable) as refusal:
        async with running(url, migrate=False):
            pass
    assert refusal.value.code == "database.not_migrated"
    async with running(url, migrate=True):
        await check_schema()
    async with running(url, migrate=False):
        await check_schema()


async def test_the_own_commands_of_piccolo_find_the_migrations(new_database, tmp_path):
    environ = os.environ | {
        "MATERIEL_DATABASE_URL": await new_database(),
        "MATERIEL_DATA_DIR": str(tmp_path),
        "PICCOLO_CONF": "materiel.piccolo_conf",
    }
    command = [sys.executable, "-m", "piccolo.main", "migrations", "forwards", "materiel"]
    ran = await asyncio.create_subprocess_exec(*command, env=environ, cwd=tmp_path, stdout=subprocess.PIPE)
    output = (await ran.communicate())[0].decode()
    assert ran.returncode == 0
    assert output.count("ok!") >= 3


async def record(name):
    """Note a migration as run, as a later version would have."""
    await fetch(f"INSERT INTO migration (name, app_name) VALUES ('{name}', 'materiel')")


async def test_a_base_of_a_newer_version_is_refused_and_says_what_to_install(db, migrated_url):
    await record("2031-01-01T00:00:00:000000")
    await fetch("UPDATE installation SET version = '9.1.0'")
    for call in (migrate.upgrade(), check_schema()):
        with pytest.raises(Unavailable) as refusal:
            await call
        assert refusal.value.code == "database.newer"
        assert "Installez materiel 9.1.0" in refusal.value.message
        assert "2031-01-01" in refusal.value.message
    with pytest.raises(Unavailable, match="plus récente"):
        await missing_migrations(migrated_url)
    for migrates in (True, False):
        with pytest.raises(Unavailable, match="plus récente"):
            async with running(migrated_url, migrate=migrates):
                pass


async def test_a_base_that_does_not_say_its_version_is_newer_all_the_same(db):
    await record("2031-01-01T00:00:00:000000")
    await fetch("DROP TABLE installation")
    with pytest.raises(Unavailable, match="Installez une version plus récente"):
        await migrate.upgrade()


async def test_a_base_says_which_version_changed_it_last(empty):
    await migrate.upgrade()
    assert [row["version"] for row in await fetch("SELECT version FROM installation")] == [__version__]
