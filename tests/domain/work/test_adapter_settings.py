"""The settings of the gateway of SMS and of the families' provider: all or none, told by name, secrets kept secret."""

from __future__ import annotations

from pathlib import Path

import pytest

from materiel.domain.signing.identity import FamilyProvider
from materiel.domain.work.sms_gateway import Gateway
from materiel.errors import BadInput
from materiel.settings import Settings

SMS = {"MATERIEL_SMS_URL": "https://sms.exemple.fr/messages", "MATERIEL_SMS_TOKEN": "un-jeton"}
OIDC = {
    "MATERIEL_FAMILY_OIDC_ISSUER": "https://educonnect.exemple.fr/",
    "MATERIEL_FAMILY_OIDC_CLIENT_ID": "materiel",
    "MATERIEL_FAMILY_OIDC_CLIENT_SECRET": "secret-du-client",
    "MATERIEL_FAMILY_OIDC_NAME": "ÉduConnect",
}


def read(tmp_path: Path, environ: dict[str, str]) -> Settings:
    return Settings.from_env({"MATERIEL_DATA_DIR": str(tmp_path), **environ})


def test_both_are_off_until_they_are_set(tmp_path: Path) -> None:
    settings = read(tmp_path, {})
    assert (settings.sms_gateway, settings.family_provider) == (None, None)


def test_a_gateway_is_read_and_its_token_may_come_from_a_file(tmp_path: Path) -> None:
    file = tmp_path / "jeton"
    file.write_text("un-jeton\n", encoding="utf-8")
    given = {"MATERIEL_SMS_URL": SMS["MATERIEL_SMS_URL"], "MATERIEL_SMS_TOKEN_FILE": str(file)}
    settings = read(tmp_path, {**given, "MATERIEL_SMS_SENDER": "Rectorat"})
    assert settings.sms_gateway == Gateway(url=SMS["MATERIEL_SMS_URL"], token="un-jeton", sender="Rectorat")
    assert "un-jeton" not in repr(settings)


@pytest.mark.parametrize("url", ["http://127.0.0.1:9/m", "http://[::1]/m", "http://localhost:8080"])
def test_a_gateway_of_this_machine_needs_no_https(tmp_path: Path, url: str) -> None:
    gateway = read(tmp_path, {**SMS, "MATERIEL_SMS_URL": url}).sms_gateway
    assert gateway is not None
    assert gateway.url == url


@pytest.mark.parametrize(
    ("changed", "value"),
    [
        ("MATERIEL_SMS_URL", "http://sms.exemple.fr"),
        ("MATERIEL_SMS_URL", "https://moi:motdepasse@sms.exemple.fr"),
        ("MATERIEL_SMS_URL", "ftp://sms.exemple.fr"),
        ("MATERIEL_SMS_URL", "https://[::1"),
        ("MATERIEL_SMS_URL", "https://sms.exemple.fr:0"),
        ("MATERIEL_SMS_URL", "https://sms.exemple.fr/a b"),
        ("MATERIEL_SMS_URL", ""),
        ("MATERIEL_SMS_TOKEN", "un jeton"),
        ("MATERIEL_SMS_TOKEN", "clé"),
        ("MATERIEL_SMS_TOKEN", ""),
        ("MATERIEL_SMS_SENDER", "Académie"),
        ("MATERIEL_SMS_SENDER", "un nom bien trop long"),
        ("MATERIEL_FAMILY_OIDC_ISSUER", "http://educonnect.exemple.fr"),
        ("MATERIEL_FAMILY_OIDC_ISSUER", "exemple"),
        ("MATERIEL_FAMILY_OIDC_ISSUER", ""),
        ("MATERIEL_FAMILY_OIDC_CLIENT_SECRET", ""),
        ("MATERIEL_FAMILY_OIDC_NAME", ""),
        ("MATERIEL_FAMILY_OIDC_NAME", "É" * 61),
        ("MATERIEL_FAMILY_OIDC_SCOPES", "profile"),
        ("MATERIEL_FAMILY_OIDC_FAMILY_NAMES", "nom é"),
    ],
)
def test_a_wrong_setting_is_named_and_no_secret_told(tmp_path: Path, changed: str, value: str) -> None:
    with pytest.raises(BadInput) as refusal:
        read(tmp_path, {**SMS, **OIDC, changed: value})
    assert refusal.value.code in ("settings.invalid", "settings.missing")
    assert changed.split("_")[1] in refusal.value.message
    for secret in ("un-jeton", "secret-du-client", "motdepasse"):
        assert secret not in refusal.value.message


def test_a_provider_is_read_with_its_claims(tmp_path: Path) -> None:
    more = {
        "MATERIEL_FAMILY_OIDC_SCOPES": "openid  identite",
        "MATERIEL_FAMILY_OIDC_FAMILY_NAMES": "nom, nom_usage",
        "MATERIEL_FAMILY_OIDC_GIVEN_NAMES": "prenoms",
        "MATERIEL_FAMILY_OIDC_BIRTH_DATE": "naissance",
        "MATERIEL_FAMILY_OIDC_ACR": "eidas1",
    }
    settings = read(tmp_path, {**OIDC, **more})
    assert settings.family_provider == FamilyProvider(
        issuer="https://educonnect.exemple.fr",
        client_id="materiel",
        client_secret="secret-du-client",
        name="ÉduConnect",
        scopes="openid identite",
        family_names=("nom", "nom_usage"),
        given_names="prenoms",
        birth_date="naissance",
        acr_values="eidas1",
    )
    assert "secret-du-client" not in repr(settings)
