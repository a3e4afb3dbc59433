"""What the installation keeps on disk: closed when it is made, closed again at each start, or refused."""

from __future__ import annotations

import os
import shutil
import sqlite3
import stat
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from materiel.data_folder import keep_private, make_base, make_folder
from materiel.errors import BadInput, Conflict

NOBODY = 65534


def rights(place: Path) -> str:
    return f"{stat.S_IMODE(os.lstat(place).st_mode):04o}"


def left_open(folder: Path) -> Path:
    """A data folder as older versions made it."""
    folder.mkdir()
    for name in ("materiel.sqlite3", "materiel.sqlite3-wal", "secret.key", "materiel.sqlite3.before-restore"):
        (folder / name).touch()
        (folder / name).chmod(0o644)
    folder.chmod(0o755)
    return folder / "materiel.sqlite3"


def test_what_was_left_open_is_closed_and_told(tmp_path: Path) -> None:
    folder = tmp_path / "données"
    base = left_open(folder)
    repaired = keep_private(folder, base)
    assert rights(folder) == "0700"
    assert {rights(each) for each in folder.iterdir()} == {"0600"}
    assert repaired[0] == f"{folder} (0755)"
    assert f"{base} (0644)" in repaired
    assert len(repaired) == 5
    assert keep_private(folder, base) == []


@pytest.mark.parametrize("mode", [0o777, 0o640, 0o660, 0o604])
def test_any_right_of_another_is_taken_back(tmp_path: Path, mode: int) -> None:
    base = left_open(tmp_path / "d")
    base.chmod(mode)
    assert f"{base} ({mode:04o})" in keep_private(base.parent, base)
    assert rights(base) == "0600"


def test_a_base_kept_elsewhere_is_closed_and_not_its_folder(tmp_path: Path) -> None:
    shared = tmp_path / "srv"
    base = left_open(shared)
    (shared / "d'un autre").touch(0o644)
    repaired = keep_private(tmp_path / "données", base)
    assert (rights(shared), rights(base), rights(shared / "materiel.sqlite3-wal")) == ("0755", "0600", "0600")
    assert (rights(shared / "d'un autre"), rights(shared / "secret.key")) == ("0644", "0644")
    assert len(repaired) == 2


def test_the_file_behind_a_link_is_closed(tmp_path: Path) -> None:
    folder, base = tmp_path / "d", tmp_path / "gros-disque.sqlite3"
    base.touch()
    base.chmod(0o644)
    folder.mkdir(0o700)
    (folder / "materiel.sqlite3").symlink_to(base)
    assert keep_private(folder, folder / "materiel.sqlite3") == [f"{base} (0644)"]


def test_what_is_no_file_of_ours_stays_as_it_is(tmp_path: Path) -> None:
    base = left_open(tmp_path / "d")
    (tmp_path / "cible").touch()
    (tmp_path / "cible").chmod(0o644)
    (base.parent / "lien").symlink_to(tmp_path / "cible")
    (base.parent / "dossier").mkdir(0o755)
    keep_private(base.parent, base)
    assert (rights(tmp_path / "cible"), rights(base.parent / "dossier")) == ("0644", "0755")


def test_a_folder_of_nothing_of_ours_is_left_alone(tmp_path: Path) -> None:
    folder = tmp_path / "d"
    folder.mkdir()
    folder.chmod(0o755)
    # The base is a server and the key is a setting: nothing is kept there.
    assert keep_private(folder, None) == []
    assert rights(folder) == "0755"
    assert keep_private(tmp_path / "absent", None) == []


def test_new_files_are_born_closed(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        folder = tmp_path / "a" / "d"
        base = folder / "materiel.sqlite3"
        make_folder(folder, base)
        make_base(base)
        with closing(sqlite3.connect(base, isolation_level=None)) as connection:
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("CREATE TABLE x (id)")
            made = {each.name: rights(each) for each in folder.iterdir()}
    finally:
        os.umask(before)
    assert rights(folder) == "0700"
    assert made == dict.fromkeys(("materiel.sqlite3", "materiel.sqlite3-wal", "materiel.sqlite3-shm"), "0600")


@pytest.mark.parametrize("mode", [0o1777, 0o755])
def test_a_folder_that_others_use_is_refused(tmp_path: Path, mode: int) -> None:
    folder = tmp_path / "srv"
    folder.mkdir()
    folder.chmod(mode)
    (folder / "d'un autre").touch()
    for call in (make_folder, keep_private):
        with pytest.raises(Conflict, match=f"{folder}/materiel") as refusal:
            call(folder, folder / "materiel.sqlite3")
        assert refusal.value.code == "data_folder.shared"
    assert rights(folder) == f"{mode:04o}"


@pytest.mark.parametrize("folder", ["/", "/srv", "/tmp", "/var/lib"])
def test_a_folder_of_the_machine_is_refused_even_when_empty(folder: str) -> None:
    before = rights(Path(folder))
    with pytest.raises(Conflict) as refusal:
        make_folder(Path(folder), None)
    assert refusal.value.code == "data_folder.shared"
    assert rights(Path(folder)) == before


def test_an_empty_folder_and_a_new_disk_are_taken(tmp_path: Path) -> None:
    folder = tmp_path / "d"
    (folder / "lost+found").mkdir(parents=True)
    folder.chmod(0o755)
    make_folder(folder, folder / "materiel.sqlite3")
    assert keep_private(folder, folder / "materiel.sqlite3") == [f"{folder} (0755)"]


@contextmanager
def a_file_of_another_account() -> Iterator[Path]:
    """An open file that the present account does not own; root becomes nobody, for the length of the block."""
    if os.geteuid():
        yield Path("/etc/passwd")
        return
    folder = Path(tempfile.mkdtemp())
    file = folder / "materiel.sqlite3"
    file.touch()
    file.chmod(0o644)
    folder.chmod(0o755)
    os.seteuid(NOBODY)
    try:
        yield file
    finally:
        os.seteuid(0)
        shutil.rmtree(folder)


def test_what_belongs_to_another_is_refused() -> None:
    with a_file_of_another_account() as file:
        with pytest.raises(Conflict, match="appartient à un autre") as refusal:
            keep_private(Path("/absent"), file)
        assert rights(file) == "0644"
    assert refusal.value.code == "data_folder.exposed"


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(BadInput, match="MATERIEL_DATA_DIR") as refusal:
        make_folder(tmp_path / "file" / "d", None)
    assert refusal.value.code == "settings.unreadable"
