"""Examples of what the API takes and answers of imports, by the names of `examples.NAMED`."""

from __future__ import annotations

from typing import Any

IMPORT_EXAMPLES: dict[str, Any] = {
    "CellChanged.field": "Prix d'achat",
    "CellChanged.key": "35-2026-0042",
    "CellChanged.new": "412,50\u00a0€",
    "CellChanged.old": "429,00\u00a0€",
    "CellChanged.subject": "0197b0c4-7d2e-7aaa-8000-1c1c1c1c1c1c",
    "ImportColumn.field": None,
    "ImportColumn.kept": False,
    "ImportColumn.title": "Code barre 2",
    "ImportNote.code": "item.guessed_computer",
    "ImportNote.detail": "Famille « ordinateur » devinée d'après les mots de la ligne.",
    "ImportNote.cell": None,
    "ImportNote.column": None,
    "ImportNote.lines": 3,
    "ImportMove.documents": ["notice"],
    "ImportMove.from": "0350122T",
    "ImportMove.line": 2,
    "ImportMove.outcome": "notice",
    "ImportMove.pupil": "0197b0c4-7d2e-7aaa-8000-2d2d2d2d2d2d",
    "ImportMove.to": "0352958A",
    "ImportMove.why": "Notification au chef d'établissement.",
    "MovesBody.on": "2026-09-01",
    "MovesBody.pupils": ["0197b0c4-7d2e-7aaa-8000-2d2d2d2d2d2d"],
    "ImportOut.moves": [
        {
            "line": 2,
            "pupil": "0197b0c4-7d2e-7aaa-8000-2d2d2d2d2d2d",
            "from": "0350122T",
            "to": "0352958A",
            "outcome": "notice",
            "why": "Notification au chef d'établissement.",
            "documents": ["notice"],
        }
    ],
    "ImportOut.moving": 1,
    "ImportOut.missing": [],
    "ImportOut.changed_cells": 1,
    "ImportOut.made": {"item": 58, "pupil": 57, "loan": 57},
    "ImportOut.changes": [
        {
            "line": 12,
            "key": "35-2026-0042",
            "subject": "0197b0c4-7d2e-7aaa-8000-1c1c1c1c1c1c",
            "field": "Prix d'achat",
            "old": "429,00\u00a0€",
            "new": "412,50\u00a0€",
        }
    ],
    "ImportOut.columns": [{"title": "Code barre 2", "field": None, "kept": False}],
    "ImportOut.created": 2,
    "ImportOut.read": 5,
    "ImportOut.rejected": [
        {
            "line": 12,
            "column": "Date d'acquisition",
            "cell": "offert",
            "code": "item.unreadable",
            "detail": "« offert » n'est pas une date ; écrivez-la ainsi : 31/12/2026.",
        }
    ],
    "ImportOut.remarks": [],
    "ImportOut.schools": [],
    "ImportOut.state": "examined",
    "ImportOut.unchanged": 1,
    "ImportOut.updated": 1,
    "ImportReading.encoding": "",
    "ImportReading.mapping": {"Code barre 2": None, "Genre": "designation"},
    "ImportReading.school": "",
    "ImportReading.schools": {"Ecole Jean Rostand": "0352158F"},
    "ImportReading.sheet": "Parc",
}
