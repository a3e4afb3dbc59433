"""Whether an installation is being made: the only time when a base may be made from nothing.

The first start makes the secret key, then the base. A mark is laid before the key and taken away once the base is
there, so that a start killed between the two is still a beginning, while a key without a base is a loss.
"""

from __future__ import annotations

from pathlib import Path

KEY = "secret.key"
MARK = "installation-en-cours"


def mark_beginning(data_dir: Path) -> None:
    """Lay the mark, before the key is made. Raises `OSError`."""
    (data_dir / MARK).touch(mode=0o600)


def is_beginning(data_dir: Path) -> bool:
    """Whether nothing was ever here, as far as the data folder knows; ask before looking at the base.

    Another process that begins at the same time takes the mark away once the base is there, never before.
    """
    return (data_dir / MARK).exists() or not (data_dir / KEY).exists()


def end_beginning(data_dir: Path) -> None:
    """Take the mark away: the base is there. Raises `OSError`."""
    (data_dir / MARK).unlink(missing_ok=True)
