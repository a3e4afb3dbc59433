"""The pages of schools and town halls, from the link of the message to the confirmation, and what they refuse."""

from __future__ import annotations

import html
import io
import re
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import httpx
import pytest
from tests.scans.test_photo import code_of
from tests.stage.presences import presences_of_item
from tests.use_cases import loan_cast as cast
from tests.use_cases.visitors import institution_cast as places
from tests.use_cases.visitors.institution_cast import (
    BAULON_INSEE,
    a_deposit,
    a_home_loan,
    a_tripartite,
    entrust,
    last_code,
)
from tests.web.conftest import StoppedClock, serving, set_up, settings_for

from materiel.domain.incident.incident import IncidentKind
from materiel.domain.item.family import ItemFamily
from materiel.domain.papers.document import AGREEMENTS, Document, DocumentKind, DocumentStatus, SignatureStatus
from materiel.store.history.search import search
from materiel.store.incident import incident as incidents
from materiel.store.item import item as items
from materiel.store.papers import document as documents
from materiel.store.work import outbox
from materiel.use_cases.incident.treatment import CloseIncident, close_incident
from materiel.use_cases.links.access_link import revoke_link
from materiel.use_cases.links.institution import InviteInstitution
from materiel.use_cases.links.institution_link import invite_institution
from materiel.use_cases.loan.loan import get_loan

AIDS = ("/gros-caracteres", "/gros-caracteres.pdf", "/resume.pdf", "/resume")
COLLEGE_KEEPS = (cast.BRAILLE, cast.KEYBOARD)


@dataclass
class Scene:
    """The application, its clock, a college that keeps two items and a commune whose école keeps one."""

    app: object
    clock: StoppedClock
    deposit: UUID
    tripartite: UUID

    def browser(self) -> httpx.AsyncClient:
        transport = httpx.ASGITransport(app=self.app, raise_app_exceptions=False)  # type: ignore[arg-type]
        return httpx.AsyncClient(transport=transport, base_url=cast.ISSUER.base_url)

    async def token(self, uai: str = "", insee_code: str = "") -> str:
        """The secret of a link just sent."""
        await invite_institution(InviteInstitution(uai=uai, insee_code=insee_code), issuer=cast.ISSUER)
        return await places.last_token()

    async def enter(self, uai: str = "", insee_code: str = "") -> httpx.AsyncClient:
        """A browser in which somebody has opened the link of an institution."""
        browser = self.browser()
        answer = await browser.get(f"/e/{await self.token(uai, insee_code)}")
        assert (answer.status_code, answer.headers["location"]) == (303, "/e"), answer.text
        return browser


@pytest.fixture
async def scene(migrated_url: str, tmp_path: Path) -> AsyncIterator[Scene]:
    clock = StoppedClock(cast.NOW)
    async with serving(set_up(settings_for(migrated_url, tmp_path, cast.ISSUER.base_url), clock)) as app:
        await places.set_up_institutions()
        yield Scene(app, clock, await a_deposit(), await a_tripartite())


def text_of(answer: httpx.Response) -> str:
    """What a person reads: entities resolved, one kind of space and of apostrophe."""
    return html.unescape(answer.text).replace("’", "'").replace("\u00a0", " ").replace("\u202f", " ")


async def posted(
    browser: httpx.AsyncClient, path: str, *, on: str = "/e", **values: str | Sequence[str]
) -> httpx.Response:
    """Send the form of a page, as its reader would."""
    page = await browser.get(on)
    found = re.search(r'name="_csrf" value="([0-9a-f]{64})"', page.text)
    assert found, page.text
    return await browser.post(path, data={"_csrf": found[1], **values})  # type: ignore[dict-item]


async def paper_of(loan_id: UUID, *kinds: DocumentKind) -> Document:
    case = await get_loan(loan_id, actor=cast.MANAGER)
    return next(each for each in case.documents if each.kind in kinds)


async def confirmed(item_id: UUID) -> list[bool]:
    return [each.is_present for each in await presences_of_item(item_id)]


async def test_a_link_gives_a_session_and_an_address_without_the_token(scene: Scene) -> None:
    token = await scene.token(cast.COLLEGE)
    browser = scene.browser()
    answer = await browser.get(f"/e/{token}")
    assert (answer.status_code, answer.headers["location"]) == (303, "/e")
    assert answer.headers["referrer-policy"] == "no-referrer"
    shown = await browser.get("/e")
    assert shown.status_code == 200
    assert token not in shown.text
    assert shown.headers["cache-control"] == "no-store"


async def test_the_list_tells_what_is_kept_and_nothing_of_the_pupil(scene: Scene) -> None:
    shown = text_of(await (await scene.enter(insee_code=BAULON_INSEE)).get("/e"))
    agreement = await paper_of(scene.tripartite, DocumentKind.TRIPARTITE_AGREEMENT)
    for expected in ("Ordinateur portable", "35-2026-00001", agreement.number, "7 septembre 2026", "les Lucioles"):
        assert expected in shown
    for secret in ("Zoé", "Exemple", "Lilas", "Prise de notes", "35-2026-00003"):
        assert secret not in shown


async def test_an_ecole_reads_the_family_and_its_commune_the_designation(scene: Scene) -> None:
    """The commune signs for a public école, which is no party: it reads one of six words (domain § 8.1)."""
    item = await items.get(cast.LAPTOP, cast.SERVICE)
    await items.save(replace(item, designation="Plage braille", accessories=("Loupe",), family=ItemFamily.TABLET))
    sheet = f"/e/materiels/{cast.LAPTOP}"
    ecole, commune = await scene.enter(cast.BAULON), await scene.enter(insee_code=BAULON_INSEE)
    for path in ("/e", "/e/liste", sheet, f"{sheet}/signaler"):
        shown = text_of(await ecole.get(path))
        assert "Tablette" in shown
        assert "35-2026-00001" in shown
        assert "braille" not in shown
        assert "Loupe" not in shown
        assert "Plage braille" in text_of(await commune.get(path))
    assert "Loupe" in text_of(await commune.get(sheet))


async def test_a_school_that_keeps_nothing_is_told_what_to_do(scene: Scene) -> None:
    shown = text_of(await (await scene.enter(cast.PRIVATE)).get("/e"))
    assert "Aucun matériel n'est déposé chez vous" in shown
    assert "Appelez le service" in shown


async def test_one_button_confirms_everything_shown(scene: Scene) -> None:
    browser = await scene.enter(cast.COLLEGE)
    answer = await posted(browser, "/e/presence", all="oui", shown=[str(each) for each in COLLEGE_KEEPS])
    assert (answer.status_code, answer.headers["location"]) == (303, "/e")
    assert "2 matériels présents le 7 septembre 2026" in text_of(await browser.get("/e"))
    assert [await confirmed(each) for each in COLLEGE_KEEPS] == [[True], [True]]
    assert await confirmed(cast.LAPTOP) == []


async def test_only_what_is_ticked_is_confirmed(scene: Scene) -> None:
    browser = await scene.enter(cast.COLLEGE)
    answer = await posted(browser, "/e/presence", item=str(cast.KEYBOARD), shown=[str(each) for each in COLLEGE_KEEPS])
    assert answer.status_code == 303
    assert [await confirmed(each) for each in COLLEGE_KEEPS] == [[], [True]]


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({}, "Cochez les matériels"),
        ({"item": str(cast.LAPTOP)}, "La liste a changé"),
        ({"item": "n'importe quoi"}, "La liste a changé"),
        ({"item": [str(cast.BRAILLE), str(cast.LAPTOP)]}, "La liste a changé"),
    ],
    ids=["nothing", "another school's", "no id", "one of another school"],
)
async def test_a_wrong_confirmation_keeps_the_page_and_writes_nothing(scene: Scene, values, said: str) -> None:
    answer = await posted(await scene.enter(cast.COLLEGE), "/e/presence", **values)
    assert answer.status_code == 422
    assert said in text_of(answer)
    for each in cast.ITEMS:
        assert await confirmed(each) == []


async def test_scanned_lines_are_confirmed_and_the_rest_comes_back(scene: Scene) -> None:
    browser = await scene.enter(cast.COLLEGE)
    answer = await posted(
        browser, "/e/scanner", on="/e/scanner", codes="https://pret.example.fr/Q/ABCDEFGHJKM02\r\n35-2026-00001\r\n"
    )
    assert answer.status_code == 422
    shown = text_of(answer)
    assert "1 matériel présent" in shown
    assert "1 ligne ne désigne aucun matériel" in shown
    assert re.search(r"<textarea[^>]*>\s*35-2026-00001</textarea>", shown)
    assert [await confirmed(each) for each in (cast.BRAILLE, cast.LAPTOP)] == [[True], []]


async def test_a_code_is_recognised_when_its_item_is_kept_here_and_nothing_is_written(scene: Scene) -> None:
    browser = await scene.enter(cast.COLLEGE)
    kept = await posted(browser, "/e/scanner/code", on="/e/scanner", code="HTTPS://PRET.EXAMPLE.FR/Q/ABCDEFGHJKM02")
    assert kept.json() == {"item": {"number": "35-2026-00002", "designation": "Ordinateur portable"}}
    foreign = await posted(browser, "/e/scanner/code", on="/e/scanner", code="ABCDEFGHJKM01")
    unknown = await posted(browser, "/e/scanner/code", on="/e/scanner", code="ABCDEFGHJKM99")
    assert (foreign.status_code, foreign.json()) == (unknown.status_code, unknown.json()) == (200, {"item": None})
    assert await confirmed(cast.BRAILLE) == []


async def test_a_picture_of_the_camera_gives_its_codes_and_a_broken_one_is_refused(scene: Scene) -> None:
    browser = await scene.enter(cast.COLLEGE)
    page = await browser.get("/e/scanner")
    found = re.search(r'data-csrf="([0-9a-f]{64})"', page.text)
    assert found
    picture = io.BytesIO()
    code_of("HTTPS://PRET.EXAMPLE.FR/Q/ABCDEFGHJKM02", 300).convert("L").save(picture, "JPEG")
    headers = {"Content-Type": "image/jpeg", "X-CSRF-Token": found[1]}
    read = await browser.post("/e/scanner/image", content=picture.getvalue(), headers=headers)
    assert (read.status_code, read.json()) == (200, {"codes": ["HTTPS://PRET.EXAMPLE.FR/Q/ABCDEFGHJKM02"]})
    assert (await browser.post("/e/scanner/image", content=b"no picture", headers=headers)).status_code == 400
    forged = await browser.post("/e/scanner/image", content=picture.getvalue(), headers={"Content-Type": "image/jpeg"})
    assert forged.status_code == 403


async def test_the_page_may_use_the_camera(scene: Scene) -> None:
    page = await (await scene.enter(cast.COLLEGE)).get("/e/scanner")
    assert "camera=(self)" in page.headers["permissions-policy"]


async def test_a_photograph_that_shows_no_label_says_so(scene: Scene) -> None:
    browser = await scene.enter(cast.COLLEGE)
    page = await browser.get("/e/scanner")
    found = re.search(r'name="_csrf" value="([0-9a-f]{64})"', page.text)
    assert found
    answer = await browser.post(
        "/e/scanner", data={"_csrf": found[1], "codes": ""}, files={"photo": ("p.jpg", b"no picture", "image/jpeg")}
    )
    assert answer.status_code == 422
    assert 'href="#f-photo"' in answer.text


async def test_what_a_school_sends_for_its_report_is_received(scene: Scene) -> None:
    browser, page = await scene.enter(cast.COLLEGE), f"/e/materiels/{cast.BRAILLE}"
    await posted(browser, f"{page}/signaler", on=f"{page}/signaler", kind="breakdown", description="S'éteint seule.")
    (declared,) = await incidents.of_item(cast.BRAILLE, cast.SERVICE)
    address = f"/e/incidents/{declared.id}"
    assert f'href="{address}"' in (await browser.get(page)).text
    token = re.search(r'name="_csrf" value="([0-9a-f]{64})"', (await browser.get(address)).text)
    assert token
    photo = {"file": ("photo.jpg", b"\xff\xd8\xff", "image/jpeg")}
    sent = await browser.post(address, data={"_csrf": token[1], "kind": "photo"}, files=photo)
    assert (sent.status_code, sent.headers["location"]) == (303, address)
    assert "Photo du matériel ou des lieux : reçu le 7 septembre 2026" in text_of(await browser.get(address))
    assert (await (await scene.enter(cast.PRIVATE)).get(address)).status_code == 404


async def test_an_absence_is_declared_and_shown(scene: Scene) -> None:
    browser = await scene.enter(cast.COLLEGE)
    page = f"/e/materiels/{cast.BRAILLE}"
    refused = await posted(browser, f"{page}/signaler", on=f"{page}/signaler", kind="loss", description="Perdu.")
    assert refused.status_code == 422
    assert "Choisissez ce qui se passe" in text_of(refused)
    sent = await posted(
        browser, f"{page}/signaler", on=f"{page}/signaler", kind="absence", description="Plus dans l'armoire."
    )
    assert (sent.status_code, sent.headers["location"]) == (303, page)
    shown = text_of(await browser.get(page))
    assert "Le service est prévenu" in shown
    assert "Signalé absent" in shown
    (declared,) = await incidents.of_item(cast.BRAILLE, cast.SERVICE)
    assert declared.kind is IncidentKind.ABSENCE


async def test_the_answer_is_read_by_the_link_that_tells_of_it(scene: Scene) -> None:
    browser = await scene.enter(cast.COLLEGE)
    page = f"/e/materiels/{cast.BRAILLE}"
    await posted(browser, f"{page}/signaler", on=f"{page}/signaler", kind="breakdown", description="S'éteint seule.")
    assert "Signalé au service" in text_of(await browser.get(page))
    (declared,) = await incidents.of_item(cast.BRAILLE, cast.SERVICE)
    closing = CloseIncident(incident_id=declared.id, resolution="Un technicien passe jeudi.", version=1)
    assert (await close_incident(closing, issuer=cast.ISSUER)).is_told
    again = scene.browser()
    assert (await again.get(f"/e/{await places.last_token()}")).status_code == 303
    for where in ("/e", page):
        shown = text_of(await again.get(where))
        assert "Incident traité" in shown
        assert "Un technicien passe jeudi." in shown
    commune = await scene.enter(insee_code=places.BAULON_INSEE)
    assert "technicien" not in text_of(await commune.get("/e"))


async def test_the_list_to_print_holds_every_item_and_no_form(scene: Scene) -> None:
    shown = await (await scene.enter(cast.COLLEGE)).get("/e/liste")
    assert "35-2026-00002" in shown.text
    assert "35-2026-00003" in shown.text
    assert 'action="/e/' not in shown.text


async def test_the_head_of_school_signs_in_three_pages(scene: Scene) -> None:
    browser = await scene.enter(cast.COLLEGE)
    agreement = await paper_of(scene.deposit, *AGREEMENTS)
    page = f"/e/documents/{agreement.id}"
    nothing = await posted(browser, f"{page}/code", on=page)
    assert nothing.status_code == 422
    assert [f'href="#f-{name}"' in nothing.text for name in ("name", "capacity", "consent")] == [True] * 3
    asked = await posted(browser, f"{page}/code", on=page, name="Dominique Essai", capacity="principal", consent="oui")
    assert (asked.status_code, asked.headers["location"]) == (303, f"{page}/code")
    check = text_of(await browser.get(f"{page}/code"))
    assert "Dominique Essai" in check
    assert "principal" in check
    wrong = await posted(browser, f"{page}/signature", on=f"{page}/code", code="000000x")
    assert wrong.status_code == 422
    done = await posted(browser, f"{page}/signature", on=f"{page}/code", code=await last_code())
    assert (done.status_code, done.headers["location"]) == (303, f"{page}/signe")
    assert "C'est signé" in text_of(await browser.get(f"{page}/signe"))
    again = await posted(browser, f"{page}/signature", on="/e", code="000000")
    assert again.headers["location"] == f"{page}/signe"
    box = next(
        each for each in (await documents.get(agreement.id, cast.SERVICE)).signatures if each.name != "Camille Durand"
    )
    assert box.status is SignatureStatus.SIGNED


async def test_a_notice_is_read_then_acknowledged(scene: Scene) -> None:
    notice = await paper_of(await a_home_loan(items=(cast.RENTED,)), DocumentKind.NOTICE)
    browser = await scene.enter(cast.COLLEGE)
    page = f"/e/documents/{notice.id}"
    shown = text_of(await browser.get(page))
    assert "Zoé Exemple" in shown
    assert "rue des Lilas" not in shown
    assert "Signer" not in shown
    answer = await posted(browser, f"{page}/lecture", on=page)
    assert answer.status_code == 303
    assert "C'est noté" in text_of(await browser.get("/e"))
    (recipient,) = (await documents.get(notice.id, cast.SERVICE)).recipients
    assert recipient.acknowledged_at == scene.clock.now


async def test_reading_changes_nothing(scene: Scene) -> None:
    notice = await paper_of(await a_home_loan(items=(cast.RENTED,)), DocumentKind.NOTICE)
    agreement = await paper_of(scene.deposit, *AGREEMENTS)
    browser = await scene.enter(cast.COLLEGE)
    before = await _state(notice)
    for path in (
        *("/e", "/e/liste", "/e/scanner", f"/e/materiels/{cast.BRAILLE}", f"/e/materiels/{cast.BRAILLE}/signaler"),
        *(f"/e/documents/{each.id}{end}" for each in (notice, agreement) for end in ("", "/pdf", *AIDS[:2])),
        *(f"/e/documents/{agreement.id}{end}" for end in AIDS[2:]),
    ):
        assert (await browser.get(path)).status_code == 200, path
    for path in ("/e/presence", f"/e/documents/{notice.id}/lecture", f"/e/documents/{agreement.id}/signature"):
        assert (await browser.get(path)).status_code in {404, 405}, path
    assert await _state(notice) == before


async def _state(notice: Document) -> tuple[object, ...]:
    return (
        len(await search(str(cast.SERVICE), limit=500)),
        len(await outbox.page(cast.SERVICE, limit=500)),
        (await documents.get(notice.id, cast.SERVICE)).recipients,
        [await confirmed(each) for each in cast.ITEMS],
    )


async def test_what_is_another_schools_does_not_exist(scene: Scene) -> None:
    theirs = await paper_of(scene.tripartite, DocumentKind.TRIPARTITE_AGREEMENT)
    notice = await paper_of(await a_home_loan(cast.BAULON, (cast.RENTED,)), DocumentKind.NOTICE)
    family = await paper_of(await a_home_loan(cast.COLLEGE, (cast.FM,)), DocumentKind.LOAN_AGREEMENT)
    browser = await scene.enter(cast.COLLEGE)
    for document in (theirs, notice, family):
        for end in ("", "/pdf", "/code", "/signe", *AIDS):
            assert (await browser.get(f"/e/documents/{document.id}{end}")).status_code == 404, end
        for end in ("/lecture", "/code", "/code/renvoyer", "/signature"):
            answer = await posted(browser, f"/e/documents/{document.id}{end}", name="X", capacity="X", consent="oui")
            assert answer.status_code == 404, end
    for end in ("", "/signaler"):
        assert (await browser.get(f"/e/materiels/{cast.LAPTOP}{end}")).status_code == 404
    answer = await posted(browser, f"/e/materiels/{cast.LAPTOP}/signaler", kind="absence", description="X")
    assert answer.status_code == 404
    assert await incidents.of_item(cast.LAPTOP, cast.SERVICE) == []


@pytest.mark.parametrize("path", ["/e/presence", "/e/scanner", "/e/documents/{document}/lecture"])
async def test_a_form_of_another_site_is_refused(scene: Scene, path: str) -> None:
    document = await paper_of(scene.deposit, *AGREEMENTS)
    browser = await scene.enter(cast.COLLEGE)
    forged = {"all": "oui", "shown": str(cast.BRAILLE), "codes": "35-2026-00002"}
    answer = await browser.post(path.format(document=document.id), data={"_csrf": "0" * 64, **forged})
    assert answer.status_code == 403
    assert await confirmed(cast.BRAILLE) == []


@pytest.mark.parametrize("path", ["/e", "/e/liste", "/e/scanner", f"/e/materiels/{cast.BRAILLE}"])
async def test_without_a_link_the_page_says_how_to_get_one(scene: Scene, path: str) -> None:
    answer = await scene.browser().get(path)
    assert (answer.status_code, answer.headers["location"]) == (303, "/lien-necessaire")


async def test_a_revoked_link_closes_the_open_session_at_once(scene: Scene) -> None:
    browser = scene.browser()
    invited = await invite_institution(InviteInstitution(uai=cast.COLLEGE), issuer=cast.ISSUER)
    await browser.get(f"/e/{await places.last_token()}")
    assert (await browser.get("/e")).status_code == 200
    await revoke_link(invited.link.id, actor=cast.MANAGER, now=cast.NOW)
    assert (await browser.get("/e")).headers["location"] == "/lien-necessaire"


async def test_a_dead_link_says_how_to_go_on_and_sends_a_new_one(scene: Scene) -> None:
    token = await scene.token(cast.COLLEGE)
    scene.clock.now += timedelta(days=400)
    browser = scene.browser()
    dead, unknown = await browser.get(f"/e/{token}"), await browser.get(f"/e/{'x' * 32}")
    assert (dead.status_code, unknown.status_code) == (404, 404)
    assert "Ce lien ne fonctionne plus" in text_of(dead)
    asked = await posted(browser, "/nouveau-lien", on=f"/e/{token}", token=token)
    assert (asked.status_code, asked.headers["location"]) == (303, "/nouveau-lien")
    assert (await browser.get("/nouveau-lien")).status_code == 200
    new = await places.last_token()
    assert new != token
    assert (await browser.get(f"/e/{new}")).headers["location"] == "/e"


async def test_the_same_answer_is_given_to_whoever_asks_for_a_link_of_nobody(scene: Scene) -> None:
    browser = scene.browser()
    unknown = "x" * 32
    sent = len(await outbox.page(cast.SERVICE, limit=50))
    asked = await posted(browser, "/nouveau-lien", on=f"/e/{unknown}", token=unknown)
    assert (asked.status_code, asked.headers["location"]) == (303, "/nouveau-lien")
    assert len(await outbox.page(cast.SERVICE, limit=50)) == sent


async def test_an_ecole_confirms_and_signs_nothing(scene: Scene) -> None:
    browser = await scene.enter(cast.BAULON)
    shown = text_of(await browser.get("/e"))
    assert "La commune signe les conventions de votre école" in shown
    assert "Lire et signer" not in shown
    answer = await posted(browser, "/e/presence", all="oui", shown=str(cast.LAPTOP))
    assert answer.status_code == 303
    assert await confirmed(cast.LAPTOP) == [True]


async def test_the_mayor_of_ecoles_that_a_syndicate_runs_reads_notices_and_nothing_else(scene: Scene) -> None:
    await entrust()
    notice = await paper_of(await a_home_loan(cast.BAULON, (cast.RENTED,)), DocumentKind.NOTICE)
    agreement = await paper_of(scene.tripartite, DocumentKind.TRIPARTITE_AGREEMENT)
    browser = await scene.enter(insee_code=BAULON_INSEE)
    shown = text_of(await browser.get("/e"))
    assert "<h1>Notifications reçues</h1>" in shown
    assert notice.number in shown
    for other in ("35-2026-00001", "Tout est présent", agreement.number):
        assert other not in shown
    assert (await browser.get(f"/e/documents/{notice.id}")).status_code == 200
    assert (await browser.get(f"/e/documents/{agreement.id}")).status_code == 404
    assert (await browser.get(f"/e/materiels/{cast.LAPTOP}")).status_code == 404
    refused = await posted(browser, "/e/presence", on="/e/scanner", item=str(cast.LAPTOP))
    assert refused.status_code == 422
    assert await confirmed(cast.LAPTOP) == []


async def test_a_mayor_who_was_told_of_nothing_reads_why_the_page_is_empty(scene: Scene) -> None:
    await entrust()
    shown = text_of(await (await scene.enter(insee_code=BAULON_INSEE)).get("/e"))
    assert "Vous n'avez reçu aucune notification" in shown
    assert "La collectivité qui gère les écoles publiques de la commune garde leur matériel" in shown


async def test_what_was_signed_is_read_after_the_end_of_the_loan(scene: Scene) -> None:
    agreement = await paper_of(scene.deposit, *AGREEMENTS)
    browser = await scene.enter(cast.COLLEGE)
    page = f"/e/documents/{agreement.id}"
    values = {"name": "Dominique Essai", "capacity": "principal", "consent": "oui"}
    await posted(browser, f"{page}/code", on=page, **values)
    await posted(browser, f"{page}/signature", on=f"{page}/code", code=await last_code())
    other = await paper_of(scene.deposit, DocumentKind.HANDOVER_RECEIPT)
    await documents.set_status([agreement.id, other.id], cast.SERVICE, DocumentStatus.ENDED)
    await cast.noted()
    assert "Terminé." in text_of(await browser.get("/e"))
    assert (await browser.get(page)).status_code == 200
    assert (await browser.get(f"{page}/pdf")).status_code == 200
    # The receipt that it never signed is gone with the loan.
    assert (await browser.get(f"/e/documents/{other.id}")).status_code == 404
    assert other.number not in (await browser.get("/e")).text
