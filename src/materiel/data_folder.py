"""What an installation keeps on disk is its account's alone: its folder is 0700 and its files 0600, at every start.

The files name pupils, and the key opens sealed secrets. They are made that way; what was left open, by an older
version, a copy or a `chmod`, is closed again before anything is opened.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable
from pathlib import Path

from materiel.beginning import KEY, MARK
from materiel.errors import BadInput, Conflict
from materiel.files import PRIVATE_FILE, reason

PRIVATE_FOLDER = 0o700
OTHERS = 0o077

BESIDE = ("", "-wal", "-shm", "-journal")
"""SQLite's own files, beside a base."""

FOREIGN = ("lost+found",)
"""What the disk itself may have put in a folder of ours."""

SYSTEM = frozenset(
    map(Path, ("/", "/etc", "/home", "/media", "/mnt", "/opt", "/run", "/srv", "/tmp", "/usr", "/var", "/var/lib"))
)
"""Folders of the machine, never of one program, even when they are empty (Filesystem Hierarchy Standard 3.0)."""


def make_folder(folder: Path, base: Path | None) -> None:
    """Make the data folder, or take an existing one that is fit to be it.

    Raises:
        BadInput: `settings.unreadable`.
        Conflict: `data_folder.shared`.
    """
    try:
        folder.mkdir(PRIVATE_FOLDER, parents=True, exist_ok=True)
        _refuse_shared(folder, base)
    except OSError as error:
        raise _unusable(folder, error) from error


def make_base(base: Path) -> None:
    """Make the file of a SQLite base, and its folder, unless they exist; SQLite gives the files beside it its rights.

    Raises:
        OSError: of the system.
    """
    base.parent.mkdir(PRIVATE_FOLDER, parents=True, exist_ok=True)
    os.close(os.open(base, os.O_CREAT | os.O_RDONLY, PRIVATE_FILE))


def keep_private(folder: Path, base: Path | None) -> list[str]:
    """Close the data folder and our files to the other accounts; return what was repaired, with the former rights.

    A base that the settings place elsewhere is closed with the files beside it. Its folder is not ours, and may be
    `/srv` or `/tmp`: it stays as it is.

    Raises:
        BadInput: `settings.unreadable`.
        Conflict: `data_folder.shared`; `data_folder.exposed`, this account may not repair it.
    """
    repaired: list[str] = []
    if base is not None:
        base = base.resolve()
    files = {base.with_name(base.name + each) for each in BESIDE} if base else set()
    try:
        if (base and base.parent == folder and folder.is_dir()) or (folder / KEY).exists():
            _refuse_shared(folder, base)
            repaired += _closed([folder], PRIVATE_FOLDER)
            files.update(folder.iterdir())
        repaired += _closed(sorted(files), PRIVATE_FILE)
    except OSError as error:
        raise _unusable(folder, error) from error
    return repaired


def _refuse_shared(folder: Path, base: Path | None) -> None:
    """Closing a folder that others use would harm them: `/tmp`, somebody's home, a folder full of other things."""
    mode = folder.stat().st_mode
    if not mode & OTHERS:
        return
    names = {each.name for each in folder.iterdir()} - set(FOREIGN)
    ours = {KEY, MARK, *([base.name] if base is not None and base.parent == folder else [])}
    if folder in SYSTEM or mode & stat.S_ISVTX or (names and not names & ours):
        raise Conflict(
            "data_folder.shared",
            f"Le dossier de données {folder} sert à autre chose qu'à materiel et ne peut pas être fermé aux autres "
            f"comptes. Indiquez par MATERIEL_DATA_DIR un dossier qui ne serve qu'à lui, par exemple "
            f"{folder / 'materiel'}.",
        )


def _closed(places: Iterable[Path], wanted: int) -> list[str]:
    repaired = []
    kind = stat.S_ISDIR if wanted == PRIVATE_FOLDER else stat.S_ISREG
    for place in places:
        try:
            mode = os.lstat(place).st_mode
            # A link, or a folder that somebody made among our files: not ours.
            if not kind(mode) or not mode & ~wanted & 0o777:
                continue
            _close(place, stat.S_IMODE(mode) & wanted)
        except FileNotFoundError:
            # SQLite removes the files beside its base when the last connection closes.
            continue
        repaired.append(f"{place} ({stat.S_IMODE(mode):04o})")
    return repaired


def _close(place: Path, mode: int) -> None:
    why = "le disque ne garde pas les droits des fichiers"
    try:
        place.chmod(mode)
    except PermissionError:
        why = "il appartient à un autre"
    if stat.S_IMODE(os.lstat(place).st_mode) & OTHERS:
        raise Conflict(
            "data_folder.exposed",
            f"{place} est ouvert à d'autres comptes de la machine et ne peut pas être fermé : {why}. Donnez-le au "
            "compte qui lance materiel (chown), ou lancez la commande avec le compte qui le possède.",
        )


def _unusable(folder: Path, error: OSError) -> BadInput:
    return BadInput(
        "settings.unreadable",
        f"Le dossier de données {folder} ne peut pas être utilisé : {reason(error)}. "
        "Indiquez-en un autre par MATERIEL_DATA_DIR.",
    )
