"""The soak itself: a real server is killed, nothing is lost; then its base is damaged, and the checks tell it."""

from __future__ import annotations

import json
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from trials.database import SQLiteDatabase
from trials.soak.checks import faults
from trials.soak.facts import Base, Facts, read_base

SEED = "11"
"""The first kill is the server's."""


@pytest.fixture(scope="module")
def soaked(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """The folder of a soak of one kill, and what it printed."""
    folder = tmp_path_factory.mktemp("soak")
    command = [sys.executable, "-m", "trials.soak", "sqlite", "--kills", "1", "--seed", SEED, "--keep", "--json"]
    done = subprocess.run([*command, "--folder", str(folder)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return folder, done.stdout.splitlines()[-1]


@pytest.fixture
def damaged(soaked: tuple[Path, str], tmp_path: Path) -> SQLiteDatabase:
    """A copy of its base, to be damaged."""
    shutil.copytree(soaked[0] / "data", tmp_path / "data")
    return SQLiteDatabase(tmp_path)


def run(database: SQLiteDatabase, *statements: str) -> None:
    """Damage a base as no statement of the product may: without its triggers and its references."""
    with closing(sqlite3.connect(database.folder / "data" / "materiel.sqlite3", isolation_level=None)) as connection:
        for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            connection.execute(f'DROP TRIGGER "{name}"')
        for statement in statements:
            assert connection.execute(statement).rowcount == 1, statement


async def facts_of(database: SQLiteDatabase) -> tuple[Facts, Base]:
    base = await read_base(database)
    told = {row["id"]: (row["number"], row["sha256"]) for row in base.rows["documents"]}
    return Facts(items={row["id"]: row["inventory_number"] for row in base.rows["items"]}, documents=told), base


def test_a_killed_server_loses_nothing(soaked: tuple[Path, str]) -> None:
    report = json.loads(soaked[1])
    told = {row["what"]: row["value"] for row in report["rows"]}
    assert told["kills: server"] == told["kills, in all"] == 1
    assert told["writes acknowledged"] > 0
    assert told["things lost"] == 0
    assert told["documents, each with its PDF, its digest, its number"] > 0
    # After the kill, and at the end.
    assert told["journals verified, clean"] == 2


async def test_a_row_that_was_removed_is_a_loss(damaged: SQLiteDatabase) -> None:
    facts, base = await facts_of(damaged)
    assert faults(facts, base) == []
    run(damaged, "DELETE FROM item WHERE id = (SELECT min(id) FROM item)")
    (loss,) = faults(facts, await read_base(damaged))
    assert loss.startswith("items: ")


async def test_a_document_without_its_file_is_half_made(damaged: SQLiteDatabase) -> None:
    run(damaged, "DELETE FROM document_file WHERE document = (SELECT min(document) FROM document_file)")
    (half,) = faults(Facts(), await read_base(damaged))
    assert half.endswith("has no PDF")


async def test_another_file_than_the_digest_says_is_told(damaged: SQLiteDatabase) -> None:
    run(damaged, "UPDATE document_file SET pdf = x'00' WHERE document = (SELECT min(document) FROM document_file)")
    (altered,) = faults(Facts(), await read_base(damaged))
    assert altered.endswith("has another PDF than its digest says")


async def test_a_number_that_was_skipped_is_a_gap(damaged: SQLiteDatabase) -> None:
    run(damaged, "UPDATE agreement_counter SET last = last + 1")
    (gap,) = faults(Facts(), await read_base(damaged))
    assert gap.startswith("numbers: DSDEN35-")
