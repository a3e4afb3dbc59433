"""What is said of a field at fault."""

from __future__ import annotations

from datetime import date

from materiel.domain.language.fields import Fields


def test_a_sentence_agrees_with_the_name_of_its_field_and_writes_months_in_letters() -> None:
    fields = Fields("thing.invalid")
    fields.text("/words", "a\x07b", longest=20, name="les mots de la décision")
    fields.text("/words", "x" * 9, longest=3, name="les mots de la décision")
    fields.text("/name", "a\x07b", longest=20, name="le nom")
    fields.day("/on", date(2020, 1, 1), first=date(2026, 1, 1), last=date(2026, 12, 31), name="la date de la réunion")
    assert [each.detail for each in fields.errors] == [
        "Les mots de la décision contiennent un caractère invisible ou illisible. Saisissez ce champ de nouveau.",
        "Les mots de la décision comptent 9 caractères ; 3 au plus.",
        "Le nom contient un caractère invisible ou illisible. Saisissez ce champ de nouveau.",
        "La date de la réunion doit être comprise entre le 1er janvier 2026 et le 31 décembre 2026.",
    ]
