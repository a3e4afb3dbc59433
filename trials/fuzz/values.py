"""What is typed in the fields of a form: now and then what fits, otherwise what nobody should have to type."""

from __future__ import annotations

from dataclasses import dataclass

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from trials.pages import CSRF, Field, Form

ONCE = "_once"
OURS = (CSRF, ONCE)
"""Hidden fields that the pages give; `wrong_token` of a filling says what becomes of the first."""

TEXTS = (
    *("", " ", "\t\n", "0", "-1", "1", "é", "Zoé", "O'Neil", "a@b", "a@exemple.invalid", "%", "%00", "\\", "../../etc"),
    *(
        "\x00",
        "a\x00b",
        "\x1b[31m",
        "\u202egnirts",
        "\u200b",
        "\ufeff",
        "\ud7ff",
        "𝔘𝔫𝔦",
        "👩‍🦽",
        "ﬁ",
        "ß",
        "İ",
        "עברית",
        "ا",
    ),
    *("'; DROP TABLE pupil; --", '"><script>alert(1)</script>', "{{ 7 * 7 }}", "${7}", "=1+1", "<b>", "&amp;"),
    *(
        "a" * 201,
        "é" * 5_000,
        "1" * 400,
        "null",
        "None",
        "true",
        "NaN",
        "[]",
        "{}",
        "00000000-0000-0000-0000-000000000000",
    ),
)
DAYS = (
    *(
        "",
        "2026-11-28",
        "28/11/2026",
        "2026-02-30",
        "0000-00-00",
        "0001-01-01",
        "9999-12-31",
        "10000-01-01",
        "1900-02-29",
    ),
    *("31/12/0000", "1/1/1", "2026-13-01", "2026-11-28T10:00", "demain", "٢٠٢٦-١١-٢٨"),
)
NUMBERS = ("", "0", "-1", "1", "1e9", "9" * 40, "1.5", "1,5", "²", "٣", "NaN", "0x10", " 7 ")
FILES = (
    ("", b""),
    ("vide.csv", b""),
    ("texte.txt", b"bonjour"),
    ("../../x.pdf", b"%PDF-1.7\n%%EOF"),
    ("coupe.png", b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR"),
    ("photo.jpg", b"\xff\xd8\xff\xe0" + bytes(64)),
    ("table.csv", "Nom;Prénom\nÀ;B\n".encode()),
    ("latin.csv", "Numéro d'inventaire;Désignation\n1;É\n".encode("cp1252")),
    ("classeur.xlsx", b"PK\x03\x04" + bytes(40)),
    ("zero\x00.csv", b"\x00\x00;\x00"),
)


@dataclass(frozen=True, slots=True)
class Filling:
    """How a form is filled: values in order, files by field, and whether its token is the right one."""

    values: dict[str, list[str]]
    files: dict[str, tuple[str, bytes, str]]
    wrong_token: bool


def _typed(field: Field) -> SearchStrategy[list[str]]:
    """What a field may hold: a list, since a field may be missing or sent twice."""
    match field.kind:
        case "date":
            edges = st.sampled_from(DAYS)
        case "number":
            edges = st.sampled_from(NUMBERS)
        case _:
            edges = st.sampled_from(TEXTS) | st.text(max_size=40)
    single = edges
    if field.options:
        # What fits comes first: a list is meant to be chosen from.
        single = st.sampled_from(field.options) | edges
    elif field.kind in ("checkbox", "radio", "hidden"):
        single = st.just(field.value) | edges
    as_shown = st.just([field.value] if field.kind not in ("checkbox", "radio") or field.checked else [])
    return as_shown | single.map(lambda value: [value]) | st.lists(single, max_size=3)


def fillings(form: Form) -> SearchStrategy[Filling]:
    """Ways to fill a form."""
    fields: dict[str, SearchStrategy[list[str]]] = {}
    for each in form.fields:
        if each.kind not in ("file", "submit") and each.name not in OURS:
            one = _typed(each)
            fields[each.name] = fields[each.name] | one if each.name in fields else one
    sent = st.sampled_from(FILES).map(lambda file: (file[0], file[1], "application/octet-stream"))
    return st.builds(
        Filling,
        values=st.fixed_dictionaries(fields),
        files=st.fixed_dictionaries({name: sent for name in form.files}),
        wrong_token=st.integers(0, 9).map(lambda chance: chance == 9),
    )


def drawn(form: Form, *, examples: int, chance: int) -> list[Filling]:
    """So many ways to fill a form, the same ones for the same `chance`."""
    found: list[Filling] = []

    @seed(chance)
    @settings(
        max_examples=examples,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(filling=fillings(form))
    def draw(filling: Filling) -> None:
        found.append(filling)

    draw()
    return found
