"""Every message: one line of subject, the same facts in both parts, values escaped where it matters."""

from __future__ import annotations

import re
from datetime import date
from types import SimpleNamespace

import pytest
from jinja2 import UndefinedError

from materiel.mail.wording import words
from materiel.settings import resource_dir

SERVICE = SimpleNamespace(name="DSDEN <35>", phone="02 99 00 00 00", opening_hours="")
DOCUMENT = SimpleNamespace(kind=SimpleNamespace(label="Convention de prêt"), number="35-2026-0001", sha256="ab" * 32)


def test_each_message_has_both_parts() -> None:
    folder = resource_dir("templates") / "emails"
    shared = {"layout", "contact"}
    texts = {path.stem for path in folder.glob("*.txt")} - shared
    assert texts == {path.stem for path in folder.glob("*.html")} - shared


def test_a_value_is_escaped_in_html_only() -> None:
    said = words("signature_code", {"service": SERVICE, "name": "Zoé <b>", "digits": "012345", "document": DOCUMENT})
    assert "Zoé <b>" in said.text
    assert "Zoé &lt;b&gt;" in said.html
    assert "DSDEN &lt;35&gt;" in said.html
    assert said.subject == "Votre code pour signer"
    assert "012345" in said.text
    assert "012345" in said.html


def test_a_forgotten_value_is_an_error() -> None:
    with pytest.raises(UndefinedError):
        words("signature_code", {"service": SERVICE, "name": "Zoé"})


def test_the_day_a_link_ends_is_written_in_full() -> None:
    values = {"service": SERVICE, "name": "Zoé", "link": "https://x/f/y", "expires_on": date(2026, 12, 1)}
    assert "1er\u00a0décembre\u00a02026" in words("new_link", values).text


def test_both_parts_are_set_as_french_is() -> None:
    service = SimpleNamespace(name="DSDEN d'Ille-et-Vilaine", phone="02 99 00 00 00", opening_hours="")
    said = words("signature_code", {"service": service, "name": "D'Arc", "digits": "012345", "document": DOCUMENT})
    for part in (said.text, said.html):
        assert "DSDEN d’Ille-et-Vilaine" in part
        assert "02\u00a099\u00a000\u00a000\u00a000" in part
        assert "'" not in re.sub(r"<[^>]+>", "", part)
