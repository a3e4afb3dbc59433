"""The file of a SQLite base that is no longer the one of the start: it was moved, or another took its name."""

from __future__ import annotations

import os
from pathlib import Path

from materiel.errors import NeedsRepair


class OpenedFile:
    """The file behind a name, as it was when it was opened."""

    def __init__(self, path: str) -> None:
        """Of a file that need not exist yet."""
        self._path = Path(path)
        self._known: tuple[int, int] | None = None

    def note(self) -> None:
        """It is open now; a second time changes nothing."""
        if self._known is None:
            self._known = self._there()

    def check(self) -> None:
        """Whether the name still leads to it: else what is written is lost.

        Raises:
            NeedsRepair: `database.replaced`.
        """
        if self._known is not None and self._there() != self._known:
            raise NeedsRepair(
                "database.replaced",
                f"Le fichier de la base, {self._path}, a été déplacé ou remplacé pendant que materiel tournait : plus "
                "rien ne s’y écrit. Remettez la bonne base en place, puis relancez materiel.",
            )

    def _there(self) -> tuple[int, int] | None:
        try:
            found = os.stat(self._path)
        except FileNotFoundError:
            return None
        return found.st_dev, found.st_ino
