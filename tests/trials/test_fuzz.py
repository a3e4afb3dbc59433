"""The fuzz itself: a short run of it, and what it would tell of wrong answers."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import httpx
import pytest
from trials.fuzz.contract import configuration, told
from trials.fuzz.forms import Tally, judged, kind_of
from trials.fuzz.served import log_faults
from trials.fuzz.values import drawn
from trials.pages import Field, Form, read_page

PAGE = """
<a href="/eleves?x=1">Élèves</a> <a href="https://ailleurs.invalid/">Ailleurs</a>
<form method="post" action="/eleves/nouveau" enctype="multipart/form-data">
<input type="hidden" name="_csrf" value="abc"><input name="nom" value="Dupont"><input type="file" name="piece">
<input type="checkbox" name="accord" value="oui" checked><input type="radio" name="garde" value="home">
<select name="ecole"><option value="1">A</option><option value="2" selected>B</option></select>
<textarea name="note">Deux
lignes</textarea><button name="acte" value="garder">Garder</button></form>
<input name="dehors">
"""


def test_nothing_that_nobody_meant_breaks_the_contract_or_a_page(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "trials.fuzz", "--short", "--examples", "2", "--seed", "1", "--json"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    rows = {row["what"]: row["value"] for row in json.loads(done.stdout.splitlines()[-1])["rows"]}
    assert rows["wrong answers"] == 0
    assert all(rows[f"requests to the API, as {role}"] > 80 for role in ("admin", "manager", "reader"))
    assert rows["kinds of forms"] > 60
    assert rows["… with a wrong token, refused"] > 0


def test_a_page_is_read_as_a_browser_without_script_reads_it() -> None:
    page = read_page("/eleves/", 200, PAGE)
    assert page.links == ("/eleves?x=1",)
    form = page.form("/nouveau")
    assert (form.method, form.multipart, form.files) == ("post", True, ["piece"])
    assert form.values(nom="Durand") == {
        "_csrf": ["abc"],
        "nom": ["Durand"],
        "accord": ["oui"],
        "ecole": ["2"],
        "note": ["Deux\nlignes"],
    }
    with pytest.raises(LookupError, match="no form to /ailleurs"):
        page.form("/ailleurs")


def test_the_same_chance_fills_a_form_the_same_way() -> None:
    form = Form("/x", "post", False, [Field("nom", "text"), Field("jour", "date"), Field("piece", "file")])
    first, again, other = (drawn(form, examples=20, chance=chance) for chance in (1, 1, 2))
    assert first == again != other
    assert len(first) == 20
    assert {filling.wrong_token for filling in drawn(form, examples=60, chance=1)} == {True, False}


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        (httpx.Response(500, text="x", headers={"content-type": "text/html"}), "what: 500"),
        (httpx.Response(422, html="<p>Traceback (most recent call last)"), "what: 422 shows « Traceback »"),
        (httpx.Response(200, html="<p>asyncpg.exceptions.DataError"), "what: 200 shows « asyncpg »"),
        (httpx.Response(200, content=b"x"), "what: 200 without a media type"),
    ],
)
def test_a_wrong_page_is_told(answer: httpx.Response, sentence: str) -> None:
    assert judged("what", answer) == [sentence]
    assert judged("what", httpx.Response(422, html="<p>Cette date n'existe pas.")) == []


def test_a_trace_and_a_name_in_the_log_are_told_without_the_name() -> None:
    log = "servi\nTraceback (most recent call last):\nitem of Morvan\nMorvanais"
    assert log_faults(log, frozenset({"Morvan"})) == [
        "log: line 2 holds a trace: Traceback (most recent call last):",
        "log: line 3 holds a name or a secret",
    ]
    assert log_faults(log.splitlines()[0], frozenset()) == []


def test_a_run_that_failed_or_tried_nothing_is_wrong() -> None:
    assert told("admin", 0, "Test cases:\n  1,318 generated, 0 found").requests == 1318
    assert told("admin", 0, "  12 generated").wrong == ""
    assert told("admin", 1, "  12 generated, 1 found").wrong
    assert told("admin", 0, "Schema not found").wrong


def test_identifiers_that_are_there_are_asked_for() -> None:
    assert configuration({"loan_id": ["a"], "code": []}) == (
        '[dictionaries.loan_id]\nvalues = ["a"]\n[parameters]\n'
        '"path.loan_id" = { dictionary = "loan_id", probability = 0.7 }\n'
    )


def test_addresses_of_one_kind_are_one() -> None:
    one = kind_of("/prets/0197b0c4-7d2e-7aaa-8000-3f3f3f3f3f3f/remise?x=1")
    assert one == kind_of("/prets/01a22461-0527-7776-932d-966ea3564191/remise") == "/prets/…/remise"
    assert kind_of("/etablissements/0350103X") == kind_of("/etablissements/0350002M")
    assert Tally().wrong == []
