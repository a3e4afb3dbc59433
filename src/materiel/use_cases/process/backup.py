"""Back up and restore the whole installation: the installer's, hence without an actor.

A restoration brings the backup up to this version and erases again what was erased since, before anybody sees it.
"""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from urllib.parse import quote

from materiel.data_folder import PRIVATE_FOLDER
from materiel.domain.calendar.civil_day import MAINLAND, civil_date, local_time
from materiel.domain.language.french import long_date
from materiel.errors import BadInput, Conflict, MaterielError
from materiel.settings import sqlite_file
from materiel.store.backup import backup, installation
from materiel.store.backup.backup import Progress
from materiel.store.backup.content import BackupContent, read_content
from materiel.store.backup.journals import Loss, OfBase, last_at, loss
from materiel.store.backup.postgres_restore import replace_content
from materiel.store.backup.replay import Erasures, Replayed, read_erased, replay
from materiel.store.engine import database as engines
from materiel.store.engine import migrate as migrations
from materiel.store.engine.database import enclosing_transaction
from materiel.store.engine.ids import new_id
from materiel.store.history import journal
from materiel.store.retention import erasure
from materiel.use_cases.process.secrecy import key_for


@dataclass(frozen=True, slots=True, kw_only=True)
class Restored:
    """What a restoration did.

    `kept`: where the former content is, if there was one. `migrated`: the steps that the backup lacked. `last_at`: the
    last entry of its journal. `erased_unknown`: no base could be read to tell what it had erased. `same_key`: whether
    the backup was made under the present key, None when it does not say.
    """

    kept: Path | None
    migrated: list[str]
    replayed: Replayed
    lost: Loss
    last_at: datetime | None
    erased_unknown: bool
    same_key: bool | None


@dataclass(frozen=True, slots=True)
class _Present:
    """The base that is there: what only it knows, and what it erased."""

    loss: Loss
    erased: Erasures


NOTHING = _Present(Loss(0, None, None), Erasures(eliminations=(), loans=(), pupils=(), files=()))


async def back_up(database_url: str, file: Path, *, secret_key: str, force: bool, progress: Progress) -> None:
    """Copy the database to a file while it is in use; `force` replaces a file already there.

    Raises:
        Conflict: `backup.less_history`, the file there tells more than the base.
        MaterielError: what `store.backup.backup.back_up` raises.
    """
    backup.check_source(database_url)
    async with _bound(database_url):
        found = await migrations.schema()
        if found.is_empty:
            raise BadInput(
                "backup.no_database", "La base est vide : elle n'est pas sauvegardée, pour qu'elle ne remplace rien."
            )
        if not force and file.is_file():
            await _check_history(file, database_url)
        if not found.missing:
            await installation.note_key(fingerprint(secret_key))
    await asyncio.to_thread(backup.back_up, database_url, file, progress, force=force)


async def restore(
    database_url: str,
    file: Path,
    *,
    data_dir: Path,
    secret_key: str,
    force: bool,
    now: datetime,
    progress: Progress,
) -> Restored:
    """Replace the database by a copy, brought up to this version, in one transaction; keep the former content.

    Args:
        force: even where the base knows more than the copy, or cannot be read.

    Raises:
        BadInput: `backup.unreadable`, `backup.damaged`.
        Conflict: `backup.other_engine`, `backup.newer`, `backup.less_history`, `backup.too_old`,
            `backup.target_damaged`; on PostgreSQL what `replace_content` raises.
        Unavailable: `backup.failed`, `backup.tool_missing`, `backup.busy`.
    """
    backup.check_file(database_url, file)
    content = await asyncio.to_thread(read_content, file)
    _refuse_newer(content)
    present = await _read_present(database_url, content, force=force)
    before = present or NOTHING
    if before.loss.entries and not force:
        raise _loses(before.loss)
    kept = None if present is None else await asyncio.to_thread(backup.keep_former, database_url, data_dir)
    migrated, replayed = await _put(database_url, file, before, now, progress)
    return Restored(
        kept=kept,
        migrated=migrated,
        replayed=replayed,
        lost=before.loss,
        last_at=await last_at(content),
        erased_unknown=before is NOTHING,
        same_key=content.key_fingerprint == fingerprint(secret_key) if content.key_fingerprint else None,
    )


def fingerprint(secret_key: str) -> str:
    """What tells one secret key from another, and nothing of it."""
    return key_for(secret_key, "fingerprint").hex()


async def _check_history(file: Path, database_url: str) -> None:
    """Refuse to replace a backup that tells what the base does not: the base may be the wrong one, or begun anew."""
    try:
        backup.check_file(database_url, file)
        content = await asyncio.to_thread(read_content, file)
    except MaterielError:
        # No backup of ours: the writing of the file says what it thinks of it.
        return
    more = await loss(content, await OfBase.read())
    if more.entries:
        raise Conflict(
            "backup.less_history",
            f"{file} tient {more.entries} écriture(s) d'historique{_period(more)} que cette base n'a pas : il "
            "n'est pas remplacé. Vérifiez que cette base est la bonne ; sinon donnez un autre nom, ou ajoutez --force.",
        )


def _refuse_newer(content: BackupContent) -> None:
    unknown = sorted(content.migrations - set(migrations.known()))
    if unknown:
        raise Conflict("backup.newer", migrations.said_newer("Cette sauvegarde", unknown, content.made_by))


def _loses(lost: Loss) -> Conflict:
    return Conflict(
        "backup.less_history",
        f"La base présente tient {lost.entries} écriture(s) d'historique{_period(lost)} que cette sauvegarde n'a pas : "
        "elles seraient perdues, avec ce qu'elles racontent. Rien n'a été changé. Pour restaurer malgré tout, ajoutez "
        "--force : l'ancien contenu sera gardé à part.",
    )


def _period(lost: Loss) -> str:
    if lost.since is None or lost.until is None:
        return ""
    since, until = moment(lost.since), moment(lost.until)
    return f", du {since}," if since == until else f", du {since} au {until},"


def moment(at: datetime) -> str:
    """« 27 novembre 2026 à 18 h 02 », at the time of mainland France."""
    local = local_time(at, MAINLAND)
    return f"{long_date(civil_date(at, MAINLAND))} à {local.hour} h {local.minute:02}"


async def _read_present(database_url: str, content: BackupContent, *, force: bool) -> _Present | None:
    """What the base that is there knows; None when there is none, or nothing in it."""
    if backup.is_absent(database_url):
        return None
    if backup.is_unsound(database_url):
        if not force:
            raise Conflict(
                "backup.target_damaged",
                "La base présente est abîmée : ce qu'elle a enregistré, éliminé ou supprimé depuis la sauvegarde ne "
                "peut pas être relu. Rien n'a été changé. Pour restaurer malgré tout, ajoutez --force : elle sera "
                "gardée à part.",
            )
        return NOTHING
    async with _bound(database_url):
        found = await migrations.schema()
        if found.is_empty:
            return None
        done = frozenset(migrations.known()) - frozenset(found.missing)
        return _Present(await loss(await OfBase.read(), content), await read_erased(done))


async def _put(
    database_url: str, file: Path, before: _Present, now: datetime, progress: Progress
) -> tuple[list[str], Replayed]:
    """Put the prepared copy in the place of the base; the steps that it lacked, and what was erased again."""
    target = sqlite_file(database_url)
    if target is None:
        async with _bound(database_url):
            async with enclosing_transaction():
                await replace_content(file)
                migrated, replayed = await _prepare(before, now)
            if replayed:
                await erasure.scrub()
        return migrated, replayed
    target.parent.mkdir(PRIVATE_FOLDER, parents=True, exist_ok=True)
    # Prepared beside: the base goes from its former content to the whole of the new one, names erased.
    with tempfile.TemporaryDirectory(prefix=".restore-", dir=target.parent) as folder:
        draft = Path(folder) / "base.sqlite3"
        await asyncio.to_thread(backup.copy_whole, file, draft, lambda done, total: None)
        async with _bound(f"sqlite:///{quote(str(draft))}"):
            async with enclosing_transaction():
                migrated, replayed = await _prepare(before, now)
            if replayed:
                await erasure.scrub()
        await asyncio.to_thread(backup.copy_whole, draft, target, progress)
    return migrated, replayed


async def _prepare(before: _Present, now: datetime) -> tuple[list[str], Replayed]:
    migrated = await migrations.upgrade()
    replayed = await replay(before.erased, now)
    stamp = str(new_id())
    await installation.note_restoration(stamp, now)
    await journal.By(journal.SYSTEM_CHAIN, "cli", now).note(
        "base.restored",
        stamp,
        {
            "lost": before.loss.entries,
            "loans": replayed.loans,
            "pupils": replayed.pupils,
            "files": replayed.files,
        },
    )
    return migrated, replayed


@asynccontextmanager
async def _bound(database_url: str) -> AsyncIterator[None]:
    engine = engines.bind(engines.build_engine(database_url))
    try:
        await engines.start(engine)
        yield
    finally:
        await engines.stop(engine)
