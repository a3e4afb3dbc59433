"""`materiel backup` and `restore`, on the engine of the tests."""

from __future__ import annotations

import os
import sqlite3
import stat
from contextlib import closing
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from tests.cli.conftest import Run

ON_POSTGRES = bool(os.environ.get("MATERIEL_TEST_DATABASE"))


def codes(run: Run) -> list[str]:
    return [each["code"] for each in run("service", "list", "--json").json]


def add_rectorat(run: Run) -> None:
    fields = ("--name", "Rectorat", "--kind", "rectorat", "--academie", "14", "--departement", "35")
    assert run("service", "create", "--code", "RECT14", *fields).code == 0


def test_a_restored_base_is_the_one_saved(with_service: Run, tmp_path: Path) -> None:
    file = tmp_path / "copie" / "materiel.bak"
    assert with_service("backup", file).code == 0
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert [each.name for each in file.parent.iterdir()] == ["materiel.bak"]
    add_rectorat(with_service)
    restored = with_service("restore", file, "--force")
    assert restored.code == 0, restored.err
    assert codes(with_service) == ["DSDEN35"]


def test_the_format_is_decided_by_the_engine(with_service: Run, tmp_path: Path) -> None:
    file = tmp_path / "materiel.bak"
    with_service("backup", file)
    magic = b"PGDMP" if ON_POSTGRES else b"SQLite format 3\x00"
    assert file.read_bytes().startswith(magic)
    file.write_bytes(b"SQLite format 3\x00" if ON_POSTGRES else b"PGDMP")
    refused = with_service("restore", file, "--force")
    assert refused.code == 1
    assert "moteur" in refused.err


def test_a_second_copy_replaces_the_first_whole(with_service: Run, tmp_path: Path) -> None:
    file = tmp_path / "materiel.bak"
    with_service("backup", file)
    add_rectorat(with_service)
    assert with_service("backup", file, "--force").code == 0
    with_service("restore", file, "--force")
    assert codes(with_service) == ["DSDEN35", "RECT14"]


@pytest.mark.parametrize("damage", ["empty", "text", "cut"])
def test_a_damaged_copy_changes_nothing(with_service: Run, tmp_path: Path, damage: str) -> None:
    file = tmp_path / "materiel.bak"
    with_service("backup", file)
    whole = file.read_bytes()
    file.write_bytes({"empty": b"", "text": b"bonjour", "cut": whole[: len(whole) // 2]}[damage])
    add_rectorat(with_service)
    assert with_service("restore", file, "--force").code == 1
    assert codes(with_service) == ["DSDEN35", "RECT14"]


def test_a_folder_that_cannot_be_written_is_named(with_service: Run, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    refused = with_service("backup", tmp_path / "file" / "materiel.bak")
    assert refused.code == 1
    assert "ne peut pas être écrit" in refused.err


if not ON_POSTGRES:

    def test_the_former_base_is_kept_beside(with_service: Run, tmp_path: Path) -> None:
        file = tmp_path / "materiel.bak"
        with_service("backup", file)
        add_rectorat(with_service)
        restored = with_service("restore", file, "--force")
        kept = Path(restored.err.strip().rsplit(" ", 1)[1].rstrip("."))
        with closing(sqlite3.connect(kept)) as connection:
            assert connection.execute("SELECT count(*) FROM managing_service").fetchone() == (2,)

    def test_a_second_restoration_keeps_what_the_first_one_kept(with_service: Run, tmp_path: Path) -> None:
        file = tmp_path / "materiel.bak"
        with_service("backup", file)
        add_rectorat(with_service)
        told = [with_service("restore", file, "--force").err for _ in range(3)]
        kept = [Path(each.strip().rsplit(" ", 1)[1].rstrip(".")) for each in told]
        assert len(set(kept)) == 3
        counts = []
        for each in kept:
            with closing(sqlite3.connect(each)) as connection:
                counts += connection.execute("SELECT count(*) FROM managing_service").fetchone()
        assert counts == [2, 1, 1]

    def test_an_open_connection_sees_the_restored_base(with_service: Run, tmp_path: Path) -> None:
        file = tmp_path / "materiel.bak"
        with_service("backup", file)
        add_rectorat(with_service)
        database = urlsplit(os.environ["MATERIEL_DATABASE_URL"]).path.removeprefix("/")
        with closing(sqlite3.connect(database)) as server:
            assert server.execute("SELECT count(*) FROM managing_service").fetchone() == (2,)
            assert with_service("restore", file, "--force").code == 0
            assert server.execute("SELECT count(*) FROM managing_service").fetchone() == (1,)

    def test_another_sqlite_file_is_no_copy_of_ours(with_service: Run, tmp_path: Path) -> None:
        other = tmp_path / "autre.sqlite3"
        with closing(sqlite3.connect(other)) as connection:
            connection.execute("CREATE TABLE photos (id)")
        refused = with_service("restore", other)
        assert refused.code == 1
        assert codes(with_service) == ["DSDEN35"]

    def test_nothing_to_back_up_is_told(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("MATERIEL_DATABASE_URL", f"sqlite:///{tmp_path}/absent.sqlite3")
        refused = run("backup", tmp_path / "materiel.bak")
        assert refused.code == 1
        assert "Aucune base" in refused.err
        assert not (tmp_path / "absent.sqlite3").exists()
