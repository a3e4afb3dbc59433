"""The bloc-marque by a program: put, read, removed, checked as the page checks it, by administrators of the service."""

from __future__ import annotations

from tests.documents.letterheads import WORDS, drawn_picture, picture_file
from tests.web.conftest import NOW, Client
from tests.web.expectations import assert_problem

PATH = "/api/service/letterhead"


async def put(client: Client, picture: bytes, alt: str = WORDS):  # type: ignore[no-untyped-def]
    return await client.put(PATH, files={"file": ("marque.png", picture, "image/png")}, data={"alt": alt})


async def test_it_is_put_read_and_removed(admin: Client, reader: Client, stranger: Client) -> None:
    assert_problem(await reader.get(PATH), 404, "letterhead.not_found")
    given = await put(admin, picture_file(drawn_picture()))
    assert given.status_code == 200
    told = given.json()
    assert (told["alt"], len(told["sha256"])) == (WORDS, 64)
    assert told["kept_at"].startswith(NOW.date().isoformat())
    assert (await put(admin, picture_file(drawn_picture()))).json() == told
    assert (await reader.get(PATH)).json() == told
    assert_problem(await stranger.get(PATH), 404, "letterhead.not_found")
    for _ in range(2):
        assert (await admin.delete(PATH)).status_code == 204
    assert_problem(await reader.get(PATH), 404, "letterhead.not_found")


async def test_it_is_checked_as_on_the_page(admin: Client) -> None:
    assert_problem(await put(admin, b"<svg/>"), 400, "letterhead.unreadable")
    assert_problem(await put(admin, picture_file(drawn_picture(90, 48))), 400, "letterhead.too_small")
    assert_problem(await put(admin, picture_file(drawn_picture()), alt=" "), 422, "letterhead.invalid")
    assert_problem(await admin.get(PATH), 404, "letterhead.not_found")


async def test_it_is_of_the_administrators(manager: Client, reader: Client) -> None:
    for client in (manager, reader):
        assert_problem(await put(client, picture_file(drawn_picture())), 403, "actor.forbidden")
        assert_problem(await client.delete(PATH), 403, "actor.forbidden")
