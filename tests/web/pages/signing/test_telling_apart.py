"""The pages that offer a code by SMS or an identity given by a provider, once the settings say so; not before."""

from __future__ import annotations

import html
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from litestar import Litestar
from tests.stage import family_cast as family
from tests.stage.family_cast import LISE, Clock
from tests.use_cases import loan_cast as cast
from tests.web.conftest import serving, set_up, settings_for
from tests.web.proconnect import CLIENT_ID, CLIENT_SECRET, ISSUER, Provider

from materiel.domain.papers.authenticity import DocumentFault
from materiel.domain.papers.document import Document, SignatureStatus
from materiel.domain.signing.evidence import Means
from materiel.domain.signing.identity import FamilyProvider
from materiel.domain.work.outbox import Carrier, Purpose
from materiel.domain.work.sms_gateway import Gateway
from materiel.store.papers import document as documents
from materiel.store.people import pupil as pupils
from materiel.store.signing import electronic_signature as evidences
from materiel.store.signing.authenticity import verify

ORIGIN = "https://pret.example.fr"
MOBILE = "06 39 98 00 12"
GATEWAY = Gateway(url="https://sms.exemple.fr/messages", token="jeton")
CONNECT = FamilyProvider(
    issuer=ISSUER, client_id=CLIENT_ID, client_secret=CLIENT_SECRET, name="ÉduConnect", birth_date="birthdate"
)
FAILED = "L'identification n'a pas abouti : rien n'est signé."


@dataclass
class Scene:
    """The application with a gateway and a provider, Noé's agreement and the link of each parent."""

    app: Litestar
    clock: Clock
    provider: Provider
    agreement: Document
    links: dict[str, str]

    @property
    def page(self) -> str:
        return f"/f/documents/{self.agreement.id}"

    async def reader(self, address: str = LISE) -> httpx.AsyncClient:
        transport = httpx.ASGITransport(app=self.app, raise_app_exceptions=False)
        opened = httpx.AsyncClient(transport=transport, base_url=ORIGIN)
        assert (await opened.get(self.links[address])).status_code == 303
        return opened

    async def is_signed(self) -> bool:
        document = await documents.get(self.agreement.id, cast.SERVICE)
        return any(each.status is SignatureStatus.SIGNED for each in document.signatures)


@pytest.fixture
async def scene(migrated_url: str, tmp_path: Path) -> AsyncIterator[Scene]:
    clock, provider = Clock(), Provider()
    provider.now = int(clock.now.timestamp())
    provider.person = {"sub": "famille-1", "given_name": "Lise Marie", "family_name": "EXEMPLE"}
    settings = replace(
        settings_for(migrated_url, tmp_path, cast.ISSUER.base_url), sms_gateway=GATEWAY, family_provider=CONNECT
    )
    async with serving(set_up(settings, clock, provider.transport)) as app:
        await family.set_up()
        noe = await pupils.get(cast.TWO_HOMES, cast.SERVICE)
        people = tuple(replace(each, phone=MOBILE if each.email == LISE else "") for each in noe.representatives)
        await family.change_pupil(representatives=people)
        agreement = await family.an_agreement()
        yield Scene(app, clock, provider, agreement, await family.send(agreement))


def text_of(answer: httpx.Response) -> str:
    return html.unescape(answer.text).replace("’", "'").replace("\u00a0", " ").replace("\u202f", " ")


async def posted(browser: httpx.AsyncClient, path: str, *, on: str, **values: str) -> httpx.Response:
    page = await browser.get(on)
    found = re.search(r'name="_csrf" value="([0-9a-f]{64})"', page.text)
    assert found
    return await browser.post(path, data={"_csrf": found[1], **values})


async def begin(scene: Scene, browser: httpx.AsyncClient, means: Means, **changes: str) -> httpx.Response:
    values = {"name": "Lise Exemple", "consent": "oui", "means": means.value} | changes
    return await posted(browser, f"{scene.page}/code", on=scene.page, **values)


async def go_and_come_back(scene: Scene, browser: httpx.AsyncClient, start: str = "") -> str:
    """To the provider and where it sends back, not opened yet."""
    asked = await browser.get(f"{start or scene.page}/identite")
    assert asked.status_code == 303, asked.text
    return (await scene.provider.log_in(asked.headers["location"])).removeprefix(ORIGIN)


async def identify(scene: Scene, browser: httpx.AsyncClient) -> str:
    """What the page of the signature says after the way there and back."""
    await begin(scene, browser, Means.IDENTITY)
    back = await browser.get(await go_and_come_back(scene, browser))
    assert (back.status_code, back.headers["location"]) == (303, f"{scene.page}/code")
    return text_of(await browser.get(f"{scene.page}/code"))


async def sign(scene: Scene, browser: httpx.AsyncClient, **values: str) -> httpx.Response:
    return await posted(browser, f"{scene.page}/signature", on=f"{scene.page}/code", **values)


async def test_the_choice_is_offered_with_the_number_masked(scene: Scene) -> None:
    shown = text_of(await (await scene.reader()).get(scene.page))
    assert "Recevoir le code par SMS au 06 •• •• •• 12" in shown
    assert "Recevoir le code par courriel à l•••@exemple.fr" in shown
    assert "M'identifier avec ÉduConnect, sans code" in shown
    assert "39 98" not in shown
    without = text_of(await (await scene.reader("paul@exemple.fr")).get(scene.page))
    assert "par SMS" not in without, "no mobile number is on the record"


async def test_nothing_is_offered_until_it_is_set(migrated_url: str, tmp_path: Path) -> None:
    settings = settings_for(migrated_url, tmp_path, cast.ISSUER.base_url)
    async with serving(set_up(settings, Clock())) as app:
        await family.set_up()
        agreement = await family.an_agreement()
        links = await family.send(agreement)
        scene = Scene(app, Clock(), Provider(), agreement, links)
        browser = await scene.reader()
        shown = text_of(await browser.get(scene.page))
        assert "Recevoir mon code" in shown
        assert "Comment confirmer" not in shown
        assert (await browser.get(f"{scene.page}/identite")).status_code == 404
        assert (await browser.get("/f/identite/partir")).headers["location"] == "/f"
        assert (await begin(scene, browser, Means.SMS)).status_code == 422
        assert await family.messages(Purpose.SIGNATURE_CODE) == []


async def test_a_parent_signs_with_a_code_by_sms_and_changes_means(scene: Scene) -> None:
    browser = await scene.reader()
    assert (await begin(scene, browser, Means.SMS)).headers["location"] == f"{scene.page}/code"
    (message,) = await family.messages(Purpose.SIGNATURE_CODE)
    assert (message.carrier, message.to_address) == (Carrier.SMS, "+33639980012")
    page = text_of(await browser.get(f"{scene.page}/code"))
    assert "Un code est parti par SMS au 06 •• •• •• 12." in page
    assert "Code reçu par SMS" in page
    again = await posted(browser, f"{scene.page}/code/renvoyer", on=f"{scene.page}/code", means="email")
    assert again.status_code == 303
    assert (await family.messages(Purpose.SIGNATURE_CODE))[-1].carrier is Carrier.EMAIL
    scene.clock.later(minutes=1)
    await posted(browser, f"{scene.page}/code/renvoyer", on=f"{scene.page}/code", means="sms")
    scene.clock.later(minutes=1)
    await posted(browser, f"{scene.page}/code/renvoyer", on=f"{scene.page}/code")
    last = (await family.messages(Purpose.SIGNATURE_CODE))[-1]
    assert last.carrier is Carrier.SMS, "as the last one"
    digits = re.search(r"\d{6}", last.text)
    assert digits
    assert (await sign(scene, browser, code=digits[0])).headers["location"] == f"{scene.page}/signe"
    (evidence,) = await evidences.of_document(scene.agreement.id)
    assert evidence.means is Means.SMS


async def test_a_means_that_is_not_offered_is_refused(scene: Scene) -> None:
    browser = await scene.reader("paul@exemple.fr")
    answer = await posted(browser, f"{scene.page}/code", on=scene.page, name="Paul Exemple", consent="oui", means="sms")
    assert answer.status_code == 422
    assert "Choisissez comment confirmer" in text_of(answer)


async def test_whoever_shares_a_number_says_who_they_are(scene: Scene) -> None:
    noe = await pupils.get(cast.TWO_HOMES, cast.SERVICE)
    await family.change_pupil(representatives=tuple(replace(each, phone=MOBILE) for each in noe.representatives))
    browser = await scene.reader()
    refused = await begin(scene, browser, Means.SMS)
    assert refused.status_code == 422
    assert "Ce numéro sert à plusieurs personnes" in text_of(refused)
    assert (await begin(scene, browser, Means.SMS, person="oui")).status_code == 303


async def test_an_identity_replaces_the_code(scene: Scene) -> None:
    browser = await scene.reader()
    page = await identify(scene, browser)
    assert "ÉduConnect a confirmé qui vous êtes." in page
    assert not await scene.is_signed(), "coming back signs nothing"
    assert await family.messages(Purpose.SIGNATURE_CODE) == []
    done = await sign(scene, browser, given="identity")
    assert done.headers["location"] == f"{scene.page}/signe"
    (evidence,) = await evidences.of_document(scene.agreement.id)
    assert (evidence.means, evidence.code_sent_at, evidence.email) == (Means.IDENTITY, None, "")
    assert re.fullmatch(r"ÉduConnect, identifiant opaque [0-9a-f]{64}", evidence.identity_seen)
    assert "famille-1" not in str(evidence)
    assert [each async for each in verify(cast.SERVICE) if isinstance(each, DocumentFault)] == []
    left = await browser.get("/f/identite/partir")
    address = urlsplit(left.headers["location"])
    assert f"{address.scheme}://{address.netloc}{address.path}" == f"{ISSUER}/session/end"
    assert parse_qs(address.query)["post_logout_redirect_uri"] == [f"{ORIGIN}/f"]
    assert (await browser.get("/f/identite/partir")).headers["location"] == "/f"
    assert (await browser.get("/f")).status_code == 200, "what is behind the link stays open"


@pytest.mark.parametrize(
    "person",
    [
        {"given_name": "Lise", "family_name": "Naissance", "preferred_username": "Exemple"},
        {"given_name": "LISÉ", "family_name": "exemple"},
    ],
    ids=["usual name", "accents"],
)
async def test_the_usual_name_and_its_spelling_are_the_same_person(scene: Scene, person: dict[str, str]) -> None:
    scene.provider.person = {"sub": "famille-1", **person}
    assert "a confirmé qui vous êtes" in await identify(scene, await scene.reader())


@pytest.mark.parametrize(
    "person",
    [
        {"given_name": "Paul", "family_name": "Exemple"},
        {"given_name": "Marie Lise", "family_name": "Exemple"},
        {"given_name": "Lise", "family_name": ["Exemple"]},
        {},
    ],
    ids=["other parent", "second given name", "no text", "nothing"],
)
async def test_another_person_is_refused_and_the_code_stays(scene: Scene, person: dict[str, object]) -> None:
    scene.provider.person = {"sub": "famille-2", **person}
    browser = await scene.reader()
    page = await identify(scene, browser)
    assert "L'identité donnée par ÉduConnect n'est pas celle de Lise Exemple" in page
    assert (await sign(scene, browser, given="identity")).status_code == 422
    assert not await scene.is_signed()
    await posted(browser, f"{scene.page}/code/renvoyer", on=f"{scene.page}/code", means="email")
    done = await sign(scene, browser, code=await family.last_code(LISE))
    assert done.headers["location"] == f"{scene.page}/signe"


async def test_whoever_refuses_there_may_still_sign_with_a_code(scene: Scene) -> None:
    scene.provider.denies = True
    browser = await scene.reader()
    assert FAILED in await identify(scene, browser)
    assert (await begin(scene, browser, Means.EMAIL)).status_code == 303


@pytest.mark.parametrize(
    "forged",
    [{"nonce": "un autre nonce"}, {"aud": "un autre site"}, {"iss": "https://ailleurs.fr"}, {"exp": 1}, {"sub": "9"}],
    ids=lambda claims: next(iter(claims)),
)
async def test_a_token_for_something_else_is_refused(scene: Scene, forged: dict[str, object]) -> None:
    scene.provider.claims = forged
    assert FAILED in await identify(scene, await scene.reader())


async def test_a_way_back_serves_once_in_one_browser_and_not_too_late(scene: Scene) -> None:
    browser, other = await scene.reader(), await scene.reader("paul@exemple.fr")
    await begin(scene, browser, Means.IDENTITY)
    back = await go_and_come_back(scene, browser)
    stranger = await other.get(back)
    assert stranger.headers["location"] == "/f"
    assert "Aucune identification n'est en cours" in text_of(await other.get("/f"))
    await browser.get(back)
    assert (await browser.get(back)).headers["location"] == "/f", "replayed"
    back = await go_and_come_back(scene, browser)
    scene.clock.later(minutes=11)
    await browser.get(back)
    assert FAILED in text_of(await browser.get(f"{scene.page}/code"))


async def test_a_forged_state_is_refused(scene: Scene) -> None:
    browser = await scene.reader()
    await begin(scene, browser, Means.IDENTITY)
    back = await go_and_come_back(scene, browser)
    await browser.get(re.sub("state=[^&]*", f"state={'x' * 43}", back))
    assert FAILED in text_of(await browser.get(f"{scene.page}/code"))


async def test_an_identity_lasts_as_long_as_a_code(scene: Scene) -> None:
    browser = await scene.reader()
    await identify(scene, browser)
    scene.clock.later(minutes=11)
    late = await sign(scene, browser, given="identity")
    assert late.status_code == 422
    assert "il y a plus de dix minutes" in text_of(late)
    assert not await scene.is_signed()


async def test_pkce_is_used_where_it_is_announced_and_only_the_scopes_of_the_settings_are_asked(scene: Scene) -> None:
    client = scene.app.state["family_oidc"]
    client._description = None
    scene.provider.extra_description = {
        "code_challenge_methods_supported": ["S256"],
        "claims_parameter_supported": True,
    }
    browser = await scene.reader()
    await begin(scene, browser, Means.IDENTITY)
    asked = parse_qs(urlsplit((await browser.get(f"{scene.page}/identite")).headers["location"]).query)
    assert asked["redirect_uri"] == [f"{ORIGIN}/f/identite/retour"]
    assert asked["scope"] == ["openid given_name family_name preferred_username"]
    assert "claims" not in asked
    assert "a confirmé qui vous êtes" in await identify(scene, browser)
    client._description = None


async def test_a_provider_out_of_reach_leaves_the_code(scene: Scene) -> None:
    async def refuse(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused", request=request)

    client = scene.app.state["family_oidc"]
    client._description, client.http = None, httpx.AsyncClient(transport=httpx.MockTransport(refuse))
    browser = await scene.reader()
    await begin(scene, browser, Means.IDENTITY)
    assert (await browser.get(f"{scene.page}/identite")).headers["location"] == f"{scene.page}/code"
    assert "ou signez avec un code" in text_of(await browser.get(f"{scene.page}/code"))


async def test_several_papers_are_signed_with_one_identity_for_exactly_them(scene: Scene) -> None:
    second = await family.an_agreement(item=cast.BRAILLE)
    await family.send(second)
    browser = await scene.reader()
    home = await browser.get("/f")
    found = re.search(r"/f/signer/[0-9a-f-]{36}", home.text)
    assert found
    place = found[0]
    both = [str(scene.agreement.id), str(second.id)]
    page = await browser.get(place)
    csrf = re.search(r'name="_csrf" value="([0-9a-f]{64})"', page.text)
    assert csrf
    values = {"_csrf": csrf[1], "name": "Lise Exemple", "consent": "oui", "means": "identity", "document": both}
    assert (await browser.post(f"{place}/code", data=values)).headers["location"] == f"{place}/code"
    assert (await browser.get(await go_and_come_back(scene, browser, place))).headers["location"] == f"{place}/code"
    # Another choice is another act.
    assert (await browser.post(f"{place}/code", data={**values, "document": both[:1]})).status_code == 303
    other = await posted(browser, f"{place}/signature", on=f"{place}/code", given="identity")
    assert "pour signer autre chose" in text_of(other)
    assert not await scene.is_signed()
    await browser.post(f"{place}/code", data=values)
    await browser.get(await go_and_come_back(scene, browser, place))
    done = await posted(browser, f"{place}/signature", on=f"{place}/code", given="identity")
    assert done.headers["location"] == f"{place}/signe"
    for document_id in (scene.agreement.id, second.id):
        (evidence,) = await evidences.of_document(document_id)
        assert evidence.means is Means.IDENTITY
    assert "déconnecter aussi du service" in text_of(await browser.get(f"{place}/signe"))
