import asyncio
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from piccolo.apps.migrations.commands.forwards import run_forwards
from tests.store.cast import NOW

from materiel.errors import Unavailable
from materiel.store import engine as engines
from materiel.store import migrate
from materiel.store.engine import fetch
from materiel.store.ids import new_id
from materiel.use_cases.running import ping, running

MIGRATIONS = Path(__file__).parents[2] / "migrations"
UPGRADE = """
import asyncio, sys
from materiel.use_cases.running import upgrade_database
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
    assert await migrate._records_exist() is False


async def test_an_upgrade_that_fails_leaves_nothing(empty):
    await fetch("CREATE TABLE pupil (id INTEGER)")
    with pytest.raises(Exception, match="pupil"):
        await migrate.upgrade()
    assert await migrate._records_exist() is False


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
        await ping()
    async with running(url, migrate=False):
        await ping()


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
