"""Files that this program writes: whole or absent, readable by their owner alone, and never in another's place.

They hold personal data or a secret. What is not a regular file (a device, a folder, a pipe, a link) is never
replaced; what exists is replaced only when it was asked for.
"""

from __future__ import annotations

import errno
import os
import secrets
import socket
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from materiel.errors import BadInput, Conflict

PRIVATE_FILE = 0o600

REASONS = {
    errno.EACCES: "le compte qui lance materiel n'en a pas le droit",
    errno.EADDRINUSE: "un autre programme y écoute déjà",
    errno.EADDRNOTAVAIL: "cette adresse n'est pas celle de la machine",
    errno.EDQUOT: "le quota de disque est atteint",
    errno.EEXIST: "ce nom est déjà pris",
    errno.EFBIG: "la taille permise d'un fichier est atteinte",
    errno.EIO: "le disque ne répond pas bien",
    errno.EISDIR: "c'est un dossier",
    errno.ELOOP: "c'est un lien qui tourne en rond",
    errno.ENAMETOOLONG: "ce nom est trop long",
    errno.ENOENT: "ce dossier ou ce fichier n'existe pas",
    errno.ENOSPC: "le disque est plein",
    errno.ENOTDIR: "son chemin passe par ce qui n'est pas un dossier",
    errno.EPERM: "le système ne le permet pas à ce compte",
    socket.EAI_NONAME: "ce nom n'est celui d'aucune machine",
    errno.EROFS: "le disque est en lecture seule",
}


def reason(error: OSError) -> str:
    """What the system answered, in French where it is foreseen."""
    return REASONS.get(error.errno or 0, error.strerror or "le système l'a refusé")


def check_free(file: Path, *, force: bool = False) -> None:
    """Refuse a name that must not be written at, before anything is done for it.

    Raises:
        Conflict: `file.not_regular`, whatever is asked; `file.exists`, unless `force`.
    """
    try:
        mode = os.lstat(file).st_mode
    except OSError:
        # Absent, or told by the attempt to write it.
        return
    if not stat.S_ISREG(mode):
        raise Conflict(
            "file.not_regular",
            f"{file} n'est pas un fichier ordinaire mais un dossier, un périphérique, un tube ou un lien : il n'est "
            "jamais remplacé. Donnez le nom d'un fichier.",
        )
    if not force:
        raise _exists(file)


@contextmanager
def drafted(file: Path, *, force: bool = False) -> Iterator[Path]:
    """An empty draft beside a file, which takes its name once the block is done; gone when the block fails.

    Args:
        force: replace a regular file of that name.

    Raises:
        Conflict: `file.not_regular`, `file.exists`.
        BadInput: `file.unwritable`.
    """
    check_free(file, force=force)
    # A name that nobody can foresee, and that must be new: no file nor link laid there beforehand is written through.
    draft = file.with_name(f".{secrets.token_hex(8)}.part")
    try:
        os.close(os.open(draft, os.O_CREAT | os.O_EXCL | os.O_WRONLY, PRIVATE_FILE))
        yield draft
        with draft.open("rb") as written:
            os.fsync(written.fileno())
        check_free(file, force=force)
        if force:
            draft.replace(file)
        else:
            _publish(draft, file)
    except OSError as error:
        raise BadInput("file.unwritable", f"Le fichier {file} ne peut pas être écrit : {reason(error)}.") from error
    finally:
        with suppress(OSError):
            draft.unlink(missing_ok=True)


@contextmanager
def written_whole(file: Path, *, force: bool = False) -> Iterator[BinaryIO]:
    """The same, open to be written. Raises what `drafted` raises."""
    with drafted(file, force=force) as draft, draft.open("wb") as stream:
        yield stream


def _publish(draft: Path, file: Path) -> None:
    """Give the draft its name, unless another process was faster: a rename would replace the other's file."""
    try:
        try:
            os.link(draft, file)
        except FileExistsError:
            raise
        except OSError:
            # Some disks know no hard link: the name is then taken first.
            os.close(os.open(file, os.O_CREAT | os.O_EXCL | os.O_WRONLY, PRIVATE_FILE))
            draft.replace(file)
    except FileExistsError as error:
        raise _exists(file) from error


def _exists(file: Path) -> Conflict:
    return Conflict(
        "file.exists",
        f"Le fichier {file} existe déjà ; il est laissé tel quel. Donnez un autre nom, ou ajoutez --force pour le "
        "remplacer.",
    )
