"""Copies of the whole database in one file: SQLite's online backup, or PostgreSQL's own archive.

The engine decides the format; a file tells its own by its first bytes. A copy is complete or absent: it is written
beside its name, checked, then renamed (`materiel.files`).
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing, suppress
from itertools import chain, count
from pathlib import Path
from time import monotonic
from urllib.parse import quote

from materiel.data_folder import make_base
from materiel.errors import BadInput, Conflict, NeedsRepair, Unavailable
from materiel.files import drafted, reason
from materiel.settings import sqlite_file
from materiel.store.backup.postgres_tool import damaged, dump
from materiel.store.engine.failure import file_refused, repair_needed

SQLITE_MAGIC = b"SQLite format 3\x00"
POSTGRES_MAGIC = b"PGDMP"
PAGES_AT_ONCE = 2000
"""Pages copied between two looks at who else wants the database."""

BUSY_SECONDS = 30

Progress = Callable[[int, int], None]
"""Told how many pages are copied, of how many."""


def back_up(database_url: str, file: Path, progress: Progress, *, force: bool = False) -> None:
    """Copy the database to a file while it is in use; `force` replaces a file already there.

    Raises:
        Conflict: `file.exists`, `file.not_regular`.
        BadInput: `file.unwritable`, `backup.no_database`.
        Unavailable: `backup.failed`, `backup.tool_missing`.
    """
    _make_folder(file)
    with drafted(file, force=force) as draft:
        check_source(database_url)
        _copy_to(database_url, file, draft, progress)


def check_source(database_url: str) -> None:
    """Refuse to copy what is not there. Raises `BadInput`, `backup.no_database`."""
    if is_absent(database_url):
        raise BadInput("backup.no_database", f"Aucune base à sauvegarder : {sqlite_file(database_url)} n'existe pas.")


def is_absent(database_url: str) -> bool:
    """Whether a SQLite base has no file; a server is asked otherwise."""
    file = sqlite_file(database_url)
    return file is not None and not file.is_file()


def is_unsound(database_url: str) -> bool:
    """Whether a SQLite base is there and cannot be read whole. An empty file is sound: nothing was written yet."""
    file = sqlite_file(database_url)
    if file is None or file.stat().st_size == 0:
        return False
    try:
        _check_sqlite(file)
    except BadInput:
        return True
    return False


def keep_former(database_url: str, data_dir: Path) -> Path:
    """Keep the present content under a name never used before; where. A damaged SQLite base is moved as it is.

    Raises:
        BadInput: `file.unwritable`.
        Unavailable: `backup.failed`, `backup.tool_missing`, `backup.busy`.
    """
    file = sqlite_file(database_url)
    kept = _unused_name(file or data_dir / "postgresql")
    if file is not None and is_unsound(database_url):
        for suffix in ("", "-wal", "-shm"):
            with suppress(FileNotFoundError):
                file.with_name(file.name + suffix).rename(kept.with_name(kept.name + suffix))
        return kept
    _make_folder(kept)
    with drafted(kept) as draft:
        _copy_to(database_url, kept, draft, lambda done, total: None)
    return kept


def copy_whole(source: Path, target: Path, progress: Progress) -> None:
    """Make a SQLite file the copy of another, in one transaction: whoever has it open sees all or nothing.

    Raises:
        Unavailable: `backup.busy`.
    """
    try:
        make_base(target)
    except OSError as error:
        raise file_refused(error) from error
    _copy_sqlite(source, target, progress)


def check_file(database_url: str, file: Path) -> None:
    """Whether a file is a whole backup of this engine.

    Raises:
        BadInput: `backup.unreadable`, `backup.damaged`.
        Conflict: `backup.other_engine`.
    """
    _check_format(database_url, file)
    if is_sqlite(database_url):
        _check_sqlite(file)


def is_sqlite(database_url: str) -> bool:
    """Whether the database is a file of ours rather than a server."""
    return sqlite_file(database_url) is not None


def _copy_to(database_url: str, file: Path, draft: Path, progress: Progress) -> None:
    """Fill the draft of a file."""
    source = sqlite_file(database_url)
    if source is None:
        dump(database_url, draft)
        return
    try:
        _copy_sqlite(source, draft, progress)
        _make_one_file(draft)
    except NeedsRepair as needed:
        if needed.code != "database.full":
            raise
        # What is written is the copy, perhaps on another disk than the base.
        raise BadInput(
            "file.unwritable", f"Le fichier {file} ne peut pas être écrit : le disque est plein."
        ) from needed
    _check_sqlite(draft)


def _make_folder(file: Path) -> None:
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise BadInput("file.unwritable", f"Le fichier {file} ne peut pas être écrit : {reason(error)}.") from error


def _unused_name(target: Path) -> Path:
    """Where the former content goes: a second restoration keeps what the first one kept."""
    names = (f"{target.name}.before-restore{suffix}" for suffix in chain([""], (f"-{n}" for n in count(2))))
    return next(kept for name in names if not (kept := target.with_name(name)).exists())


def _copy_sqlite(source: Path, target: Path, progress: Progress) -> None:
    advanced_at = monotonic()
    left_before = -1

    def watch(_: int, left: int, total: int) -> None:
        # A locked database makes `backup` try again for ever; only what advances may go on.
        nonlocal advanced_at, left_before
        if left != left_before:
            advanced_at, left_before = monotonic(), left
        elif monotonic() - advanced_at > BUSY_SECONDS:
            raise sqlite3.OperationalError("database is locked")
        progress(total - left, total)

    try:
        with (
            closing(sqlite3.connect(f"file:{quote(str(source))}?mode=ro", uri=True, timeout=1)) as read,
            closing(sqlite3.connect(target, timeout=1)) as written,
        ):
            read.backup(written, pages=PAGES_AT_ONCE, progress=watch)
    except sqlite3.DatabaseError as error:
        if needed := repair_needed(error):
            raise needed from error
        raise Unavailable(
            "backup.busy", "La base est occupée ou ne peut pas être lue. Recommencez dans un instant."
        ) from error


def _make_one_file(copy: Path) -> None:
    # The copy of a database in write-ahead mode would ask for two more files beside it to be read.
    with closing(sqlite3.connect(copy)) as connection:
        connection.execute("PRAGMA journal_mode = DELETE")


def _check_sqlite(file: Path) -> None:
    try:
        with closing(sqlite3.connect(f"file:{quote(str(file))}?mode=ro", uri=True)) as connection:
            verdict = connection.execute("PRAGMA integrity_check").fetchone()[0]
            ours = connection.execute(
                "SELECT count(*) FROM sqlite_master WHERE type = 'table' AND name IN ('migration', 'journal')"
            ).fetchone()[0]
    except sqlite3.DatabaseError as error:
        raise damaged(file) from error
    if verdict != "ok" or ours != 2:
        raise damaged(file)


def _check_format(database_url: str, file: Path) -> None:
    try:
        with file.open("rb") as stream:
            head = stream.read(len(SQLITE_MAGIC))
    except OSError as error:
        raise BadInput("backup.unreadable", f"Le fichier {file} ne peut pas être lu : {reason(error)}.") from error
    from_sqlite, from_postgres = head == SQLITE_MAGIC, head.startswith(POSTGRES_MAGIC)
    if not (from_sqlite or from_postgres):
        raise damaged(file)
    if from_sqlite is not is_sqlite(database_url):
        raise Conflict(
            "backup.other_engine",
            f"{file} vient de {'SQLite' if from_sqlite else 'PostgreSQL'} et la base de l'autre moteur. "
            "Restaurez-le sur le moteur d'origine.",
        )
