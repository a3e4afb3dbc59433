"""The description of the API: `/api/openapi.json`, and the same as a page at `/api/docs` with no third-party request.

The page is plain HTML written from the description: it needs no script, works offline and reads with a screen
reader. Each answer of each route carries an example; a test walks them all.
"""

from __future__ import annotations

from typing import Any

import msgspec
from litestar import Litestar, MediaType, Request, Response, Router, get
from litestar.exceptions import NotFoundException
from litestar.handlers import HTTPRouteHandler
from litestar.openapi import OpenAPIConfig
from litestar.openapi.spec import Components, SecurityScheme, Server, Tag

import materiel
from materiel.web.api.enumerations import describe_enumerations
from materiel.web.api.examples import example_of
from materiel.web.pages.shell.rendering import render

JSON = "application/json"
OPENAPI_JSON = "application/vnd.oai.openapi+json"

TAGS = {
    "Établissements": "Annuaire de l'éducation : import, recherche, décision manuelle sur la nature.",
    "Matériels": "Inventaire du service gestionnaire.",
    "Élèves": "Bénéficiaires, domiciles et représentants légaux. Aucune donnée de santé.",
    "Prêts": "De la décision au retour.",
    "Chiffres": "Ce que le service compte sur une période : prêts, besoins, délais, pertes.",
    "Webhooks": "Prévenir un autre logiciel de ce qui arrive, sans aucun nom.",
    "Besoins": "Ce qui est décidé pour un élève, de la notification à la remise.",
    "Récolements": "Ce qui était attendu où, ce qui en est vu, les écarts et leur suite, le procès-verbal.",
    "Transferts": "Matériels qui passent d'un service gestionnaire à un autre.",
    "Usage": "Si ce qui est prêté sert, en un mot sur trois, dit à une réunion.",
    "Enseignants référents": "À qui un secteur est confié, et le lien qui l'ouvre.",
    "Coordination": "Ce qui dort dans les réserves d'une académie, pour son coordinateur.",
    "Fins de vie": "Matériels remis au Domaine, cédés ou détruits, avec leur acte.",
    "Atelier": "Ce que devient un matériel revenu, et ce que son fabricant en dit.",
    "Pages numérisées": "Piles de pages signées : déposer, relire, confirmer, classer à la main.",
    "Documents": "Conventions, notifications, avenants et bons ; signatures et scans.",
    "Incidents": "Pannes, pertes, vols : ce qui est signalé, les pièces reçues, la faute, la réponse.",
    "Étiquettes": "Étiquettes QR et lecture d'un code.",
    "Imports": "Tableaux de matériels et d'élèves : examinés, importés, défaits.",
    "Campagnes": "La rentrée : ce que devient chaque prêt, décidé par groupes, fait, suivi.",
    "Travaux": "Travaux longs et leur avancement.",
    "Service": "Service gestionnaire et communes.",
}

DESCRIPTION = (
    "Prêt et dépôt de matériel pédagogique adapté, propriété de l'État. "
    "Authentification par jeton (« Authorization: Bearer … »), créé par « materiel token create » ; "
    "ni cookie, ni jeton dans l'adresse. Erreurs au format RFC 9457. "
    "Toute écriture accepte l'en-tête « Idempotency-Key » : la même clé avec le même corps rend la première "
    "réponse, sans second effet. Un import s'écrit par lots : renvoyé sous la même clé avant sa fin, il reçoit 409 "
    "(« idempotency.under_way ») ; interrompu, il est repris et fini."
)


def _nowhere(*_: object) -> None:
    raise NotFoundException


def openapi_config(base_url: str) -> OpenAPIConfig:
    """What Litestar needs to describe the routes; its own pages, which call third parties, are shut."""
    return OpenAPIConfig(
        title="materiel",
        version=materiel.__version__,
        description=DESCRIPTION,
        servers=[Server(url=base_url)],
        tags=[Tag(name=name, description=text) for name, text in TAGS.items()],
        security=[{"token": []}],
        components=Components(
            security_schemes={
                "token": SecurityScheme(type="http", scheme="bearer", description="Jeton d'un service gestionnaire.")
            }
        ),
        openapi_router=Router("/api/framework-schema", route_handlers=[], guards=[_nowhere], include_in_schema=False),
        use_handler_docstrings=True,
    )


def describe(schema: dict[str, Any], handlers: dict[str, HTTPRouteHandler]) -> dict[str, Any]:
    """Complete Litestar's description: an example of each body and success, the key of idempotency, the enumerations.

    Args:
        schema: as Litestar gives it.
        handlers: that of each `operationId`.
    """
    for methods in schema["paths"].values():
        for method, operation in methods.items():
            if not isinstance(operation, dict) or "responses" not in operation:
                continue
            _add_examples(operation, handlers[operation["operationId"]])
            if method in {"post", "patch"}:
                operation.setdefault("parameters", []).append(IDEMPOTENCY_PARAMETER)
    describe_enumerations(schema["components"]["schemas"])
    return schema


IDEMPOTENCY_PARAMETER = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "description": "Même clé et même corps : la première réponse, sans second effet. Autre corps : 409.",
    "schema": {"type": "string", "minLength": 1, "maxLength": 200},
}


FILES = {
    "application/octet-stream": "%PDF-1.7 …",
    "application/pdf": "%PDF-1.7 …",
    "application/zip": "PK…",
    "text/html": "<!DOCTYPE html>…",
}
"""The example of what is no JSON, by its type."""


def _add_examples(operation: dict[str, Any], handler: HTTPRouteHandler) -> None:
    """`opt["example"]` of the route has what the fields alone would not tell of its success, `opt["whole_example"]` the
    whole of it, where the answer is a text that was kept.
    """
    sent, told = handler.parsed_data_field, handler.opt.get("example") or handler.opt.get("whole_example", {})
    if sent is not None and JSON in (content := operation["requestBody"]["content"]):
        content[JSON].setdefault("examples", {"exemple": {"value": example_of(sent.annotation)}})
    for status, response in operation["responses"].items():
        for media_type, media in response.get("content", {}).items():
            if status.startswith("2") and "examples" not in media:
                value = FILES.get(media_type) or told
                if media_type == JSON and "whole_example" not in handler.opt:
                    value = example_of(handler.parsed_return_field.annotation) | told
                media.setdefault("examples", {"exemple": {"value": value}})


def schema_of(app: Litestar) -> dict[str, Any]:
    """The whole description of an application, completed by `describe`; made once, at its first reading."""
    if "api_description" not in app.state:
        handlers = {
            handler.operation_id: handler
            for route in app.routes
            for handler in getattr(route, "route_handlers", ())
            if isinstance(getattr(handler, "operation_id", None), str)
        }
        app.state["api_description"] = describe(app.openapi_schema.to_schema(), handlers)
    description: dict[str, Any] = app.state["api_description"]
    return description


def _json_of(app: Litestar) -> bytes:
    """The description as it is sent; made once, since it weighs a quarter of a megabyte."""
    if "api_description_json" not in app.state:
        app.state["api_description_json"] = msgspec.json.encode(schema_of(app))
    text: bytes = app.state["api_description_json"]
    return text


@get("/openapi.json", opt={"public": True}, include_in_schema=False, name="api:openapi")
async def openapi_json(request: Request[Any, Any, Any]) -> Response[bytes]:
    """The description of the API, in OpenAPI 3.1."""
    return Response(
        content=_json_of(request.app),
        media_type=OPENAPI_JSON,
        headers={"Cache-Control": "no-cache"},
    )


@get("/docs", opt={"public": True}, include_in_schema=False, media_type=MediaType.HTML, name="api:docs")
async def docs(request: Request[Any, Any, Any]) -> Response[str]:
    """The same description as a page."""
    schema = schema_of(request.app)
    by_tag: dict[str, list[dict[str, Any]]] = {name: [] for name in TAGS}
    for path, methods in schema["paths"].items():
        for method, operation in methods.items():
            if isinstance(operation, dict) and "responses" in operation:
                shown = {**operation, "path": path, "method": method.upper()}
                for tag in operation.get("tags", []):
                    by_tag.setdefault(tag, []).append(shown)
    return render(
        request,
        "api_docs.html",
        {
            "info": schema["info"],
            "tags": [(name, TAGS.get(name, ""), by_tag[name]) for name in by_tag if by_tag[name]],
            "fields_of": lambda reference: _fields(schema, reference),
            "pretty": _pretty,
        },
    )


def _pretty(value: object) -> str:
    return msgspec.json.format(msgspec.json.encode(value), indent=2).decode()


def _fields(schema: dict[str, Any], body: dict[str, Any]) -> list[dict[str, Any]]:
    """The rows of a request body's table: name, type, required, constraints; nested names are dotted."""
    rows: list[dict[str, Any]] = []
    _walk(schema, _resolved(schema, body), "", rows, depth=0)
    return rows


def _resolved(schema: dict[str, Any], node: dict[str, Any]) -> dict[str, Any]:
    while "$ref" in node:
        node = schema["components"]["schemas"][node["$ref"].rsplit("/", 1)[1]]
    return node


def _walk(schema: dict[str, Any], node: dict[str, Any], prefix: str, rows: list[dict[str, Any]], depth: int) -> None:
    for name, raw in node.get("properties", {}).items():
        field, wrapped = _unwrapped(schema, raw)
        label = f"{prefix}{name}{'[]' if wrapped else ''}"
        rows.append(
            {
                "name": label,
                "required": name in node.get("required", []),
                "type": _type(raw, field),
                **_limits(raw, field),
            }
        )
        if field.get("properties") and depth < 3:
            _walk(schema, field, f"{label}.", rows, depth + 1)


def _unwrapped(schema: dict[str, Any], raw: dict[str, Any]) -> tuple[dict[str, Any], bool]:
    """The field behind `null` alternatives, references and one level of list; and whether it was a list."""
    node = _resolved(schema, raw)
    for alternative in node.get("oneOf", node.get("anyOf", [])):
        resolved = _resolved(schema, alternative)
        if resolved.get("type") != "null":
            node = resolved
            break
    if node.get("type") == "array" and isinstance(node.get("items"), dict):
        return _unwrapped(schema, node["items"])[0], True
    return node, False


def _type(raw: dict[str, Any], field: dict[str, Any]) -> str:
    kind = field.get("format") or field.get("type") or "objet"
    return " ou ".join(kind) if isinstance(kind, list) else str(kind)


def _limits(raw: dict[str, Any], field: dict[str, Any]) -> dict[str, Any]:
    names = (("minLength", "longueur ≥"), ("maxLength", "longueur ≤"), ("minimum", "≥"), ("maximum", "≤"))
    limits = [f"{french} {field[key]}" for key, french in names if key in field]
    return {
        "limits": ", ".join(limits),
        "values": [str(value) for value in field.get("enum", [])],
        "description": raw.get("description") or field.get("description", ""),
    }
