"""How somebody says that a file is to be read: what a program or a command gives, checked as what a page does."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from uuid import UUID

import msgspec

from materiel.domain.imports.import_file import ImportKind, ReadingOptions
from materiel.domain.language.identifiers import clean_uai
from materiel.errors import BadInput
from materiel.exchange.encoding import CANDIDATES
from materiel.exchange.table import column_name
from materiel.store.places import school as schools
from materiel.use_cases.imports.examination import FIELDS
from materiel.use_cases.imports.prepared import READ_AS_IT_IS


def options_given(
    kind: ImportKind,
    *,
    mapping: Mapping[str, str | None] = MappingProxyType({}),
    sheet: str = "",
    school: str = "",
    schools_meant: Mapping[str, str | None] = MappingProxyType({}),
    encoding: str = "",
) -> ReadingOptions:
    """The options that a program or a command gives; see `ReadingOptions`.

    Args:
        mapping: title to field, None for a column to be left aside; a field by its name or by its French heading.
        schools_meant: text to UAI, None for none of the schools offered.
    """
    called = {column_name(heading): name for name, heading in FIELDS.get(kind, {}).items()}
    chosen = {column_name(title): called.get(column_name(field or ""), field or "") for title, field in mapping.items()}
    meant = {written: clean_uai(uai or "") for written, uai in schools_meant.items()}
    return ReadingOptions(sheet=sheet, school=clean_uai(school), chosen=chosen, schools=meant, encoding=encoding)


def options_said(
    kind: ImportKind,
    *,
    mapping: str | bytes = "",
    sheet: str = "",
    school: str = "",
    schools_meant: str | bytes = "",
    encoding: str = "",
) -> ReadingOptions:
    """The same, of JSON texts.

    Raises:
        BadInput: `import.bad_mapping`.
    """
    return options_given(
        kind,
        mapping=_texts(mapping),
        sheet=sheet,
        school=school,
        schools_meant=_texts(schools_meant),
        encoding=encoding,
    )


def _texts(written: str | bytes) -> dict[str, str | None]:
    if not written.strip():
        return {}
    try:
        return msgspec.json.decode(written, type=dict[str, str | None])
    except (msgspec.MsgspecError, UnicodeError):
        raise BadInput(
            "import.bad_mapping",
            "Les colonnes et les établissements se disent par un objet JSON, un texte à chaque titre : "
            '{"Code": "inventory_number", "Remarque": null}.',
        ) from None


async def check_options(kind: ImportKind, options: ReadingOptions, service_id: UUID) -> None:
    """Refuse what cannot be said of a kind of table.

    Raises:
        BadInput: `import.no_options`, an annuaire has its own columns; `import.unknown_field`;
            `import.unknown_encoding`.
        NotFound: `school.not_found`.
    """
    known = FIELDS.get(kind)
    if known is None:
        if options != READ_AS_IT_IS:
            raise BadInput("import.no_options", "Un annuaire se lit tel quel : rien ne se dit de ses colonnes.")
        return
    if unknown := [each for each in options.chosen.values() if each and each not in known]:
        raise BadInput("import.unknown_field", f"« {unknown[0][:40]} » n'est pas un champ de ce tableau.")
    if options.encoding not in ("", *CANDIDATES):
        raise BadInput("import.unknown_encoding", f"L'encodage se dit par : {', '.join(CANDIDATES)}.")
    said = sorted({options.school, *options.schools.values()} - {""})
    found = await schools.by_uais(said, service_id)
    for uai in said:
        if uai not in found:
            raise schools.unknown(uai)
