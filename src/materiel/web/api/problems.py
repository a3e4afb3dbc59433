"""The errors that a route declares in OpenAPI, each with an example, and none that it cannot answer."""

from __future__ import annotations

from typing import Any

from litestar.openapi.datastructures import ResponseSpec
from litestar.openapi.spec import Example

from materiel.web.http.errors import PROBLEM_JSON, TITLES, Problem

# One example for each status: (code, detail).
EXAMPLES: dict[int, tuple[str, str]] = {
    400: ("body.malformed", "Le corps de la requête n'est pas du JSON valide."),
    401: ("auth.token_invalid", "Ce jeton est inconnu, expiré ou révoqué."),
    403: (
        "actor.forbidden",
        "Votre rôle « Lecteur » ne permet pas : gérer le parc, les prêts et les documents.",
    ),
    404: ("item.not_found", "Aucun matériel de votre service n'a cet identifiant."),
    409: ("item.changed", "Le matériel a été modifié entre-temps. Rechargez-le, puis recommencez."),
    413: ("body.too_large", "L'envoi dépasse la taille permise."),
    415: ("body.unsupported_media_type", "Envoyez du JSON, avec l'en-tête Content-Type : application/json."),
    422: ("body.unknown_field", "La demande contient des champs inconnus."),
    429: ("request.too_many", "Trop de requêtes en peu de temps. Attendez 1 s, puis recommencez."),
    500: ("server.error", "Une erreur inattendue est survenue et rien n'a été enregistré."),
    503: (
        "service.unavailable",
        "Le service ne répond pas pour le moment. Recommencez dans quelques instants.",
    ),
}

EVERYWHERE = (400, 429, 500, 503)
READ = (401, 403, 404)
LIST = (401, 403)
WRITE = (401, 403, 404, 409, 413, 415, 422)


NOT_MODIFIED = {304: ResponseSpec(None, generate_examples=False, description="Inchangé depuis cet ETag")}


def problems(*statuses: int, examples: dict[int, tuple[str, str]] | None = None) -> dict[int, ResponseSpec]:
    """The `responses=` of a route: the given statuses and those that any route can answer.

    Args:
        statuses: for example `*READ` or `*WRITE`.
        examples: a better (code, detail) of this route for some statuses.
    """
    told = EXAMPLES | (examples or {})
    return {status: _response(status, *told[status]) for status in sorted({*statuses, *EVERYWHERE})}


def _response(status: int, code: str, detail: str) -> ResponseSpec:
    value: dict[str, Any] = {
        "type": f"urn:materiel:{code}",
        "title": TITLES[status],
        "status": status,
        "detail": detail,
        "code": code,
    }
    if status == 422:
        value["errors"] = [{"pointer": "/couleur", "detail": "Champ inconnu : il n'est jamais ignoré."}]
    return ResponseSpec(
        Problem,
        generate_examples=False,
        description=TITLES[status],
        media_type=PROBLEM_JSON,
        examples=[Example(summary=code, value=value)],
    )
