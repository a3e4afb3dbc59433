import io
import tracemalloc

import pytest

from materiel.errors import BadInput
from materiel.exchange.reading import open_table
from materiel.exchange.table import BadLine, Columns, TableLine, column_name

GOOD = "numero;designation\nA-1;Afficheur braille\nA-2;Clavier élargi\n"


def read(source, required=("numero",), aliases=None):
    with open_table(source, Columns(required=required, aliases=aliases or {})) as table:
        return list(table.lines)


def values(lines, column):
    return [line.get(column) for line in lines]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
def test_the_encoding_is_found(encoding):
    assert values(read(GOOD.encode(encoding)), "designation") == ["Afficheur braille", "Clavier élargi"]


FRENCH = "numero;designation\nA-1;Périphérique réglable\nA-2;Société Générale, côté élève\nA-3;NOËL À L’ÉCOLE\n"


@pytest.mark.parametrize("encoding", ["cp1252", "mac_roman", "cp850"])
def test_an_encoding_is_told_by_its_french_letters(encoding):
    text = FRENCH if encoding != "cp850" else FRENCH.replace("’", "'")
    with open_table(text.encode(encoding), Columns(required=("numero",))) as table:
        assert [line.get("designation") for line in table.lines] == [
            line.partition(";")[2] for line in text.splitlines()[1:]
        ]
        assert table.encoding.words == ()


@pytest.mark.parametrize(
    ("text", "shown"), [("Contrôle", ()), ("100 €", ()), ("À 3 km", ()), ("ÉCOLE", ("ÉCOLE",))], ids=str
)
def test_one_accent_that_may_be_read_two_ways_is_shown(text, shown):
    with open_table(f"numero;designation\nA-1;{text}\n".encode("cp1252"), Columns(required=("numero",))) as table:
        assert [line.get("designation") for line in table.lines] == [text]
        assert table.encoding.words == shown


def test_the_encoding_in_doubt_may_be_chosen():
    data = "numero;designation\nA-1;ÉCOLE\n".encode("cp1252")
    with open_table(data, Columns(required=("numero",))) as table:
        assert table.encoding.readings["mac_roman"] == ("…COLE",)
    with open_table(data, Columns(required=("numero",)), encoding="mac_roman") as table:
        assert [line.get("designation") for line in table.lines] == ["…COLE"]
        assert (table.encoding.name, len(table.encoding.readings)) == ("mac_roman", 3)
    # What is in UTF-8 says so by itself.
    with open_table("numero;é\nA-1;ÉCOLE\n".encode(), Columns(required=("numero",)), encoding="cp850") as table:
        assert [line.get("e") for line in table.lines] == ["ÉCOLE"]


@pytest.mark.parametrize(
    "page",
    [
        b"<html><head></head><body><table><tr><th>N</th></tr></table></body></html>",
        b"\xef\xbb\xbf<!DOCTYPE html>\n<table>",
        b'<?xml version="1.0"?>\n<?mso-application progid="Excel.Sheet"?><Workbook></Workbook>',
        b"<!-- export --> <TABLE border=1>",
    ],
)
def test_a_page_that_bears_the_name_of_a_workbook_is_told(page):
    with pytest.raises(BadInput) as refusal:
        read(page)
    assert refusal.value.code == "import.not_csv"
    assert "page web" in refusal.value.message
    assert ".xlsx" in refusal.value.message


@pytest.mark.parametrize("separator", [";", ",", "\t"])
def test_the_separator_is_found(separator):
    assert values(read(GOOD.replace(";", separator).encode()), "numero") == ["A-1", "A-2"]


def test_a_separator_inside_quotes_does_not_vote():
    text = 'numero;designation\nA-1;"un, deux, trois"\nA-2;"un, deux, trois"\n'
    assert values(read(text.encode()), "designation") == ["un, deux, trois"] * 2


@pytest.mark.parametrize(("published", "name"), [("Code postal", "code_postal"), ("N° d'inventaire", "n_d_inventaire")])
def test_column_names_are_normalised(published, name):
    assert column_name(published) == name


def test_another_name_of_a_column_is_known():
    lines = read(b"Num;designation\nA-1;x\n", aliases={"num": "numero"})
    assert values(lines, "numero") == ["A-1"]


def test_a_missing_column_is_named():
    with pytest.raises(BadInput) as refusal:
        read(b"a;b\n1;2\n", required=("a", "code_nature"))
    assert refusal.value.code == "import.missing_column"
    assert "«\u00a0code_nature\u00a0»" in refusal.value.message
    assert refusal.value.facts == {"columns": ["code_nature"], "titles": ["a", "b"], "guessed": {}}


@pytest.mark.parametrize("content", [b"", b"\n\n", b"\xef\xbb\xbf", b"  \r\n"])
def test_an_empty_file_is_refused(content):
    with pytest.raises(BadInput) as refusal:
        read(content)
    assert refusal.value.code == "import.empty"


@pytest.mark.parametrize(
    ("content", "word"),
    [
        (b"%PDF-1.7", "PDF"),
        (b"\x1f\x8brest", "archive"),
        (b"just some words\nand others\n", "colonne"),
        (b"\x00\x01\x02\x03" * 100, "colonne"),
        (b"x" * 400_000, "caractères"),
    ],
)
def test_what_is_no_csv_is_refused_in_words(content, word):
    with pytest.raises(BadInput) as refusal:
        read(content)
    assert refusal.value.code == "import.not_csv"
    assert word in refusal.value.message


def test_a_bad_line_does_not_stop_the_next():
    lines = read(b"numero;designation\nA-1;x;y\nA-2;ok\nA\x00-3;z\nA-4\nA-5;ok\n")
    assert [(line.number, getattr(line, "code", "good")) for line in lines] == [
        (2, "line.columns"),
        (3, "good"),
        (4, "line.nul"),
        (5, "good"),
        (6, "good"),
    ]


def test_the_empty_cells_of_the_end_may_be_left_out_or_added():
    lines = read(b"numero;designation;marque\nA-1;x\nA-2;x;Logi\nA-3;x;Logi;;\nA-4\n")
    assert [(line.get("numero"), line.get("marque"), line.is_short) for line in lines] == [
        ("A-1", "", True),
        ("A-2", "Logi", False),
        ("A-3", "Logi", False),
        ("A-4", "", True),
    ]


@pytest.mark.parametrize("sign", [";", ",", "\t", "|"])
def test_a_line_that_tells_the_separator_is_believed(sign):
    lines = read(f"sep={sign}\r\nnumero{sign}designation\r\nA-1{sign}un deux\r\n".encode())
    assert [line.number for line in lines] == [3]
    assert values(lines, "numero") == ["A-1"]


def test_a_stray_byte_spoils_its_line_only():
    text = "numero;designation\nA-1;é\nA-2;è\nA-3;".encode() + b"\xe9\nA-4;\xc3\xa0\n"
    lines = read(text)
    assert isinstance(lines[2], BadLine)
    assert lines[2].code == "line.encoding"
    assert [line.get("designation") for line in lines if isinstance(line, TableLine)] == ["é", "è", "à"]


def test_an_open_quote_is_told_with_its_line():
    lines = read(b'numero;designation\nA-1;ok\nA-2;"open\nA-3;lost\n' + b"A-4;x\n" * 40_000)
    assert isinstance(lines[0], TableLine)
    assert isinstance(lines[1], BadLine)
    assert (lines[1].number, lines[1].code) == (3, "line.malformed")
    assert isinstance(lines[-1], TableLine)


def test_lines_are_counted_through_quoted_line_ends():
    lines = read(b'numero;designation\nA-1;"two\nlines"\n\nA-2;x\n')
    assert [line.number for line in lines] == [2, 5]


def test_a_stream_that_cannot_go_back_is_read():
    class OneWay(io.BytesIO):
        def seekable(self):
            return False

    assert values(read(OneWay(GOOD.encode())), "numero") == ["A-1", "A-2"]


def test_a_path_is_read(tmp_path):
    path = tmp_path / "items.csv"
    path.write_text(GOOD, encoding="utf-8")
    assert values(read(path), "numero") == ["A-1", "A-2"]


def test_memory_does_not_grow_with_the_file(tmp_path):
    path = tmp_path / "long.csv"
    path.write_text("numero;designation\n" + "A-1;" + "x" * 200 + "\n", encoding="utf-8")
    with path.open("a", encoding="utf-8") as file:
        file.writelines(f"A-{n};{'x' * 200}\n" for n in range(50_000))
    tracemalloc.start()
    with open_table(path, Columns(required=("numero",))) as table:
        count = sum(1 for _ in table.lines)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert count == 50_001
    assert peak < 2_000_000
