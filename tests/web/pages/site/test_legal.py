"""The shell of every page, and the pages that the law asks for, from the settings."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import httpx
import pytest
from litestar import Litestar
from tests.web.conftest import serving, set_up, settings_for
from tests.web.pages.conftest import ORIGIN, SignedIn, Visitor, text_of

from materiel.domain.accounts.roles import Actor, Role
from materiel.domain.signing.identity import FamilyProvider
from materiel.domain.work.sms_gateway import Gateway
from materiel.errors import BadInput
from materiel.settings import Settings
from materiel.web import theme as themes
from materiel.web.assets import fingerprint_of, own_assets
from materiel.web.site import site_of
from materiel.web.theme import theme_named

PAGES = ["/mentions-legales", "/accessibilite", "/donnees-personnelles", "/plan-du-site", "/aide", "/lien-necessaire"]


@pytest.fixture
def settings(migrated_url: str, tmp_path: Path) -> Settings:
    return settings_for(migrated_url, tmp_path)


async def shown(settings: Settings, path: str) -> str:
    async with (
        serving(set_up(settings)) as app,
        httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url=ORIGIN) as client,
    ):
        return text_of(await client.get(path))


@pytest.mark.parametrize("path", PAGES)
async def test_every_page_has_its_shell(visitor: Visitor, service: Actor, path: str) -> None:
    answer = await visitor.get(path)
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-store"
    html = answer.text
    assert '<html lang="fr"' in html
    assert re.search(r"<title>[^<]+\u00a0– Prêt de matériel adapté</title>", html)
    assert html.count("<h1") == 1
    assert html.count("<main") == html.count('role="contentinfo"') == 1
    for link in ("/plan-du-site", "/accessibilite", "/mentions-legales", "/donnees-personnelles", "/aide"):
        assert f'href="{link}"' in html
    assert "Accessibilité : non conforme" in text_of(answer)
    assert not re.search(r"\sstyle=|\son[a-z]+=|<style|javascript:", html)


async def test_styles_and_scripts_are_kept_for_a_year_under_their_fingerprint(visitor: Visitor) -> None:
    page = (await visitor.get("/aide")).text
    addresses = re.findall(r'(?:href|src)="(/static/[^"]+)"', page)
    assert {address.rpartition(".")[2] for address in addresses} == {"css", "js", "svg"}
    for address in addresses:
        file = await visitor.get(address)
        assert file.status_code == 200
        assert {"public", "immutable", "max-age=31536000"} <= set(file.headers["cache-control"].split(", "))
        assert "set-cookie" not in file.headers
    assert (await visitor.get("/static/app-0000000000/css/neutral.css")).status_code == 404
    assert (await visitor.get(addresses[0].rpartition("/")[0] + "/../../../settings.py")).status_code == 404


def test_the_fingerprint_follows_the_content(tmp_path: Path) -> None:
    (tmp_path / "a.css").write_text("a")
    first = fingerprint_of(tmp_path)
    fingerprint_of.cache_clear()
    (tmp_path / "a.css").write_text("b")
    assert fingerprint_of(tmp_path) != first
    with pytest.raises(LookupError, match=r"css/absent\.css"):
        own_assets().url("css/absent.css")


async def test_the_legal_pages_come_from_the_settings(settings: Settings) -> None:
    told = replace(
        settings,
        service_name="Prêts du rectorat",
        organisation="Rectorat de l'académie\n96 rue Imaginaire\n02 99 00 00 14",
        publication_director="Dominique Modèle, secrétaire générale",
        hosting="Hébergeur public\n1 rue du Serveur",
        contact="aide@exemple.fr",
        dpo="dpo@exemple.fr",
    )
    notice = await shown(told, "/mentions-legales")
    for part in ("Prêts du rectorat", "96 rue Imaginaire", "Dominique Modèle", "Hébergeur public", "aide@exemple.fr"):
        assert part in notice
    assert "dpo@exemple.fr" in await shown(told, "/donnees-personnelles")
    missing = await shown(settings, "/mentions-legales")
    assert "L'hébergeur n'est pas encore indiqué." in missing.replace("’", "'")
    for path in PAGES:
        assert "MATERIEL_" not in await shown(settings, path), "nothing technical on a public page"


@pytest.mark.parametrize(
    ("audit_date", "rate", "told"),
    [
        ("", 0, "non conforme"),
        ("", 90, "non conforme"),
        ("2026-10-01", 49, "non conforme"),
        ("2026-10-01", 50, "partiellement conforme"),
        ("2026-10-01", 100, "totalement conforme"),
    ],
)
async def test_the_statement_follows_the_audit(settings: Settings, audit_date: str, rate: int, told: str) -> None:
    on = date.fromisoformat(audit_date) if audit_date else None
    audited = replace(settings, audit_date=on, audit_rate=rate, audit_by="un cabinet")
    assert site_of(audited).accessibility == told
    page = await shown(audited, "/accessibilite")
    assert f"Ce site est {told} avec le référentiel" in page
    assert ("1er octobre 2026 par un cabinet" in page.replace("\xa0", " ")) == bool(audit_date)
    assert "Défenseur des droits" in page


async def test_the_plan_shows_the_menu_of_its_reader(visitor: Visitor, signed_in: SignedIn) -> None:
    assert "Se connecter" in text_of(await visitor.get("/plan-du-site"))
    assert "Mon compte" not in text_of(await visitor.get("/plan-du-site"))
    reader = await signed_in(Role.READER)
    page = text_of(await reader.get("/plan-du-site"))
    assert "Mon compte" in page
    assert "Réglages" not in page, "a reader does not administer"


async def test_an_error_says_where_to_go(visitor: Visitor, service: Actor) -> None:
    missing = await visitor.get("/nulle-part")
    assert missing.status_code == 404
    assert 'href="/plan-du-site"' in missing.text
    assert 'href="/aide"' in missing.text
    assert (await visitor.post("/aide")).status_code == 405


async def test_the_label_of_a_lost_object_says_nothing_of_the_site(visitor: Visitor, service: Actor) -> None:
    page = (await visitor.get("/Q/0123456789ABC")).text
    assert "adapté" not in page
    assert "<header" not in page


@pytest.fixture
async def broken(settings: Settings) -> AsyncIterator[Litestar]:
    async with serving(set_up(settings)) as app:
        yield app


async def test_a_fault_of_the_program_shows_its_reference_alone(
    broken: Litestar, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail() -> None:
        raise ValueError("détail secret")

    monkeypatch.setattr("materiel.web.pages.site.help.list_services", fail)
    transport = httpx.ASGITransport(app=broken, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url=ORIGIN) as client:
        answer = await client.get("/aide", headers={"X-Request-ID": "reference-42"})
    assert answer.status_code == 500
    assert "reference-42" in text_of(answer)
    assert "détail secret" not in answer.text
    assert 'role="contentinfo"' in answer.text


def test_the_design_system_is_refused_when_it_is_not_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(themes, "packaged_folder", lambda *_: None)
    with pytest.raises(BadInput, match="django-dsfr") as refusal:
        theme_named("dsfr", own_assets())
    assert refusal.value.code == "settings.invalid"


def test_the_design_system_is_taken_from_its_package(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    for name in ("dsfr.main.min.css", "dsfr.module.min.js", "utility/icons/icons-system/icons-system.main.min.css"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    (tmp_path / "favicon").mkdir()
    (tmp_path / "favicon" / "favicon.svg").touch()
    monkeypatch.setattr(themes, "packaged_folder", lambda *_: tmp_path)
    monkeypatch.setattr(themes, "version", lambda _: "3.6.1")
    theme = theme_named("dsfr", own_assets())
    assert theme.stylesheets[0] == "/static/dsfr-3.6.1/dsfr.main.min.css"
    assert not any("neutral" in address for address in theme.stylesheets)
    assert ".gouv.fr" in caplog.text


def test_each_theme_gives_every_colour_that_the_shared_sheets_use() -> None:
    sheets = own_assets().folder / "css"
    asked = {
        name
        for sheet in ("shared", "desk", "family", "institution")
        for name in re.findall(r"var\((--[\w-]+)", (sheets / f"{sheet}.css").read_text())
    }
    sizes = set(re.findall(r"(--[\w-]+):", (sheets / "desk.css").read_text()))
    for theme in ("neutral", "dsfr"):
        given = set(re.findall(r"^\s*(--[\w-]+):", (sheets / f"{theme}.css").read_text(), re.MULTILINE))
        assert asked - given - sizes == set(), theme


KEPT = (
    *("date de naissance", "régime de protection", "désaccord", "décès", "acte qui les désigne", "référence"),
    *("copies numérisées", "empreinte du document", "tracé", "plainte", "attestation d'assureur", "présence confirmée"),
    *("Messages envoyés", "liens d'accès", "Comptes des agents", "journal des actes"),
)


async def test_the_privacy_page_names_every_kind_of_data_recipient_and_basis(visitor: Visitor, service: Actor) -> None:
    text = text_of(await visitor.get("/donnees-personnelles"))
    assert [kind for kind in KEPT if kind not in text] == []
    for recipient in (
        "mairie",
        "chef d'établissement",
        "collectivité",
        "dépositaire",
        "réparateur",
        "archives",
        "juge",
    ):
        assert recipient in text
    assert "passerelle SMS" not in text, "what is off is not said"
    assert "article 6, paragraphe 1, point e" in text
    assert "article 9, paragraphe 2, point g" in text


async def test_the_privacy_page_says_who_else_learns_something_once_it_is_set(settings: Settings) -> None:
    gateway = Gateway(url="https://sms.exemple.fr/envois", token="secret", sender="DSDEN35")
    provider = FamilyProvider(
        issuer="https://identite.exemple.fr", client_id="materiel", client_secret="secret", name="ÉduExemple"
    )
    told = await shown(replace(settings, sms_gateway=gateway, family_provider=provider), "/donnees-personnelles")
    assert "passerelle SMS" in told
    assert "ÉduExemple laisse ce fournisseur dire son nom" in told
