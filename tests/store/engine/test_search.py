import pytest

from materiel.store.engine.search import searchable, words_of


@pytest.mark.parametrize(
    ("text", "column"),
    [
        ("Écran tactile", "  ecran  tactile  "),
        ("L’Œuvre d'Æneas", "  l  oeuvre  d  aeneas  "),
        ("STRASSE straße", "  strasse  strasse  "),
        ("ﬁche\u00a0n°\u202f12", "  fiche  n°  12  "),
        ("SN_12%34", "  sn  12  34  "),
        ("2026-0001", "  2026-0001  "),
        ("A\u030angstro\u0308m", "  angstrom  "),
        (" \x00 ", ""),
    ],
)
def test_a_text_has_one_normal_form(text, column):
    assert searchable(text) == column


@pytest.mark.parametrize(
    ("name", "query"),
    [
        ("d'Almeida", "dalmeida"),
        ("Le Goff", "legoff"),
        ("Martin-Dupont", "martin dupont"),
        ("Martin-Dupont", "martindupont"),
        ("Martin Dupont", "martin-dupont"),
        ("Dalmeida", "d’Almeida"),
        ("Legoff", "le goff"),
        ("Maria da Silva", "dasilva"),
        ("Ayşe Yıldız", "AYSE yildiz"),
        ("Đặng", "dang"),
        ("SN-123-45", "sn12345"),
        ("SN-123-45", "sn-123"),
        ("L\u200be\u00a0Rheu", "le rheu"),
    ],
)
def test_a_name_is_found_joined_or_parted(name, query):
    column = searchable(names=(name,))
    assert all(word in column for word in words_of(query))


def test_parts_are_put_side_by_side():
    assert searchable("PC", "", "Loupe") == "  pc  loupe  "


@pytest.mark.parametrize(
    ("query", "words"),
    [("Écran", ("ecran",)), ("pc", (" pc",)), ("é 12", ("  e", " 12")), ("%", ()), ("", ())],
)
def test_a_query_asks_for_what_the_columns_hold(query, words):
    assert words_of(query) == words
    assert all(len(word) >= 3 for word in words)
