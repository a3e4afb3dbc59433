"""The one table from errors to HTTP statuses, and how an error is shown.

Under `/api`, and for a supervisor, every error is an RFC 9457 problem document in French; elsewhere it is an HTML
page. Unmatched routes, wrong methods, bodies too large and programming errors go through here too. A 500 says nothing
but its request id, which the log also holds.
"""

from __future__ import annotations

import logging
from http import HTTPStatus
from typing import Any

import msgspec
from litestar import Request, Response
from litestar.exceptions import (
    ClientException,
    HTTPException,
    MethodNotAllowedException,
    NotFoundException,
    ValidationException,
)
from litestar.handlers import HTTPRouteHandler
from litestar.types import ExceptionHandlersMap

from materiel.errors import (
    BadInput,
    Conflict,
    FieldError,
    MaterielError,
    NeedsRepair,
    NotFound,
    PermissionDenied,
    RuleBroken,
    TooManyRequests,
    Unavailable,
    trace_of,
)
from materiel.web.http.forms import RETRY_AFTER_SECONDS
from materiel.web.http.trace import request_id
from materiel.web.pages.shell.rendering import render

READYZ = "/readyz"
"""Asked by programs: it answers them a problem document too."""

PROBLEM_JSON = "application/problem+json"

logger = logging.getLogger("materiel.web")


class Unauthenticated(MaterielError):
    """No token, or a token that opens nothing."""


class UnsupportedMediaType(MaterielError):
    """The body is of a type that this route does not read."""


STATUSES: dict[type[MaterielError], int] = {
    BadInput: 400,
    Unauthenticated: 401,
    PermissionDenied: 403,
    NotFound: 404,
    Conflict: 409,
    UnsupportedMediaType: 415,
    RuleBroken: 422,
    TooManyRequests: 429,
    Unavailable: 503,
}

TITLES: dict[int, str] = {
    400: "Requête illisible",
    401: "Authentification requise",
    403: "Accès refusé",
    404: "Introuvable",
    405: "Méthode non permise",
    406: "Format de réponse indisponible",
    408: "Requête trop lente",
    409: "Conflit avec l'état actuel",
    413: "Envoi trop volumineux",
    415: "Type de contenu non accepté",
    422: "Demande refusée",
    429: "Trop de requêtes",
    500: "Erreur interne",
    503: "Service momentanément indisponible",
}


GONE = "client disconnected prematurely"
"""What Litestar says of a client that left, or was cut, in the middle of its body."""

REPAIR = (
    "Le service a une panne que seul son administrateur peut réparer, et rien n'a été enregistré. Prévenez-le, avec la "
    "référence {}, puis recommencez."
)


class FaultyField(msgspec.Struct, omit_defaults=True):
    """Un champ en faute. `pointer` est un pointeur JSON dans le corps, par exemple `/items/0`."""

    pointer: str
    detail: str


class Problem(msgspec.Struct):
    """Une erreur (RFC 9457). `code` est stable ; `title` et `detail` s'adressent à une personne."""

    type: str
    title: str
    status: int
    detail: str
    code: str
    errors: list[FaultyField] = []
    request_id: str | None = None
    refusal: str | None = None


def status_of(error: MaterielError) -> int:
    """The HTTP status of a business error: its nearest class in the table, 413 for a code `*.too_large`."""
    if error.code.endswith(".too_large"):
        return 413
    return next(STATUSES[kind] for kind in type(error).__mro__ if kind in STATUSES)


def business_error(request: Request[Any, Any, Any], error: Exception) -> Response[Any]:
    """Show a refusal that a person can act upon."""
    assert isinstance(error, MaterielError)
    status = status_of(error)
    headers: dict[str, str] = {}
    if isinstance(error, Unauthenticated):
        headers["WWW-Authenticate"] = 'Bearer realm="materiel"'
    if status in {429, 503}:
        headers["Retry-After"] = str(error.facts.get("retry_after", RETRY_AFTER_SECONDS))
    message = error.message
    if isinstance(error, NeedsRepair):
        # Which disk, which role: the log tells it to the administrator, and the page to nobody.
        identifier = request_id(request.scope)
        logger.error("request %s: %s: %s", identifier, error.code, error.message)
        message = REPAIR.format(identifier)
    return _answer(request, status, error.code, message, error.errors, headers, error.facts)


FRAMEWORK_CODES: dict[int, tuple[str, str]] = {
    400: ("request.malformed", "La requête ne peut pas être lue. Vérifiez son adresse et ses paramètres."),
    404: ("route.not_found", "Rien ne se trouve à cette adresse. Vérifiez l'adresse et l'identifiant."),
    405: ("route.method_not_allowed", "Cette adresse n'accepte pas cette méthode HTTP."),
    413: (
        "body.too_large",
        "L'envoi dépasse la taille permise. Envoyez un fichier plus petit ou en plusieurs fois.",
    ),
    415: ("body.unsupported_media_type", "Ce type de contenu n'est pas accepté ici."),
    422: ("body.invalid", "La demande contient des valeurs refusées."),
    429: (
        "request.too_many",
        "Trop de requêtes en peu de temps. Attendez quelques secondes, puis recommencez.",
    ),
    503: (
        "service.unavailable",
        "Le service ne répond pas pour le moment. Recommencez dans quelques instants.",
    ),
}


def framework_error(request: Request[Any, Any, Any], error: Exception) -> Response[Any]:
    """Show what Litestar itself refuses: routes, methods, sizes, parameters."""
    assert isinstance(error, HTTPException)
    status = error.status_code
    if error.detail == GONE:
        # Nobody is there to read it, and nothing of ours is wrong: not a line in the log.
        return _answer(request, 408, "request.cut", "La requête n'est pas arrivée en entier.", (), {}, {})
    if status >= 500 and status != HTTPStatus.SERVICE_UNAVAILABLE:
        return unexpected_error(request, error)
    faults: list[FieldError] = []
    if isinstance(error, ValidationException) and isinstance(error.extra, list):
        faults = [_parameter_fault(request, each) for each in error.extra if isinstance(each, dict)]
    code, detail = FRAMEWORK_CODES.get(status, FRAMEWORK_CODES[400])
    if status == HTTPStatus.REQUEST_ENTITY_TOO_LARGE:
        detail = _too_large(request, detail)
    if faults:
        code = "request.invalid_parameter"
        detail = "Un paramètre de l'adresse est refusé. Corrigez les champs indiqués."
    headers = dict(error.headers or {}) if isinstance(error, MethodNotAllowedException) else {}
    if status == HTTPStatus.SERVICE_UNAVAILABLE:
        headers["Retry-After"] = str(RETRY_AFTER_SECONDS)
    return _answer(request, status, code, detail, faults, headers, {})


def _too_large(request: Request[Any, Any, Any], detail: str) -> str:
    """The limit of this address, in megabytes, where it is known."""
    handler = request.scope.get("route_handler")
    largest = handler.resolve_request_max_body_size() if isinstance(handler, HTTPRouteHandler) else None
    if not largest:
        return detail
    return detail.replace("la taille permise.", f"la taille permise ici, {largest // 10**6 or 1} Mo.")


def _parameter_fault(request: Request[Any, Any, Any], extra: dict[str, Any]) -> FieldError:
    """The fault of a parameter, as the address names it: Python may write neither « from » nor « for »."""
    name = str(extra.get("key", ""))
    handler = request.scope.get("route_handler")
    if isinstance(handler, HTTPRouteHandler) and name in handler.parsed_fn_signature.parameters:
        said = handler.parsed_fn_signature.parameters[name].kwarg_definition
        name = getattr(said, "name", None) or name
    return FieldError(f"/{name}", "Valeur absente, mal formée ou hors des bornes permises.")


def unexpected_error(request: Request[Any, Any, Any], error: Exception) -> Response[Any]:
    """Log a programming error with its request id and show that id alone."""
    identifier = request_id(request.scope)
    logger.error("request %s failed: %s", identifier, trace_of(error))
    detail = (
        "Une erreur inattendue est survenue et rien n'a été enregistré. Recommencez ; si elle persiste, "
        f"donnez la référence {identifier} à l'administrateur."
    )
    return _answer(request, 500, "server.error", detail, (), {}, {})


def _answer(
    request: Request[Any, Any, Any],
    status: int,
    code: str,
    detail: str,
    faults: Any,
    headers: dict[str, str],
    facts: dict[str, object],
) -> Response[Any]:
    title = TITLES.get(status, TITLES[400])
    path = request.scope["path"]
    if path in ("/api", READYZ) or path.startswith("/api/"):
        document: dict[str, object] = {
            **facts,
            "type": f"urn:materiel:{code}",
            "title": title,
            "status": status,
            "detail": detail,
            "code": code,
        }
        if faults:
            document["errors"] = [{"pointer": fault.pointer, "detail": fault.detail} for fault in faults]
        if status >= 500:
            document["request_id"] = request_id(request.scope)
        return Response(
            content=msgspec.json.encode(document, enc_hook=str),
            status_code=status,
            media_type=PROBLEM_JSON,
            headers=headers,
        )
    page = render(request, "error.html", {"title": title, "detail": detail, "status": status}, status)
    page.headers.update(headers)
    return page


EXCEPTION_HANDLERS: ExceptionHandlersMap = {
    MaterielError: business_error,
    HTTPException: framework_error,
    NotFoundException: framework_error,
    ClientException: framework_error,
    Exception: unexpected_error,
}
