"""Examples of what the routes of stocktakes take and answer."""

from __future__ import annotations

from typing import Any

STOCKTAKE_EXAMPLES: dict[str, Any] = {
    "closes_on": "2026-12-18",
    "codes": "35-2026-0001",
    "detail": "Il n'était pas attendu ici.",
    "expected_at": "Réserve, armoire 2",
    "left": "Collège d'Exemple : il n'a pas d'adresse électronique.",
    "municipalities": "35016",
    "place": "Réserve, armoire 2",
    "reading": "35-2026-0001",
    "schools": "0350122T",
    "seen_place": "Réserve, armoire 2",
    "PlaceOut.found": 12,
    "StocktakeSheetOut.found": 12,
    "CountedOut.found": 12,
    "PlaceOut.missing": 2,
    "StocktakeSheetOut.missing": 2,
    "CountedOut.missing": 2,
    "GapBody.act": "answered",
    "AskBody.places": "school:0350122T",
    "AskedPlacesOut.schools": 2,
    "PlaceOut.key": "school:0350122T",
    "UnknownReadingOut.why": "Ce code ne correspond à aucun matériel de votre service.",
}
"""By the name of the field, or by those of its schema and its own."""
