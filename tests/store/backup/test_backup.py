"""Backup and restore: each refusal by its code."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from materiel.errors import BadInput, Conflict, MaterielError, Unavailable
from materiel.store.backup import backup, postgres_tool


def quietly(done: int, total: int) -> None:
    """Nobody watches."""


def code_of(call: pytest.ExceptionInfo[MaterielError]) -> str:
    return call.value.code


def test_nothing_to_back_up(tmp_path: Path) -> None:
    with pytest.raises(BadInput) as refusal:
        backup.back_up(f"sqlite:///{tmp_path}/absent.sqlite3", tmp_path / "x.bak", quietly)
    assert code_of(refusal) == "backup.no_database"
    assert list(tmp_path.iterdir()) == []


def test_a_place_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(BadInput) as refusal:
        backup.back_up(f"sqlite:///{tmp_path}/file", tmp_path / "file" / "x.bak", quietly)
    assert code_of(refusal) == "file.unwritable"


def test_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(BadInput) as refusal:
        backup.check_file(f"sqlite:///{tmp_path}/x.sqlite3", tmp_path / "absent.bak")
    assert code_of(refusal) == "backup.unreadable"


def test_a_file_of_another_kind(tmp_path: Path) -> None:
    file = tmp_path / "x.bak"
    file.write_text("bonjour")
    with pytest.raises(BadInput) as refusal:
        backup.check_file(f"sqlite:///{tmp_path}/x.sqlite3", file)
    assert code_of(refusal) == "backup.damaged"


@pytest.mark.parametrize(
    ("url", "start"), [("sqlite:////nowhere/x.sqlite3", b"PGDMP"), ("postgresql://h/b", b"SQLite format 3\x00")]
)
def test_a_copy_of_the_other_engine(tmp_path: Path, url: str, start: bytes) -> None:
    file = tmp_path / "x.bak"
    file.write_bytes(start)
    with pytest.raises(Conflict) as refusal:
        backup.check_file(url, file)
    assert code_of(refusal) == "backup.other_engine"


def test_a_database_kept_busy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(backup, "BUSY_SECONDS", 0)
    database = tmp_path / "materiel.sqlite3"
    with closing(sqlite3.connect(database, isolation_level=None)) as connection:
        connection.execute("CREATE TABLE journal (id)")
        connection.execute("BEGIN EXCLUSIVE")
        with pytest.raises(Unavailable) as refusal:
            backup.back_up(f"sqlite:///{database}", tmp_path / "x.bak", quietly)
    assert code_of(refusal) == "backup.busy"
    assert not (tmp_path / "x.bak").exists()


def test_a_server_that_does_not_answer(tmp_path: Path) -> None:
    with pytest.raises(Unavailable) as refusal:
        backup.back_up("postgresql://nobody:motdepasse@127.0.0.1:9/x", tmp_path / "x.bak", quietly)
    assert code_of(refusal) == "backup.failed"
    assert "motdepasse" not in refusal.value.message
    assert list(tmp_path.iterdir()) == []


def test_a_tool_that_is_missing_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", os.fspath(tmp_path))
    monkeypatch.setattr(postgres_tool, "POSTGRES_TOOLS", tmp_path)
    with pytest.raises(Unavailable, match="pg_dump") as refusal:
        backup.back_up("postgresql://h/b", tmp_path / "x.bak", quietly)
    assert code_of(refusal) == "backup.tool_missing"
