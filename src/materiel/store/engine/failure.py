"""What keeps a database from answering until somebody repairs it, named: one code and one sentence for both engines.

Disk full, read-only, damaged, refused, absent. What passes by itself (busy, restarting) is told by the engines.
"""

from __future__ import annotations

import errno
import sqlite3

import asyncpg

from materiel.errors import NeedsRepair
from materiel.files import reason

SENTENCES = {
    "database.full": "Le disque de la base de données est plein : rien n’a été enregistré. Faites-y de la place, puis "
    "recommencez ; le serveur reprend de lui-même.",
    "database.read_only": "La base de données est en lecture seule : rien n’a été enregistré. Rendez-lui l’écriture "
    "(droits du fichier, disque monté en lecture seule, serveur secondaire), puis recommencez.",
    "database.damaged": "La base de données est abîmée, ou n’est pas une base de materiel. Arrêtez le serveur, "
    "gardez-en une copie, puis restaurez une sauvegarde par « materiel restore ».",
    "database.denied": "La base de données refuse le compte qui l’ouvre : droits du fichier ou du dossier, rôle, "
    "mot de passe ou droits sur le serveur. Corrigez-les, ou MATERIEL_DATABASE_URL.",
    "database.absent": "La base nommée par MATERIEL_DATABASE_URL n’existe pas sur ce serveur PostgreSQL. Créez-la "
    "(createdb), ou corrigez ce réglage.",
    "database.other_schema": "La base de données n’a plus le schéma attendu : elle a été vidée, remplacée ou modifiée "
    "pendant que materiel tournait. Voyez « materiel db check », restaurez une sauvegarde au besoin, puis relancez.",
    "database.disk": "Le disque de la base de données ne lit ou n’écrit plus : débranché, défaillant, ou limité. "
    "Réparez-le, puis recommencez.",
}

SQLITE = {
    sqlite3.SQLITE_FULL: "database.full",
    sqlite3.SQLITE_READONLY: "database.read_only",
    sqlite3.SQLITE_CORRUPT: "database.damaged",
    sqlite3.SQLITE_NOTADB: "database.damaged",
    sqlite3.SQLITE_CANTOPEN: "database.denied",
    sqlite3.SQLITE_PERM: "database.denied",
    sqlite3.SQLITE_IOERR: "database.disk",
}
"""By primary code: the low byte of an extended one."""

POSTGRES = {
    "25006": "database.read_only",
    "28000": "database.denied",
    "28P01": "database.denied",
    "3D000": "database.absent",
    "3F000": "database.other_schema",
    "42501": "database.denied",
    "42703": "database.other_schema",
    "42883": "database.other_schema",
    "42P01": "database.other_schema",
    "53100": "database.full",
    "58030": "database.disk",
    "58P01": "database.damaged",
    "XX001": "database.damaged",
    "XX002": "database.damaged",
}
"""By SQLSTATE: https://www.postgresql.org/docs/current/errcodes-appendix.html."""

NO_LONGER_THERE = ("no such table", "no such column", "no such function")
"""How SQLite begins to tell that a statement names what is not in the base; it has no code of its own."""

SYSTEM = {
    errno.ENOSPC: "database.full",
    errno.EDQUOT: "database.full",
    errno.EROFS: "database.read_only",
    errno.EIO: "database.disk",
    errno.EFBIG: "database.disk",
}


def repair_needed(error: BaseException) -> NeedsRepair | None:
    """The business error of what an engine or the system answered; None for what is no failure of this kind."""
    code = None
    if isinstance(error, sqlite3.Error):
        code = SQLITE.get(getattr(error, "sqlite_errorcode", 0) & 0xFF)
        if str(error).startswith(NO_LONGER_THERE):
            code = "database.other_schema"
    elif isinstance(error, asyncpg.InvalidCachedStatementError):
        code = "database.other_schema"
    elif isinstance(error, asyncpg.PostgresError):
        code = POSTGRES.get(error.sqlstate or "")
    return NeedsRepair(code, SENTENCES[code]) if code else None


def told(error: BaseException) -> BaseException:
    """The same error, or the business error that it is told as."""
    needed = repair_needed(error)
    if needed is None:
        return error
    needed.__cause__ = error
    return needed


def file_refused(error: OSError) -> NeedsRepair:
    """The same, when the file of a base or its folder cannot be made."""
    if code := SYSTEM.get(error.errno or 0):
        return NeedsRepair(code, SENTENCES[code])
    return NeedsRepair(
        "database.denied",
        f"Le fichier de la base de données ne peut pas être ouvert : {reason(error)}. Corrigez MATERIEL_DATABASE_URL, "
        "ou les droits du fichier et de son dossier.",
    )
