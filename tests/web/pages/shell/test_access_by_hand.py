"""Faults of accessibility that no checker finds, told of every template at once (RGAA 11 and 7; WCAG 2.2)."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[4]
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
CSS = ROOT / "src" / "materiel" / "web" / "static" / "css"
FORM = re.compile(r"<form\b[^>]*method=\"post\".*?</form>", re.DOTALL)
FIELD = re.compile(r"\{\{ (?:field|date|select|textarea|password|file|radios|choices)\((?P<said>.*?)\) \}\}", re.DOTALL)
MAY_STAY_EMPTY = ("optional=", "required=false")
SCROLLS = {"pages/api_docs.html"}
"""Where long lines of code scroll, and are reached by the keyboard."""


def name_of(path: Path) -> str:
    return path.relative_to(ROOT / "templates").as_posix()


def asks_for_several(form: str) -> bool:
    fields = [each["said"] for each in FIELD.finditer(form)]
    return len(fields) > 1 and any(not any(word in said for word in MAY_STAY_EMPTY) for said in fields)


def test_a_form_says_which_fields_are_mandatory() -> None:
    silent = []
    for path in TEMPLATES:
        text = path.read_text(encoding="utf-8")
        if any(asks_for_several(form[0]) for form in FORM.finditer(text)) and "required_note()" not in text:
            silent.append(name_of(path))
    assert silent == []


def test_a_hint_is_read_once() -> None:
    inside = re.compile(r"<label\b(?:(?!</label>).)*id=\"[^\"]*-hint\"", re.DOTALL)
    assert [name_of(path) for path in TEMPLATES if inside.search(path.read_text(encoding="utf-8"))] == []


def test_nothing_that_does_nothing_stops_the_keyboard() -> None:
    stops = [name_of(path) for path in TEMPLATES if 'tabindex="0"' in path.read_text(encoding="utf-8")]
    assert set(stops) <= SCROLLS


def test_a_consent_is_required() -> None:
    boxes = re.compile(r"\{\{ checkbox\(form, \"consent\".*?\) \}\}", re.DOTALL)
    found = [box for path in TEMPLATES for box in boxes.findall(path.read_text(encoding="utf-8"))]
    assert found
    assert [box for box in found if "required=true" not in box] == []


def test_a_sign_that_parts_words_is_not_read_aloud() -> None:
    for path in CSS.glob("*.css"):
        for rule in re.findall(r"content: \"›\"[^}]*", path.read_text(encoding="utf-8")):
            assert 'content: "›" / ""' in rule, path.name


def test_a_thumb_that_scrolls_is_stopped_only_where_somebody_draws() -> None:
    lines = [line for path in CSS.glob("*.css") for line in path.read_text(encoding="utf-8").splitlines()]
    rules = [line for line in lines if "touch-action: none" in line]
    assert all(line.startswith(".signing-drawing__area") for line in rules)
    drawing = (ROOT / "templates/pages/signing/_who.html").read_text(encoding="utf-8")
    assert '<details class="signing-drawing" id="drawing" hidden>' in drawing
