"""Copies of the whole database in one file: SQLite's online backup, or PostgreSQL's own archive.

The engine decides the format; a file tells its own by its first bytes. A copy is complete or absent: it is written
beside its name, checked, then renamed (`materiel.files`).
"""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
from collections.abc import Callable
from contextlib import closing
from itertools import chain, count
from pathlib import Path
from time import monotonic
from urllib.parse import quote, unquote, urlsplit

from materiel.data_folder import make_base
from materiel.errors import BadInput, Conflict, NeedsRepair, Unavailable
from materiel.files import drafted, reason
from materiel.settings import sqlite_file
from materiel.store.failure import file_refused, repair_needed

SQLITE_MAGIC = b"SQLite format 3\x00"
POSTGRES_MAGIC = b"PGDMP"
PAGES_AT_ONCE = 2000
"""Pages copied between two looks at who else wants the database."""

BUSY_SECONDS = 30

POSTGRES_TOOLS = Path("/usr/lib/postgresql")
"""Where Debian keeps each version's tools."""

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
        if source := sqlite_file(database_url):
            if not source.is_file():
                raise BadInput("backup.no_database", f"Aucune base à sauvegarder : {source} n'existe pas.")
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
        else:
            _run_postgres_tool("pg_dump", database_url, "--format=custom", f"--file={draft}")


def restore(database_url: str, file: Path, progress: Progress) -> Path | None:
    """Replace the whole content of the database by a copy, in one transaction.

    Returns:
        Where the former SQLite content was kept, if there was one.

    Raises:
        BadInput: `backup.unreadable`, `backup.damaged`.
        Conflict: `backup.other_engine`.
        Unavailable: `backup.failed`, `backup.tool_missing`, `backup.busy`.
    """
    _check_format(database_url, file)
    target = sqlite_file(database_url)
    if target is None:
        options = ("--clean", "--if-exists", "--no-owner", "--single-transaction", "--exit-on-error")
        _run_postgres_tool("pg_restore", database_url, *options, str(file))
        return None
    _check_sqlite(file)
    kept = None
    if target.is_file():
        kept = _unused_name(target)
        with drafted(kept) as draft:
            _copy_sqlite(target, draft, lambda done, total: None)
            _make_one_file(draft)
    try:
        make_base(target)
    except OSError as error:
        raise file_refused(error) from error
    # SQLite writes the pages of the copy as one transaction: a server that has the file open sees all or nothing.
    _copy_sqlite(file, target, progress)
    return kept


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
        raise _damaged(file) from error
    if verdict != "ok" or ours != 2:
        raise _damaged(file)


def _damaged(file: Path) -> BadInput:
    return BadInput(
        "backup.damaged", f"{file} est abîmé ou n'est pas une sauvegarde de materiel ; rien n'a été changé."
    )


def _check_format(database_url: str, file: Path) -> None:
    try:
        with file.open("rb") as stream:
            head = stream.read(len(SQLITE_MAGIC))
    except OSError as error:
        raise BadInput("backup.unreadable", f"Le fichier {file} ne peut pas être lu : {reason(error)}.") from error
    from_sqlite, from_postgres = head == SQLITE_MAGIC, head.startswith(POSTGRES_MAGIC)
    if not (from_sqlite or from_postgres):
        raise _damaged(file)
    if from_sqlite is (sqlite_file(database_url) is None):
        raise Conflict(
            "backup.other_engine",
            f"{file} vient de {'SQLite' if from_sqlite else 'PostgreSQL'} et la base de l'autre moteur. "
            "Restaurez-le sur le moteur d'origine.",
        )


def _run_postgres_tool(name: str, database_url: str, *options: str) -> None:
    parts = urlsplit(database_url)
    # The password goes through the environment: the command line of a process is public.
    environ = {**os.environ, "PGPASSWORD": unquote(parts.password or ""), "PGCONNECT_TIMEOUT": "10"}
    address = f"{parts.username}@{parts.netloc.rpartition('@')[2]}" if parts.username else parts.netloc
    public_url = parts._replace(netloc=address).geturl()
    result = subprocess.run(
        [_postgres_tool(name), f"--dbname={public_url}", *options],
        env=environ,
        capture_output=True,
        text=True,
        check=False,
    )
    if result.returncode != 0:
        raise Unavailable("backup.failed", f"{name} a échoué : {result.stderr.strip()[-500:]}")


def _postgres_tool(name: str) -> str:
    installed = [str(folder / name) for folder in sorted(POSTGRES_TOOLS.glob("*/bin"), reverse=True)]
    for candidate in (name, *installed):
        if found := shutil.which(candidate):
            return found
    raise Unavailable("backup.tool_missing", f"La commande {name} manque. Installez le paquet postgresql-client.")
