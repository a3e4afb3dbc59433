"""The bloc-marque of the demonstration, drawn for it: that of the State is for its services, and is never shipped."""

from __future__ import annotations

from pathlib import Path

from materiel.domain.papers.letterhead import Letterhead

PICTURE = Path(__file__).parents[2] / "demo_data" / "bloc-marque-fictif.png"
WORDS = "Académie d’Exemple. Direction des services départementaux d’Exemple (démonstration)"


def fictitious_letterhead() -> Letterhead:
    """What the papers of the demonstration bear; the file is as `scans.letterhead` makes one."""
    return Letterhead.of(PICTURE.read_bytes(), WORDS)
