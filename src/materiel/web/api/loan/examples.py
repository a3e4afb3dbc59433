"""The examples of the routes of loans, as their documentation shows them."""

from __future__ import annotations

from typing import Any

from materiel.web.api.papers.document import EXAMPLE as DOCUMENT_EXAMPLE

SUMMARY_EXAMPLE: dict[str, Any] = {
    "id": "0197b0c4-7d2e-7aaa-8000-2e2e2e2e2e2e",
    "status": "draft",
    "usage": "individual",
    "custody": "home",
    "school": "0350001A",
    "pupil": "0197b0c4-7d2e-7aaa-8000-5b5b5b5b5b5b",
    "items": [
        {
            "id": "0197b0c4-7d2e-7aaa-8000-1c1c1c1c1c1c",
            "added_on": "2026-11-21",
            "handed_over_on": None,
            "condition_out": None,
            "returned_on": None,
            "condition_in": None,
            "missing_accessories": [],
            "removed_on": None,
            "accessories": None,
            "withdrawn_on": None,
            "removal": None,
        }
    ],
    "starts_on": "2026-12-01",
    "ends_on": "2027-07-03",
    "purpose": "Prise de notes et lecture des documents de cours",
    "basis": {
        "kind": "cdaph",
        "reference": "2026-CDAPH-0123",
        "decided_on": "2026-06-15",
        "valid_until": "2029-08-31",
    },
    "override_reason": "",
    "created_at": "2026-11-21T09:00:00Z",
    "issued_on": None,
    "handed_over_on": None,
    "recalled_on": None,
    "recall_reason": "",
    "recall_ground": None,
    "closed_on": None,
    "version": 1,
    "split_from": None,
}
EXAMPLE = SUMMARY_EXAMPLE | {
    "handed_over_unsigned": False,
    "decision": {
        "outcome": "allowed",
        "code": None,
        "reason": "Prêt à usage individuel d'un élève d'une école publique.",
        "next_step": "Émettez la convention et la notification.",
        "source": "circulaire n° 2001-221 du 29 octobre 2001",
        "warnings": [],
        "documents": [],
    },
    "warnings": [],
    "documents": [],
}
ISSUED = EXAMPLE | {"status": "issued", "issued_on": "2026-11-21", "documents": [DOCUMENT_EXAMPLE], "version": 2}
EXAMPLES = {
    404: ("loan.not_found", "Aucun prêt de votre service n'a cet identifiant."),
    409: ("item.already_lent", "Ce matériel est déjà dans un prêt en cours."),
    422: ("loan.refused", "La circulaire exclut du prêt les élèves d'un établissement médico-éducatif."),
}
FORM_EXAMPLES = {409: ("loan.already_handed_over", "Tout le matériel de ce prêt est déjà remis : imprimez ses bons.")}
