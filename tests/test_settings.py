"""Settings: defaults that run, refusals that name the variable, secrets that stay secret."""

from __future__ import annotations

import os
import stat
from concurrent.futures import ThreadPoolExecutor
from dataclasses import fields
from pathlib import Path

import pytest

from materiel.domain.work.mail_server import Server
from materiel.errors import BadInput
from materiel.settings import LABEL_SUFFIX, LONGEST_LABEL_URL, SECRETS, VARIABLES, Settings, resource_dir

SECRET = "une-phrase-secrète-de-plus-de-trente-deux-caractères"


def read(tmp_path: Path, **environ: str) -> Settings:
    return Settings.from_env({"MATERIEL_DATA_DIR": str(tmp_path), **environ})


def test_an_empty_environment_is_enough_for_development(tmp_path: Path) -> None:
    settings = Settings.from_env({"HOME": str(tmp_path)})
    assert settings.data_dir == tmp_path / ".local" / "share" / "materiel"
    assert settings.database_url == f"sqlite:///{settings.data_dir}/materiel.sqlite3"
    assert settings.base_url == "http://127.0.0.1:8000"
    assert (settings.host, settings.port, settings.production) == ("127.0.0.1", 8000, False)


def test_the_platform_data_folder_is_followed(tmp_path: Path) -> None:
    settings = Settings.from_env({"HOME": "/nowhere", "XDG_DATA_HOME": str(tmp_path)})
    assert settings.data_dir == tmp_path / "materiel"


def test_a_data_folder_may_have_any_name(tmp_path: Path) -> None:
    folder = tmp_path / "Élèves ? 100 %"
    assert read(tmp_path, MATERIEL_DATA_DIR=str(folder)).database_url == (
        f"sqlite:///{tmp_path}/%C3%89l%C3%A8ves%20%3F%20100%20%25/materiel.sqlite3"
    )


def test_every_setting_is_read(tmp_path: Path) -> None:
    settings = read(
        tmp_path,
        MATERIEL_PRODUCTION="oui",
        MATERIEL_DATABASE_URL="postgresql://app@127.0.0.1/materiel",
        MATERIEL_BASE_URL="https://materiel.ac-exemple.fr/",
        MATERIEL_HOST="0.0.0.0",
        MATERIEL_PORT="9000",
        MATERIEL_TRUSTED_PROXIES=" 127.0.0.1, 10.0.0.0/8 ",
        MATERIEL_SECRET_KEY=SECRET,
        MATERIEL_SMTP_URL="smtps://courrier.exemple.fr:465",
        MATERIEL_MAX_UPLOAD_MB="12",
        MATERIEL_RUN_JOBS="non",
    )
    assert settings == Settings(
        production=True,
        data_dir=tmp_path,
        database_url="postgresql://app@127.0.0.1/materiel",
        base_url="https://materiel.ac-exemple.fr",
        host="0.0.0.0",
        port=9000,
        trusted_proxies="127.0.0.1,10.0.0.0/8",
        secret_key=SECRET,
        mail_server=Server(host="courrier.exemple.fr", port=465, implicit_tls=True, start_tls=False),
        max_upload_mb=12,
        run_jobs=False,
    )


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("MATERIEL_PRODUCTION", "peut-être"),
        ("MATERIEL_PORT", "huit mille"),
        ("MATERIEL_PORT", "70000"),
        ("MATERIEL_PORT", "-1"),
        ("MATERIEL_MAX_UPLOAD_MB", "0"),
        ("MATERIEL_RUN_JOBS", "2"),
        ("MATERIEL_DATABASE_URL", "mysql://serveur/base"),
        ("MATERIEL_DATABASE_URL", "sqlite:///"),
        ("MATERIEL_BASE_URL", "materiel.exemple.fr"),
        ("MATERIEL_BASE_URL", "ftp://materiel.exemple.fr"),
        ("MATERIEL_BASE_URL", "https://exemple.fr/materiel"),
        ("MATERIEL_BASE_URL", "https://moi@exemple.fr"),
        ("MATERIEL_BASE_URL", "https://" + "a" * 193),
        ("MATERIEL_BASE_URL", "https://[::1"),
        ("MATERIEL_BASE_URL", "https://exemple.fr:port"),
        ("MATERIEL_BASE_URL", "https://exemple.fr:99999"),
        ("MATERIEL_BASE_URL", "https://exemple .fr"),
        ("MATERIEL_LABEL_URL", "https://" + "a" * 24),
        ("MATERIEL_LABEL_URL", "court.exemple.fr"),
        ("MATERIEL_LABEL_URL", "https://exemple.fr/q"),
        ("MATERIEL_PORT", "9" * 5000),
        ("MATERIEL_HOST", "pas une adresse"),
        ("MATERIEL_HOST", "http://127.0.0.1"),
        ("MATERIEL_DATABASE_URL", "postgresql://serveur:port/base"),
        ("MATERIEL_DATABASE_URL", "postgresql://moi:mot#passe@serveur/base"),
        ("MATERIEL_DATABASE_URL", "postgresql://serveur/base?sslmode=oui"),
        ("MATERIEL_DATABASE_URL", "postgresql://[::1/base"),
        ("MATERIEL_DATABASE_URL", "sqlite://dossier/base.sqlite3"),
        ("MATERIEL_DATABASE_URL", "sqlite:////dossier/"),
        ("MATERIEL_DATABASE_URL", "sqlite:///:memory:"),
        ("MATERIEL_SMTP_URL", "smtp://courrier.exemple.fr?starttls=peut-être"),
        ("MATERIEL_SMTP_URL", "smtp://courrier.exemple.fr:port"),
        ("MATERIEL_SMTP_URL", "smtp://[::1"),
        ("MATERIEL_SMTP_URL", "smtp://moi:mot#passe@courrier.exemple.fr"),
        ("MATERIEL_SMTP_URL", "smtp://courrier.exemple.fr?from=nulle-part"),
        ("MATERIEL_OIDC_ISSUER", "https://[::1"),
        ("MATERIEL_ACCESSIBILITY_PLAN", "exemple"),
        ("MATERIEL_AUDIT_DATE", "hier"),
        ("MATERIEL_AUDIT_RATE", "101"),
        ("MATERIEL_THEME", "rose"),
        ("MATERIEL_DATA_DIR", "/dev/null"),
        ("MATERIEL_DATA_DIR", "~personne-de-ce-nom/d"),
        ("MATERIEL_SERVICE_NAME", "Pr\udcffet"),
        ("MATERIEL_SECRET_KEY", "trop court"),
        ("MATERIEL_TRUSTED_PROXIES", "*"),
        ("MATERIEL_TRUSTED_PROXIES", "127.0.0.1,nginx"),
        ("MATERIEL_TRUSTED_PROXIES", "10.0.0.1/8"),
        ("MATERIEL_SMTP_URL", "courrier.exemple.fr"),
    ],
)
def test_a_wrong_value_is_refused_by_name(tmp_path: Path, name: str, value: str) -> None:
    with pytest.raises(BadInput) as refusal:
        read(tmp_path, **{name: value})
    assert refusal.value.code == "settings.invalid"
    assert name in refusal.value.message


def test_a_short_base_address_is_printed_and_a_long_one_asks_for_another(tmp_path: Path) -> None:
    longest = "https://" + "a" * 23
    assert len(f"{longest}/Q/{'0' * 13}") == LONGEST_LABEL_URL
    assert read(tmp_path, MATERIEL_BASE_URL=longest).printed_url == longest
    with pytest.raises(BadInput, match="MATERIEL_LABEL_URL") as refusal:
        read(tmp_path, MATERIEL_BASE_URL="https://materiel.ac-orleans-tours.fr")
    assert refusal.value.code == "settings.missing"
    both = {"MATERIEL_BASE_URL": "https://materiel.ac-orleans-tours.fr", "MATERIEL_LABEL_URL": "https://m.ac-ot.fr/"}
    settings = read(tmp_path, **both)
    assert (settings.base_url, settings.printed_url) == (both["MATERIEL_BASE_URL"], "https://m.ac-ot.fr")
    with pytest.raises(BadInput, match=r"MATERIEL_LABEL_URL.*https"):
        read(
            tmp_path, MATERIEL_PRODUCTION="oui", MATERIEL_SECRET_KEY=SECRET, **both | {"MATERIEL_LABEL_URL": "http://x"}
        )
    assert len("/Q/0123456789ABC") == LABEL_SUFFIX


def test_an_unknown_variable_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="MATERIEL_DATABSE_URL") as refusal:
        read(tmp_path, MATERIEL_DATABSE_URL="sqlite:///x")
    assert refusal.value.code == "settings.unknown"


def test_variables_of_the_tests_are_let_through(tmp_path: Path) -> None:
    assert read(tmp_path, MATERIEL_TEST_DATABASE="postgresql://…").port == 8000


@pytest.mark.parametrize("missing", ["MATERIEL_BASE_URL", "MATERIEL_SECRET_KEY"])
def test_production_starts_with_nothing_missing(tmp_path: Path, missing: str) -> None:
    environ = {
        "MATERIEL_PRODUCTION": "oui",
        "MATERIEL_BASE_URL": "https://materiel.exemple.fr",
        "MATERIEL_SECRET_KEY": SECRET,
    }
    del environ[missing]
    with pytest.raises(BadInput, match=missing) as refusal:
        read(tmp_path, **environ)
    assert refusal.value.code == "settings.missing"
    assert list(tmp_path.iterdir()) == []


def test_production_wants_https(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="https"):
        read(
            tmp_path,
            MATERIEL_PRODUCTION="oui",
            MATERIEL_BASE_URL="http://materiel.exemple.fr",
            MATERIEL_SECRET_KEY=SECRET,
        )


def test_a_secret_may_come_from_a_file(tmp_path: Path) -> None:
    file = tmp_path / "mot-de-passe"
    file.write_text(f"{SECRET}\n", encoding="utf-8")
    assert read(tmp_path, MATERIEL_SECRET_KEY_FILE=str(file)).secret_key == SECRET


def test_a_secret_given_twice_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="MATERIEL_SECRET_KEY_FILE") as refusal:
        read(tmp_path, MATERIEL_SECRET_KEY=SECRET, MATERIEL_SECRET_KEY_FILE=str(tmp_path / "x"))
    assert refusal.value.code == "settings.conflict"


def test_a_secret_file_that_is_missing_is_named(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=str(tmp_path / "absent")) as refusal:
        read(tmp_path, MATERIEL_SECRET_KEY_FILE=str(tmp_path / "absent"))
    assert refusal.value.code == "settings.unreadable"


def test_the_generated_secret_is_kept_and_private(tmp_path: Path) -> None:
    first, second = read(tmp_path), read(tmp_path)
    assert len(first.secret_key) >= 32
    assert second.secret_key == first.secret_key
    assert stat.S_IMODE(os.stat(tmp_path / "secret.key").st_mode) == 0o600
    # The mark of a beginning stays until the base is there.
    assert sorted(file.name for file in tmp_path.iterdir()) == ["installation-en-cours", "secret.key"]


def test_starts_at_the_same_time_share_one_secret(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        secrets = set(pool.map(lambda _: read(tmp_path).secret_key, range(16)))
    assert len(secrets) == 1


def test_an_unusable_data_folder_is_named(tmp_path: Path) -> None:
    file = tmp_path / "not-a-folder"
    file.touch()
    with pytest.raises(BadInput, match="MATERIEL_DATA_DIR") as refusal:
        Settings.from_env({"MATERIEL_DATA_DIR": str(file / "below")})
    assert refusal.value.code == "settings.unreadable"


def test_secrets_never_show_in_repr(tmp_path: Path) -> None:
    settings = read(
        tmp_path,
        MATERIEL_SECRET_KEY=SECRET,
        MATERIEL_DATABASE_URL="postgresql://app:motdepasse@127.0.0.1/materiel",
        MATERIEL_SMTP_URL="smtp://moi:motdepasse@courrier.exemple.fr",
    )
    assert SECRET not in repr(settings)
    assert "motdepasse" not in repr(settings)


@pytest.mark.parametrize("name", ["MATERIEL_OIDC_ISSUER", "MATERIEL_OIDC_CLIENT_ID", "MATERIEL_OIDC_CLIENT_SECRET"])
def test_an_identity_provider_is_set_whole_or_not_at_all(tmp_path: Path, name: str) -> None:
    with pytest.raises(BadInput, match=name) as refusal:
        read(tmp_path, **{name: "https://exemple.fr"})
    assert refusal.value.code == "settings.missing"


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://app@[::1]:5432/materiel",
        "postgresql://app:p%23@serveur/materiel?sslmode=verify-full",
        "postgresql:///materiel?host=/run/postgresql",
        "postgresql://app@un:5432,deux:5433/materiel",
        "sqlite:///relatif.sqlite3",
        "sqlite:////srv/base.sqlite3",
    ],
)
def test_the_addresses_of_databases_that_exist_are_taken(tmp_path: Path, url: str) -> None:
    assert read(tmp_path, MATERIEL_DATABASE_URL=url).database_url == url


def test_no_key_is_made_while_another_setting_is_wrong(tmp_path: Path) -> None:
    with pytest.raises(BadInput):
        read(tmp_path, MATERIEL_SMTP_URL="courrier.exemple.fr")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("content", [b"\xff\xfe", b"court"])
def test_a_spoilt_key_is_named(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "secret.key").write_bytes(content)
    with pytest.raises(BadInput) as refusal:
        read(tmp_path)
    assert refusal.value.code in ("settings.unreadable", "settings.invalid")


def test_each_field_has_a_variable_and_secrets_a_file_form() -> None:
    grouped = [each.metadata["variables"] for each in fields(Settings) if "variables" in each.metadata]
    alone = len(fields(Settings)) - len(grouped)
    assert len(VARIABLES) == len(set(VARIABLES)) == alone + sum(len(names) for names in grouped)
    assert set(SECRETS) <= set(VARIABLES)


@pytest.mark.parametrize("name", ["templates", "migrations"])
def test_resources_are_found_from_any_folder(name: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    assert resource_dir(name).name in (name, f"_{name}")
    assert resource_dir(name).is_absolute()
