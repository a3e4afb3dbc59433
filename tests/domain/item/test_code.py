import pytest

from materiel.domain.item.code import LONGEST, document_code, label_code, readings

ADDRESS = "HTTPS://PRET.EXAMPLE.FR/Q/7K3MZ9QWERTYX"


def test_what_was_read_comes_first():
    assert readings(" 35-2026-00042\n")[0] == "35-2026-00042"
    assert readings("  ") == ()


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("MPA-2026-00042", "?PQ)éàé-)ààà'é"),
        (ADDRESS, 'HTTPSM!!PRET>EXQ?PLE>FR!A!/K"?WçAZERTYX'),
        ("35-2026-0007", '"()éàé-)àààè'),
    ],
)
def test_a_reader_left_in_qwerty_is_understood(typed, read):
    azerty = dict(zip(*_layouts(), strict=True))
    assert typed in readings("".join(azerty.get(sign, sign) for sign in typed))
    if typed != ADDRESS:
        assert typed in readings(read)


@pytest.mark.parametrize("typed", ["35-2026-00042", "A.12/B_7", ADDRESS])
def test_a_reader_left_in_azerty_is_understood(typed):
    qwerty = dict(zip(*reversed(_layouts()), strict=True))
    assert typed in readings("".join(qwerty.get(sign, sign) for sign in typed))


def _layouts():
    """Keys of the American and of the French keyboard, as printed on them: bare, then with the shift key."""
    american = "1234567890-=qwertyuiop[]asdfghjkl;'zxcvbnm,./!@#$%^&*()_+QWERTYUIOP{}ASDFGHJKL:\"ZXCVBNM<>?"
    french = "&é\"'(-è_çà)=azertyuiop^$qsdfghjklmùwxcvbn,;:!1234567890°+AZERTYUIOP¨£QSDFGHJKLM%WXCVBN?./§"
    return american, french


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (ADDRESS, "7K3MZ9QWERTYX"),
        ("https://pret.example.fr/prefixe/q/7k3mz9qwertyx", "7K3MZ9QWERTYX"),
        ("7k3mz9qwertyx", "7K3MZ9QWERTYX"),
        ("35-2026-00042", None),
        ("https://pret.example.fr/v/7K3MZ9QWERTYX/1", None),
        ("https://pret.example.fr/q/", None),
    ],
)
def test_the_code_of_a_label(text, code):
    assert label_code(text) == code


def test_the_code_of_a_document():
    assert document_code("HTTPS://PRET.EXAMPLE.FR/V/7K3MZ9QWERTYX/2") == "7K3MZ9QWERTYX"
    assert document_code(ADDRESS) is None


def test_a_long_text_is_cut():
    assert len(readings("x" * 10_000)[0]) == LONGEST
