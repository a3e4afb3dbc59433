"""Reading a JSON body strictly: every fault of every field at once, in French, with its JSON pointer.

msgspec stops at the first fault. A body that it refuses is therefore walked again, field by field, so that whoever
sent it can correct everything in one go. A good body costs one strict conversion and nothing more.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, get_args, get_origin

import msgspec
from litestar import Request
from litestar.enums import RequestEncodingType
from litestar.utils.scope.state import ScopeState

from materiel.domain.language.folding import visible
from materiel.errors import BadInput, FieldError, RuleBroken
from materiel.web.http.errors import UnsupportedMediaType

NOT_JSON = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
"""What a text raises that is no JSON for us, one nested without end included (RFC 8259, § 9, allows a limit)."""

MISSING = "Champ obligatoire absent."
UNKNOWN = "Champ inconnu : il n'est jamais ignoré. Retirez-le ou corrigez son nom."

# What msgspec says, to what a person reads. The order matters: the first match wins.
MESSAGES: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern), french)
    for pattern, french in (
        (r"Invalid enum value (.+)", "Valeur hors de la liste permise : {0}."),
        (r"Invalid UUID", "Identifiant mal formé."),
        (r"Invalid RFC3339 encoded date", "Date mal formée : écrivez AAAA-MM-JJ."),
        (r"Invalid RFC3339 encoded datetime", "Instant mal formé : écrivez-le selon la RFC 3339, en UTC."),
        (r"Expected `str` of length >= 1$", "Ne peut pas être vide."),
        (r"Expected `str` of length >= (\d+)", "Au moins {0} caractères."),
        (r"Expected `str` of length <= (\d+)", "Au plus {0} caractères."),
        (r"Expected `str` matching regex", "Le format n'est pas celui attendu."),
        (r"Expected `array` of length >= (\d+)", "Au moins {0} élément(s)."),
        (r"Expected `array` of length <= (\d+)", "Au plus {0} éléments."),
        (r"Expected `(?:int|float)` >= (-?\d+)", "Doit être supérieur ou égal à {0}."),
        (r"Expected `(?:int|float)` <= (-?\d+)", "Doit être inférieur ou égal à {0}."),
        (r"Expected `(.+)`, got `(.+)`", "Attendu : {0} ; reçu : {1}."),
    )
)

TYPES = {
    "str": "texte",
    "int": "nombre entier",
    "float": "nombre",
    "bool": "true ou false",
    "array": "liste",
    "object": "objet",
    "null": "null",
    "date": "date",
    "uuid": "identifiant",
}


async def check_body(request: Request[Any, Any, Any]) -> None:
    """Refuse a JSON body that the handler's type does not accept; a Litestar `before_request` hook.

    Raises:
        UnsupportedMediaType: `body.unsupported_media_type`, not sent as JSON.
        BadInput: `body.malformed`, not JSON at all.
        RuleBroken: `body.unknown_field` when the only faults are unknown fields, else `body.invalid`.
    """
    field = request.route_handler.parsed_data_field
    if field is None:
        return
    wanted = field.kwarg_definition.media_type if field.kwarg_definition else RequestEncodingType.JSON  # type: ignore[union-attr]
    sent = request.content_type[0]
    if wanted == RequestEncodingType.MULTI_PART:
        if sent != RequestEncodingType.MULTI_PART:
            raise UnsupportedMediaType(
                "body.unsupported_media_type", "Envoyez le fichier en multipart/form-data, champ « file »."
            )
        try:
            await request.form()
        except UnicodeDecodeError as error:
            raise BadInput("body.malformed", "Ce formulaire n'est pas écrit en UTF-8. Corrigez-le.") from error
        return
    if sent not in {"application/json", ""}:
        raise UnsupportedMediaType(
            "body.unsupported_media_type", "Envoyez du JSON, avec l'en-tête Content-Type : application/json."
        )
    body = await request.body()
    if (cleaned := visible_body(body)) != body:
        request._body = ScopeState.from_scope(request.scope).body = cleaned
    read_json(cleaned, field.annotation)


def visible_body(body: bytes) -> bytes:
    """The body whose texts hold no character that nobody sees; the very same one when they held none, or is no JSON.

    Whatever a route does with a text, none is stored that could not be found again (`domain.language.folding.visible`).
    """
    if body.isascii() and b"\\u" not in body and b"\\r" not in body:
        return body
    try:
        raw = msgspec.json.decode(body)
        seen = _seen(raw)
        return body if seen == raw else msgspec.json.encode(seen)
    except NOT_JSON:
        return body


def _seen(raw: Any) -> Any:
    match raw:
        case str():
            return visible(raw)
        case list():
            return [_seen(each) for each in raw]
        case dict():
            return {name: _seen(value) for name, value in raw.items()}
        case _:
            return raw


def read_json(body: bytes, wanted: Any) -> Any:
    """Decode and convert a body; see `check_body` for what it raises."""
    try:
        raw = msgspec.json.decode(body)
    except NOT_JSON as error:
        raise BadInput("body.malformed", "Le corps de la requête n'est pas du JSON valide.") from error
    try:
        return msgspec.convert(raw, wanted)
    except msgspec.ValidationError:
        faults = list(_faults(raw, wanted, ""))
    only_unknown = all(fault.detail == UNKNOWN for fault in faults)
    raise RuleBroken(
        "body.unknown_field" if only_unknown else "body.invalid",
        "La demande contient des champs inconnus. Corrigez ou retirez les champs indiqués."
        if only_unknown
        else "La demande contient des valeurs refusées. Corrigez les champs indiqués.",
        errors=faults,
    )


def _faults(raw: object, wanted: Any, pointer: str) -> Iterator[FieldError]:
    struct = _struct_in(wanted)
    if isinstance(raw, dict) and struct is not None:
        yield from _struct_faults(raw, struct, pointer)
        return
    element = _element_of(wanted)
    if isinstance(raw, list) and element is not None:
        found = False
        for index, each in enumerate(raw):
            for fault in _faults(each, element, f"{pointer}/{index}"):
                found = True
                yield fault
        if found:
            return
    try:
        msgspec.convert(raw, wanted)
    except msgspec.ValidationError as error:
        yield FieldError(pointer, _french(str(error)))


def _struct_faults(raw: dict[str, object], struct: type, pointer: str) -> Iterator[FieldError]:
    fields = {field.encode_name: field for field in msgspec.structs.fields(struct)}
    for name in raw:
        if name not in fields:
            yield FieldError(f"{pointer}/{_escaped(name)}", UNKNOWN)
    for name, field in fields.items():
        if name in raw:
            yield from _faults(raw[name], field.type, f"{pointer}/{name}")
        elif field.required:
            yield FieldError(f"{pointer}/{name}", MISSING)


def _alternatives(wanted: Any) -> Iterator[Any]:
    """The members of a union, or the type itself, without the `Annotated` around them."""
    if hasattr(wanted, "__metadata__"):
        yield from _alternatives(wanted.__origin__)
    elif get_origin(wanted) is None or get_origin(wanted) in {list, dict, tuple}:
        yield wanted
    else:
        for member in get_args(wanted):
            yield from _alternatives(member)


def _struct_in(wanted: Any) -> type | None:
    for each in _alternatives(wanted):
        if isinstance(each, type) and issubclass(each, msgspec.Struct):
            return each
    return None


def _element_of(wanted: Any) -> Any:
    for each in _alternatives(wanted):
        if get_origin(each) is list:
            return get_args(each)[0]
    return None


def _escaped(name: str) -> str:
    return name.replace("~", "~0").replace("/", "~1")


def _french(message: str) -> str:
    told = message.split(" - at ")[0]
    for pattern, french in MESSAGES:
        if match := pattern.match(told):
            return french.format(*(_french_types(group) for group in match.groups()))
    return "Valeur refusée."


def _french_types(words: str) -> str:
    return " ou ".join(TYPES.get(word.strip(), word.strip()) for word in words.split("|"))
