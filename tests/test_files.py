"""Files that are written whole, privately, and never in another's place."""

from __future__ import annotations

import errno
import os
import socket
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from materiel.errors import BadInput, Conflict
from materiel.files import REASONS, check_free, reason, written_whole


def write(file: Path, *, force: bool = False, content: bytes = b"nouveau") -> None:
    with written_whole(file, force=force) as stream:
        stream.write(content)


def test_a_file_is_there_whole_and_for_its_owner_alone(tmp_path: Path) -> None:
    file = tmp_path / "x.csv"
    with written_whole(file) as stream:
        stream.write(b"nou")
        assert not file.exists()
        assert [stat.S_IMODE(each.stat().st_mode) for each in tmp_path.iterdir()] == [0o600]
        stream.write(b"veau")
    assert file.read_bytes() == b"nouveau"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert list(tmp_path.iterdir()) == [file]


def test_an_existing_file_is_replaced_on_demand_alone(tmp_path: Path) -> None:
    file = tmp_path / "x.csv"
    file.write_bytes(b"ancien")
    file.chmod(0o644)
    with pytest.raises(Conflict, match="--force") as refusal:
        write(file)
    assert refusal.value.code == "file.exists"
    assert file.read_bytes() == b"ancien"
    write(file, force=True)
    assert file.read_bytes() == b"nouveau"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_a_block_that_fails_leaves_what_was_there(tmp_path: Path) -> None:
    file = tmp_path / "x.csv"
    file.write_bytes(b"ancien")
    with pytest.raises(TypeError), written_whole(file, force=True) as stream:
        stream.write("nou")  # type: ignore[arg-type]
    assert file.read_bytes() == b"ancien"
    assert list(tmp_path.iterdir()) == [file]


def link_to_a_device(place: Path) -> None:
    place.symlink_to("/dev/null")


def link_to_a_file(place: Path) -> None:
    target = place.with_name("cible")
    target.write_bytes(b"ancien")
    place.symlink_to(target)


def link_to_nothing(place: Path) -> None:
    place.symlink_to(place.with_name("absent"))


def bound_socket(place: Path) -> None:
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(place))


@pytest.mark.parametrize("force", [False, True])
@pytest.mark.parametrize(
    "lay", [Path.mkdir, os.mkfifo, bound_socket, link_to_a_device, link_to_a_file, link_to_nothing]
)
def test_what_is_no_regular_file_is_never_replaced(tmp_path: Path, lay: Callable[[Path], object], force: bool) -> None:
    place = tmp_path / "x"
    lay(place)
    before = os.lstat(place)
    with pytest.raises(Conflict, match="fichier ordinaire") as refusal:
        write(place, force=force)
    assert refusal.value.code == "file.not_regular"
    assert os.lstat(place) == before
    assert not list(tmp_path.glob("*.part"))
    assert not (tmp_path / "absent").exists()


@pytest.mark.parametrize("place", ["/dev/null", "/dev/stdout", "/dev/full"])
def test_a_device_is_never_replaced(place: str) -> None:
    before = os.lstat(place)
    with pytest.raises(Conflict) as refusal:
        write(Path(place), force=True)
    assert refusal.value.code == "file.not_regular"
    assert stat.S_IFMT(os.lstat(place).st_mode) == stat.S_IFMT(before.st_mode)


def test_a_file_that_comes_meanwhile_is_kept(tmp_path: Path) -> None:
    file = tmp_path / "x.csv"
    with pytest.raises(Conflict) as refusal, written_whole(file):
        file.write_bytes(b"d'un autre")
    assert refusal.value.code == "file.exists"
    assert file.read_bytes() == b"d'un autre"


def test_a_disk_without_hard_links_is_written_all_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(source: Path, target: Path) -> None:
        raise OSError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr(os, "link", refuse)
    file = tmp_path / "x.csv"
    write(file)
    assert file.read_bytes() == b"nouveau"
    with pytest.raises(Conflict) as refusal, written_whole(tmp_path / "y.csv"):
        (tmp_path / "y.csv").write_bytes(b"d'un autre")
    assert refusal.value.code == "file.exists"
    assert (tmp_path / "y.csv").read_bytes() == b"d'un autre"


def test_the_name_of_the_draft_cannot_be_foreseen(tmp_path: Path) -> None:
    laid = tmp_path / "x.csv.part"
    laid.write_bytes(b"d'un autre")
    drafts = set()
    for _ in range(2):
        with written_whole(tmp_path / "x.csv", force=True):
            drafts.update(tmp_path.glob(".*.part"))
    assert len(drafts) == 2
    assert laid.read_bytes() == b"d'un autre"


@pytest.mark.parametrize(
    ("place", "why"), [("absent/x.csv", "n'existe pas"), ("file/x.csv", "pas un dossier"), ("é" * 200, "trop long")]
)
def test_what_cannot_be_written_says_why_in_french(tmp_path: Path, place: str, why: str) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(BadInput, match=why) as refusal:
        write(tmp_path / place)
    assert refusal.value.code == "file.unwritable"


def test_a_name_that_is_free_is_let_through(tmp_path: Path) -> None:
    check_free(tmp_path / "x.csv")
    check_free(tmp_path / "absent" / "x.csv")


def test_every_foreseen_reason_is_told_in_french() -> None:
    assert [reason(OSError(code, "English")) for code in REASONS] == list(REASONS.values())
    assert reason(OSError(errno.ECHILD, "No child")) == "No child"
