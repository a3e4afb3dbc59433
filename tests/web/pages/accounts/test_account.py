"""Coming in, going out, and what protects an account."""

from __future__ import annotations

import logging
import re
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pyotp
import pytest
from litestar import Litestar
from tests.web.conftest import serving, set_up, settings_for
from tests.web.pages.cast import without_mark
from tests.web.pages.conftest import Clock, Visitor, make_account, text_of

from materiel.domain.accounts.attempt import PAIR
from materiel.domain.accounts.roles import Actor, Role
from materiel.domain.accounts.user import User
from materiel.store.accounts import credential as credentials
from materiel.store.accounts import session as sessions
from materiel.store.history.search import search
from materiel.use_cases.accounts.credential import invite_user
from materiel.use_cases.accounts.second_factor import SEED
from materiel.use_cases.accounts.user import disable_user
from materiel.use_cases.process.secrecy import decrypt
from materiel.web.http.session import COOKIE

BASE_URL = "https://127.0.0.1:8000"
SECRET_KEY = "k" * 32
PASSWORD = "une phrase de bruyère mauve"
REFUSED = "Adresse électronique ou mot de passe incorrect."


@pytest.fixture
async def app(migrated_url: str, tmp_path: Path, clock: Clock) -> AsyncIterator[Litestar]:
    """The application at the time of the test's clock."""
    async with serving(set_up(settings_for(migrated_url, tmp_path), clock)) as application:
        yield application


@pytest.fixture
async def manager(service: Actor) -> User:
    return await make_account(service, Role.MANAGER, "camille@exemple.fr")


async def link_for(user: User, service: Actor, clock: Clock) -> str:
    invitation = await invite_user(user.email, actor=service, base_url=BASE_URL, secret_key=SECRET_KEY, now=clock.now)
    return invitation.url.removeprefix(BASE_URL)


async def choose_password(visitor: Visitor, link: str, password: str = PASSWORD) -> None:
    opened = await visitor.get(link)
    assert (opened.status_code, opened.headers["location"]) == (303, "/nouveau-mot-de-passe")
    done = await visitor.send_form("/nouveau-mot-de-passe", password=password, password_again=password)
    assert (done.status_code, done.headers["location"]) == (303, "/connexion")


@pytest.fixture
async def with_password(visitor_of: Callable[[], Visitor], manager: User, service: Actor, clock: Clock) -> User:
    await choose_password(visitor_of(), await link_for(manager, service, clock))
    return manager


async def log_in(visitor: Visitor, password: str = PASSWORD, **fields: object) -> str:
    """Where a right password leads."""
    answer = await visitor.send_form("/connexion", email="Camille@exemple.fr ", password=password, **fields)
    assert answer.status_code == 303, text_of(answer)
    return answer.headers["location"]


async def seed_of(user: User) -> str:
    credential = await credentials.get(user.id)
    assert credential is not None
    return decrypt(SECRET_KEY, SEED, credential.totp_secret)


async def activate(visitor: Visitor, user: User, clock: Clock) -> list[str]:
    """The second factor set up as a person does, and its recovery codes."""
    page = "/compte/second-facteur"
    assert (await visitor.send_form(page, f"{page}/commencer")).status_code == 303
    shown = await visitor.get(page)
    seed = await seed_of(user)
    assert seed in text_of(shown).replace(" ", "")
    assert '<svg class="m-qr"' in shown.text
    done = await visitor.send_form(page, code=pyotp.TOTP(seed).at(clock.now))
    assert done.status_code == 200
    codes = re.findall(r"<li>([a-z0-9]{5}-[a-z0-9]{5})</li>", done.text)
    assert len(codes) == 10
    return codes


async def test_an_invited_agent_chooses_a_password_and_comes_in(
    visitor: Visitor, with_password: User, service: Actor
) -> None:
    assert await log_in(visitor, suite="/compte") == "/compte"
    page = await visitor.get("/compte")
    assert page.status_code == 200
    for told in (with_password.name, "camille@exemple.fr", "Gestionnaire", "DSDEN 35, matériel adapté"):
        assert told in text_of(page)
    actions = [entry.action for entry in await search(service.service_id, limit=9, before=None)]
    assert actions[:3] == ["user.logged_in", "user.password_set", "user.invited"]


async def test_an_invitation_serves_once(
    visitor: Visitor, visitor_of: Callable[[], Visitor], manager: User, service: Actor, clock: Clock
) -> None:
    link = await link_for(manager, service, clock)
    late = visitor_of()
    assert (await late.get(link)).status_code == 303
    assert (await visitor.get(link)).status_code == 303, "opening a link does not use it up"
    await choose_password(visitor, link)
    assert (await visitor.get(link)).status_code == 404
    refused = await late.send_form("/nouveau-mot-de-passe", password=PASSWORD + "!", password_again=PASSWORD + "!")
    assert refused.status_code == 422
    assert "n'est plus valable" in text_of(refused)
    assert await log_in(visitor) == "/"


async def test_an_invitation_ends_and_cannot_be_forged(
    visitor: Visitor, manager: User, service: Actor, clock: Clock
) -> None:
    link = await link_for(manager, service, clock)
    last = "A" if link[30] != "A" else "B"
    for wrong in (link[:30] + last + link[31:], link[:-4], "/invitation/x", "/invitation/" + "é" * 20):
        answer = await visitor.get(wrong)
        assert answer.status_code == 404, wrong
        assert "n'est plus valable" in text_of(answer)
    clock.advance(days=7)
    assert (await visitor.get(link)).status_code == 404


async def test_the_invitation_leaves_the_address_bar_and_no_referrer(
    visitor: Visitor, manager: User, service: Actor, clock: Clock
) -> None:
    answer = await visitor.get(await link_for(manager, service, clock))
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert answer.headers["x-robots-tag"] == "noindex, nofollow"


async def test_a_weak_password_is_refused_beside_its_field(
    visitor: Visitor, manager: User, service: Actor, clock: Clock
) -> None:
    await visitor.get(await link_for(manager, service, clock))
    for weak, told in (
        ("court", "14 caractères au moins"),
        ("a" * 20, "répète trop"),
        ("camille-bruyère-mauve", "contient votre adresse"),
    ):
        answer = await visitor.send_form("/nouveau-mot-de-passe", password=weak, password_again=weak)
        assert answer.status_code == 422
        assert told in text_of(answer)
        assert 'href="#f-password"' in answer.text
        assert weak not in answer.text
    answer = await visitor.send_form("/nouveau-mot-de-passe", password=PASSWORD, password_again="autre")
    assert "Les deux saisies diffèrent" in text_of(answer)


async def test_a_wrong_password_an_unknown_address_and_a_closed_account_read_the_same(
    visitor: Visitor, with_password: User, service: Actor, clock: Clock
) -> None:
    await make_account(service, Role.READER, "jamais@exemple.fr")
    await disable_user(
        (await make_account(service, Role.READER, "ferme@exemple.fr")).email, actor=service, now=clock.now
    )
    seen = set()
    for email in ("camille@exemple.fr", "inconnu@exemple.fr", "jamais@exemple.fr", "ferme@exemple.fr"):
        answer = await visitor.send_form("/connexion", email=email, password="pas le bon mot de passe")
        assert answer.status_code == 422
        assert REFUSED in text_of(answer)
        assert "pas le bon" not in answer.text
        seen.add(without_mark(answer.text).replace(email, ""))
    assert len(seen) == 1


async def test_an_empty_form_names_both_fields(visitor: Visitor) -> None:
    answer = await visitor.send_form("/connexion", email="", password="")
    assert answer.status_code == 422
    assert "2 erreurs sont à corriger" in text_of(answer)
    assert answer.text.index("<title>Erreur") > 0
    assert 'href="#f-email"' in answer.text
    assert 'href="#f-password"' in answer.text


async def test_a_login_gives_a_new_identifier(visitor: Visitor, with_password: User) -> None:
    await visitor.get("/connexion")
    chosen = "x" * 43
    visitor.cookies.set(COOKIE, chosen, domain="127.0.0.1", path="/")
    await log_in(visitor)
    given = visitor.cookies.get(COOKIE, domain="127.0.0.1", path="/")
    assert given
    assert given != chosen
    assert (await visitor.get("/compte")).status_code == 200
    visitor.cookies.set(COOKIE, chosen, domain="127.0.0.1", path="/")
    assert (await visitor.get("/compte")).status_code == 303


async def test_leaving_ends_the_session_itself(visitor: Visitor, with_password: User) -> None:
    await log_in(visitor)
    former = visitor.cookies.get(COOKIE, domain="127.0.0.1", path="/")
    left = await visitor.send_form("/compte", "/deconnexion")
    assert (left.status_code, left.headers["location"]) == (303, "/deconnexion")
    assert "Vous êtes déconnecté" in text_of(await visitor.get("/deconnexion"))
    visitor.cookies.set(COOKIE, former or "", domain="127.0.0.1", path="/")
    assert (await visitor.get("/compte")).headers["location"] == "/connexion?suite=/compte"


@pytest.mark.parametrize("wanted", ["https://ailleurs.fr/", "//ailleurs.fr", "/\\ailleurs.fr", "javascript:alert(1)"])
async def test_a_login_never_leads_to_another_site(visitor: Visitor, with_password: User, wanted: str) -> None:
    assert await log_in(visitor, suite=wanted) == "/"


async def test_the_second_factor_is_asked_after_the_password(
    visitor: Visitor, visitor_of: Callable[[], Visitor], with_password: User, clock: Clock
) -> None:
    await log_in(visitor)
    await activate(visitor, with_password, clock)
    clock.advance(minutes=1)
    phone = pyotp.TOTP(await seed_of(with_password))
    browser = visitor_of()
    assert await log_in(browser, suite="/compte/connexions") == "/connexion/second-facteur"
    assert (await browser.get("/compte")).status_code == 303, "a password alone opens nothing"
    wrong = await browser.send_form("/connexion/second-facteur", code="000000")
    assert wrong.status_code == 422
    right = await browser.send_form("/connexion/second-facteur", code=phone.at(clock.now))
    assert (right.status_code, right.headers["location"]) == (303, "/compte/connexions")
    assert "Firefox sur Linux" in text_of(await browser.get("/compte/connexions"))


async def test_a_code_never_serves_twice(
    visitor: Visitor, visitor_of: Callable[[], Visitor], with_password: User, clock: Clock
) -> None:
    await log_in(visitor)
    await activate(visitor, with_password, clock)
    clock.advance(minutes=1)
    code = pyotp.TOTP(await seed_of(with_password)).at(clock.now)
    first, second = visitor_of(), visitor_of()
    for browser in (first, second):
        await log_in(browser)
    assert (await first.send_form("/connexion/second-facteur", code=code)).status_code == 303
    replayed = await second.send_form("/connexion/second-facteur", code=code)
    assert replayed.status_code == 422
    assert "n'est pas accepté" in text_of(replayed)


async def test_the_code_of_the_set_up_does_not_serve_to_log_in(
    visitor: Visitor, visitor_of: Callable[[], Visitor], with_password: User, clock: Clock
) -> None:
    await log_in(visitor)
    await activate(visitor, with_password, clock)
    browser = visitor_of()
    await log_in(browser)
    code = pyotp.TOTP(await seed_of(with_password)).at(clock.now)
    assert (await browser.send_form("/connexion/second-facteur", code=code)).status_code == 422


async def test_a_recovery_code_serves_once(
    visitor: Visitor, visitor_of: Callable[[], Visitor], with_password: User, clock: Clock
) -> None:
    await log_in(visitor)
    code = (await activate(visitor, with_password, clock))[0]
    for expected in (303, 422):
        browser = visitor_of()
        await log_in(browser)
        answer = await browser.send_form("/connexion/second-facteur", code=code.upper().replace("-", " "))
        assert answer.status_code == expected
    assert "9 codes de secours restent" in text_of(await visitor.get("/compte"))


async def test_codes_are_limited_too(visitor: Visitor, with_password: User, clock: Clock) -> None:
    await log_in(visitor)
    await activate(visitor, with_password, clock)
    await visitor.send_form("/compte", "/deconnexion")
    await log_in(visitor)
    clock.advance(minutes=1)
    for _ in range(PAIR.free):
        await visitor.send_form("/connexion/second-facteur", code="123456")
    code = pyotp.TOTP(await seed_of(with_password)).at(clock.now)
    answer = await visitor.send_form("/connexion/second-facteur", code=code)
    assert (answer.status_code, answer.headers["retry-after"]) == (429, "30")
    assert "Trop d'essais. Attendez 30 secondes" in text_of(answer)


async def test_half_a_login_is_forgotten_after_ten_minutes(visitor: Visitor, with_password: User, clock: Clock) -> None:
    await log_in(visitor)
    await activate(visitor, with_password, clock)
    await visitor.send_form("/compte", "/deconnexion")
    await log_in(visitor)
    clock.advance(minutes=11)
    assert (await visitor.get("/connexion/second-facteur")).headers["location"] == "/connexion"


async def test_the_seed_is_not_readable_in_the_database(visitor: Visitor, with_password: User, clock: Clock) -> None:
    await log_in(visitor)
    codes = await activate(visitor, with_password, clock)
    kept = await credentials.get(with_password.id)
    assert kept is not None
    assert await seed_of(with_password) not in kept.totp_secret
    assert kept.password_hash.startswith("$argon2id$")
    assert await credentials.recovery_codes_left(with_password.id) == len(codes)


async def test_removing_the_second_factor_asks_the_password(
    visitor: Visitor, with_password: User, clock: Clock
) -> None:
    await log_in(visitor)
    await activate(visitor, with_password, clock)
    page = "/compte/second-facteur"
    refused = await visitor.send_form(page, f"{page}/retirer", password_for_removal="faux")
    assert refused.status_code == 422
    assert 'href="#f-password_for_removal"' in refused.text
    renewed = await visitor.send_form(page, f"{page}/codes", password_for_codes=PASSWORD)
    assert len(re.findall(r"<li>[a-z0-9]{5}-[a-z0-9]{5}</li>", renewed.text)) == 10
    done = await visitor.send_form(page, f"{page}/retirer", password_for_removal=PASSWORD)
    assert done.headers["location"] == "/compte"
    assert "Le second facteur est retiré" in text_of(await visitor.get("/compte"))
    await visitor.send_form("/compte", "/deconnexion")
    assert await log_in(visitor) == "/"


async def test_a_new_password_closes_the_other_connections(
    visitor: Visitor, visitor_of: Callable[[], Visitor], with_password: User
) -> None:
    other = visitor_of()
    for browser in (visitor, other):
        await log_in(browser)
    page = "/compte/mot-de-passe"
    refused = await visitor.send_form(page, current="faux", password=PASSWORD + "s", password_again=PASSWORD + "s")
    assert refused.status_code == 422
    assert "pas votre mot de passe actuel" in text_of(refused)
    changed = await visitor.send_form(page, current=PASSWORD, password=PASSWORD + "s", password_again=PASSWORD + "s")
    assert changed.headers["location"] == "/compte"
    assert "Votre mot de passe est changé" in text_of(await visitor.get("/compte"))
    assert "Votre mot de passe est changé" not in text_of(await visitor.get("/compte")), "a message is said once"
    assert (await other.get("/compte")).status_code == 303


async def test_a_connection_is_closed_from_the_list(
    visitor: Visitor, visitor_of: Callable[[], Visitor], with_password: User, service: Actor, clock: Clock
) -> None:
    other = visitor_of()
    for browser in (visitor, other):
        await log_in(browser)
    page = "/compte/connexions"
    shown = await visitor.get(page)
    assert "2 connexions ouvertes" in text_of(shown).replace("\xa0", " ")
    found = re.search(r'name="session" value="([0-9a-f]{64})"', shown.text)
    assert found
    assert (await visitor.send_form(page, f"{page}/fermer", session=found[1])).status_code == 303
    assert (await other.get("/compte")).status_code == 303
    assert (await visitor.send_form(page, f"{page}/fermer", session=found[1])).status_code == 404
    await log_in(other)
    assert (await visitor.send_form(page, f"{page}/fermer")).status_code == 303
    assert (await other.get("/compte")).status_code == 303
    assert (await visitor.get("/compte")).status_code == 200


async def test_nobody_closes_the_connection_of_another(
    visitor: Visitor, admin_page: Visitor, with_password: User
) -> None:
    await log_in(visitor)
    secret = visitor.cookies.get(COOKIE, domain="127.0.0.1", path="/")
    assert secret
    page = "/compte/connexions"
    kept = [each.id_hash for each in await sessions.of_subject(sessions.SubjectKind.ACCOUNT, str(with_password.id))]
    assert (await admin_page.send_form(page, f"{page}/fermer", session=kept[0])).status_code == 404
    assert (await visitor.get("/compte")).status_code == 200


async def test_a_closed_account_is_out_at_once(
    visitor: Visitor, with_password: User, service: Actor, clock: Clock
) -> None:
    await log_in(visitor)
    await disable_user(with_password.email, actor=service, now=clock.now)
    assert (await visitor.get("/compte")).status_code == 303


async def test_nothing_of_a_person_or_a_secret_enters_the_log(
    visitor: Visitor,
    visitor_of: Callable[[], Visitor],
    with_password: User,
    service: Actor,
    clock: Clock,
    caplog: pytest.LogCaptureFixture,
) -> None:
    with caplog.at_level(logging.DEBUG):
        link = await link_for(with_password, service, clock)
        await visitor.get(link)
        await visitor.send_form("/connexion", email=with_password.email, password="pas le bon")
        await log_in(visitor, suite="/eleves?q=Dupuis")
        codes = await activate(visitor, with_password, clock)
        other = visitor_of()
        await log_in(other)
        await other.send_form("/connexion/second-facteur", code=codes[0])
        await other.get("/materiels?q=Dupuis")
        await other.get("/f/un-lien-de-famille")
        await other.get("/nulle-part/Dupuis")
    written = "\n".join(record.getMessage() for record in caplog.records if not record.name.startswith("httpx"))
    assert "GET /invitation/{token} 303" in written
    cookie = visitor.cookies.get(COOKIE, domain="127.0.0.1", path="/")
    secrets = (link.rpartition("/")[2], PASSWORD, "pas le bon", await seed_of(with_password), cookie or "-")
    for told in (with_password.email, with_password.name, "Dupuis", "un-lien", *codes, *secrets):
        assert told not in written, told
